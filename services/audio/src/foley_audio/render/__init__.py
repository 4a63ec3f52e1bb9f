"""Sound and picture into files."""
