"""Segments on the machines of a Ray cluster; Ray is imported when one is opened (decision 77)."""
