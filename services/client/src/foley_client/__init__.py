"""The `foley` command line and the Python client."""
