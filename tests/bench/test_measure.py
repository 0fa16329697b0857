"""Contestants in turn, and in an interpreter of their own."""

import time
from math import isfinite
from pathlib import Path

import pytest

from fashion_bench.bench.contestants import NOTEBOOK
from fashion_bench.bench.measure import Rounds, Spread, measure_fresh, run_rounds, spread
from fashion_bench.config import Recipe
from fashion_bench.data.synthetic import draw_images
from tests.bench.made_up import make_contestant


def test_a_spread_tells_middle_ends_and_number() -> None:
    """The median of an even number lies between."""
    assert spread([4.0, 1.0, 2.0, 3.0]) == Spread(median=2.5, low=1.0, high=4.0, n=4)


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything is slow weighs no more than another."""
    rounds = Rounds({"a": [1.0, 20.0, 3.0], "b": [2.0, 20.0, 1.0]}, [1.0])
    assert rounds.ratio("a", "b") == Spread(median=1.0, low=0.5, high=3.0, n=3)


def test_contestants_take_turns_and_the_first_round_does_not_count(tmp_path: Path) -> None:
    """A B, A B, A B for two rounds; what the first costs, once, is in no figure."""
    order = []

    def slow_at_first(recipe: Recipe) -> None:
        if "b" not in order:
            time.sleep(0.5)
        order.append("b")

    said: list[str] = []
    rounds = run_rounds(
        [
            make_contestant("a", lambda recipe: order.append("a")),
            make_contestant("b", slow_at_first),
        ],
        Recipe(),
        draw_images("train", 1),
        tmp_path,
        rounds=2,
        say=said.append,
    )
    assert order == ["a", "b"] * 3
    assert {name: len(seconds) for name, seconds in rounds.seconds.items()} == {"a": 2, "b": 2}
    assert len(rounds.matmul_gflops) == 2
    assert len(said) == 6
    assert max(rounds.seconds["b"]) < 0.5


def test_a_round_is_told_for_a_whole_trial(tmp_path: Path) -> None:
    """A contestant is handed what it trains, and its time is scaled up."""
    seen = []

    def train(recipe: Recipe) -> None:
        seen.append(recipe.train_images)
        time.sleep(0.01)

    rounds = run_rounds(
        [make_contestant("a", train, part="tenth")],
        Recipe(),
        draw_images("train", 1),
        tmp_path,
        rounds=1,
        say=lambda line: None,
    )
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
