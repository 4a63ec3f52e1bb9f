"""What a clip and a render are, and how a render is planned: pure values and pure functions."""
