"""One-trial networks: ordinary torch.nn modules."""
