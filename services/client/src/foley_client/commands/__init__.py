"""One module per command of `foley`."""
