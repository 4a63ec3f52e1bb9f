"""Recorded sounds: found in sample packs, in a library folder, and on sites that the settings allow."""
