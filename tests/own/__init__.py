"""A network, a data set, an optimizer and a loss as a user writes them, each about ten lines."""
