"""Cases that take no time."""

from collections.abc import Callable
from functools import partial
from typing import Any

from experiments.bench.cases import BenchmarkCase
from fashion_bench.config import Recipe


def make_case(
    name: str, do: Callable[[Recipe], object] = lambda recipe: None, **more: Any
) -> BenchmarkCase:
    """A case that does this when it is run."""
    return BenchmarkCase(name=name, prepare=lambda case, recipe, _: partial(do, recipe), **more)
