"""Finds footsteps in video."""
