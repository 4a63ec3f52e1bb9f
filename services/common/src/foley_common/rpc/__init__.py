"""gRPC servers and clients: bootstrap, errors, conversion."""
