"""A report of a study or an experiment: its sections, as one HTML page and as Markdown."""
