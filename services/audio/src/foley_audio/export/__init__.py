"""Files about footsteps that people and other programs open."""
