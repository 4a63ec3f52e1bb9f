"""Adapters of the models; every heavy library is imported inside its adapter."""
