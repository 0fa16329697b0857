"""Where segments run: in this process, in one per core or GPU, or on the nodes of a Ray."""
