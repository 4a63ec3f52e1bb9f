"""Takes videos and gives back videos with their footsteps."""
