"""Numbers that surfaces and shoes are made of, with where each comes from."""
