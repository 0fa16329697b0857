"""How much is tried, and how to try it again."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, seed, settings

__all__ = ["SEED", "fuzz", "many"]

SEED = int(os.environ.get("FUZZ_SEED", "0"))  # another one tries other things


def many(short: int, full: int) -> pytest.MarkDecorator:
    """Give a test so many ``examples``; the full number in its long form."""
    return pytest.mark.parametrize("examples", [short, pytest.param(full, marks=pytest.mark.soak)])


def fuzz(examples: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Try so many examples, the same ones each time; a failure prints its example and the seed."""

    def decorate(test: Callable[[], None]) -> Callable[[], None]:
        print(f"FUZZ_SEED={SEED}")
        scale = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        return seed(SEED)(scale(test))

    return decorate
