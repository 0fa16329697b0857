"""Ten minutes on a GPU: is what trains there right, whole and quick? ``python -m tests.gpu``."""
