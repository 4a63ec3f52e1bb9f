"""Pure science of footsteps: numpy and scipy only."""
