"""The classifier that ships with the service: needs no key and no network."""
