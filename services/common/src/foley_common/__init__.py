"""Shared library of the Foley Studio services."""
