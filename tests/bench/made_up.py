"""Contestants that take no time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fashion_bench.bench.contestants import Contestant, Open, Part, Run
from fashion_bench.config import Model, Recipe
from fashion_bench.data import Images


def make_contestant(
    name: str,
    do: Callable[[Recipe], None] = lambda recipe: None,
    *,
    part: Part = "trial",
    trials: int = 1,
    model: Model = "mlp",
) -> Contestant:
    """Return a contestant that does this when it is run."""
    return Contestant(name=name, open=_opens(do), part=part, trials=trials, model=model)


def _opens(do: Callable[[Recipe], None]) -> Open:
    @contextmanager
    def open_it(recipe: Recipe, images: Images, data: Path) -> Iterator[Run]:
        yield lambda: do(recipe)

    return open_it
