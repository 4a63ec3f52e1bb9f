"""Helpers for tests, importable by platform teams too."""
