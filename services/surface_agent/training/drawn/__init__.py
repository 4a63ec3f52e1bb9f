"""Grounds drawn from what they look like in the world, for training only."""
