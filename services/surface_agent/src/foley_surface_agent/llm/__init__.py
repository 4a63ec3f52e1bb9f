"""Vision-language models: what they are asked, and what is taken from their answers."""
