"""Recorded steps: out of recordings into packs, and out of packs into programmes."""
