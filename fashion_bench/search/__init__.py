"""Files to trials, and who runs next."""
