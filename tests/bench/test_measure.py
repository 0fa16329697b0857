"""Contestants in turn, and in an interpreter of their own."""

import time
from math import isfinite
from pathlib import Path

import pytest

from fashion_bench.bench.contestants import NOTEBOOK, Contestant
from fashion_bench.bench.measure import Rounds, measure_fresh, run_rounds
from fashion_bench.config import Recipe
from fashion_bench.data.synthetic import draw_images
from fashion_bench.search.layout import DeviceKind
from tests.bench.made_up import make_contestant


def run(
    *contestants: Contestant,
    rounds: int = 2,
    said: list[str] | None = None,
    warm_up: bool = True,
    device: DeviceKind | None = None,
) -> Rounds:
    """Run them on an image that none of them looks at."""
    lines: list[str] = [] if said is None else said
    images = draw_images("train", 1)
    return run_rounds(
        contestants,
        Recipe(),
        images,
        Path(),
        rounds=rounds,
        say=lines.append,
        warm_up=warm_up,
        device=device,
    )


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything is slow weighs no more than another."""
    rounds = Rounds(seconds={"a": [1.0, 20.0, 3.0], "b": [2.0, 20.0, 1.0]}, first={})
    assert rounds.ratio("a", "b").values == (0.5, 1.0, 3.0)


def test_contestants_take_turns_and_the_first_round_does_not_count() -> None:
    """A B, A B, A B for two rounds; what the first costs, once, is told apart."""
    order: list[str] = []
    said: list[str] = []

    def slow_at_first(recipe: Recipe) -> None:
        if "b" not in order:
            time.sleep(0.5)
        order.append("b")

    rounds = run(
        make_contestant("a", lambda recipe: order.append("a")),
        make_contestant("b", slow_at_first),
        said=said,
        device="cpu",
    )
    assert order == ["a", "b"] * 3
    assert {name: len(seconds) for name, seconds in rounds.seconds.items()} == {"a": 2, "b": 2}
    assert len(rounds.peaks) == 2
    assert len(said) == 6
    assert max(rounds.seconds["b"]) < 0.5 <= rounds.first["b"]


def test_where_nothing_warms_up_every_round_counts() -> None:
    """As many runs as rounds, and no peaks unless they are asked for."""
    order: list[str] = []
    rounds = run(make_contestant("a", lambda recipe: order.append("a")), warm_up=False)
    assert order == ["a"] * 2
    assert (len(rounds.seconds["a"]), rounds.first, rounds.peaks) == (2, {}, [])


def test_a_round_is_told_for_a_whole_trial() -> None:
    """A contestant is handed what it trains, and its time is scaled up."""
    seen = []

    def train(recipe: Recipe) -> None:
        seen.append(recipe.train_images)
        time.sleep(0.01)

    rounds = run(make_contestant("a", train, part="tenth"), rounds=1)
    assert seen == [5_400, 5_400]
    assert rounds.seconds["a"][0] >= 100 * 0.01


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a peak")
def test_a_fresh_interpreter_tells_its_start_and_its_own_peak(tmp_path: Path) -> None:
    """A start takes time; the peak is that of the interpreter, not of who started it."""
    own = bytearray(b"x") * (1 << 30)  # with torch, more than the interpreter will take
    trial = Recipe(source="synthetic", train_images=500, valid_images=100)
    fresh = measure_fresh(NOTEBOOK, trial, tmp_path)
    del own
    assert isfinite(fresh.start_seconds)
    assert fresh.start_seconds > 0
    assert fresh.peak_mib is not None
    assert 100 < fresh.peak_mib < 1_024
