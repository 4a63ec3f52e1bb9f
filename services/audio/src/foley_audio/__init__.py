"""Makes the sound of footsteps and puts it into the video."""
