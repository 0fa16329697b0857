"""Images as tensors, how they are split, and the order they come in."""
