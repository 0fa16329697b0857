"""One loop, one loss, one step: the same code for one trial and for many."""
