"""The gateway's gRPC face: thin servicers over the application."""
