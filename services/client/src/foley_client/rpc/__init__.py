"""The gateway over gRPC: the only place here that knows the messages of the contract."""
