"""Tells the ground and the shoe of every step."""
