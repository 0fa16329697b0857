"""Where segments run: in this process, or in one single-threaded process per core."""
