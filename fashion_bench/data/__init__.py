"""Images as tensors, where they can be had, how they are split, and the order they come in."""
