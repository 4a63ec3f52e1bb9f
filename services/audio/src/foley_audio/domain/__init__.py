"""Sound as numbers: no files, no libraries beyond numpy and scipy."""
