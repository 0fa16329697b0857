"""Every test of this folder computes on one thread."""

from tests.training.one_thread import one_thread as one_thread
