"""The renderers of a document: one for each way of reading it."""
