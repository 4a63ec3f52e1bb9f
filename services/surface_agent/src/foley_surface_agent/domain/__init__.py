"""Pure science of the surface agent: features of a ground, spans from votes, what is said when nothing is known."""
