"""Cases in turn; what a device can do, what a trial asks of it, and what memory programs take."""

import subprocess
import sys
import time
from math import isfinite
from pathlib import Path

import pytest

from experiments.bench import measure
from experiments.bench.cases import BenchmarkCase, Options
from experiments.bench.measure import FAST, OWN, Rounds, peak_mib, run_rounds, trial_gflop
from fashion_bench.config import Recipe
from fashion_bench.data.sets import fashion_mnist
from fashion_bench.data.synthetic import draw_images
from tests.bench.instant_cases import make_case

# Starts so many others, each in the one before, that hold so many MiB for a while.
HUNGRY = """
import subprocess, sys, time
code, mib, deeper = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = bytearray(b"x") * (mib << 20)
if deeper:
    subprocess.run([sys.executable, "-c", code, code, str(mib), str(deeper - 1)], check=True)
else:
    time.sleep(1)
"""


@pytest.fixture(autouse=True)
def no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image at which no case looks, and peaks that take no time."""
    monkeypatch.setattr(fashion_mnist, "load", lambda *_: draw_images("train", 1))
    monkeypatch.setattr(measure, "measure_peaks", lambda device: {OWN: 1.0, FAST: 2.0})


def run(
    *timed: BenchmarkCase, rounds: int = 2, warm_up: bool = True, peaks: bool = False
) -> Rounds:
    """Run them for so many rounds."""
    options = Options(trial=Recipe(), data=Path(), rounds=rounds)
    return run_rounds(timed, options, warm_up=warm_up, peaks_too=peaks)


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything is slow weighs no more than another."""
    seconds = {"a": [2.0, 20.0, 1.0], "b": [1.0, 20.0, 3.0]}
    rounds = Rounds(seconds=seconds, first={}, gpu_mib={})
    assert rounds.ratio("b", "a").values == (0.5, 1.0, 3.0)
    one, other = rounds.compared()
    assert (one["what"], other["what"]) == ("a", "b")
    assert other["÷ a"] == rounds.ratio("b", "a")


def test_cases_take_turns_and_the_first_round_does_not_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A B, A B, A B for two rounds; what the first costs, once, is told apart."""
    order: list[str] = []

    def slow_at_first(recipe: Recipe) -> None:
        if "b" not in order:
            time.sleep(0.5)
        order.append("b")

    a = make_case("a", lambda recipe: order.append("a"))
    rounds = run(a, make_case("b", slow_at_first), peaks=True)
    assert order == ["a", "b"] * 3
    assert {name: len(seconds) for name, seconds in rounds.seconds.items()} == {"a": 2, "b": 2}
    assert len(rounds.peaks) == 2
    assert max(rounds.seconds["b"]) < 0.5 <= rounds.first["b"]
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 6
    assert told[-1].startswith("round 2 of 2: b, ")


def test_where_nothing_warms_up_every_round_counts() -> None:
    """As many runs as rounds, and no peaks unless they are asked for."""
    order: list[str] = []
    rounds = run(make_case("a", lambda recipe: order.append("a")), warm_up=False)
    assert order == ["a"] * 2
    assert (len(rounds.seconds["a"]), rounds.first, rounds.peaks) == (2, {}, [])


def test_a_round_is_told_for_a_whole_trial() -> None:
    """A case is handed what it trains, and its time is scaled up."""
    seen = []

    def train(recipe: Recipe) -> None:
        seen.append(recipe.train_images)
        time.sleep(0.01)

    rounds = run(make_case("a", train, part="tenth"), rounds=1)
    assert seen == [5_400, 5_400]
    assert rounds.seconds["a"][0] >= 100 * 0.01


@pytest.mark.parametrize("widths", [(250, 100), (64, 32)])
def test_a_trial_is_counted_product_by_product(widths: tuple[int, int]) -> None:
    """Forward, weight gradients, and the gradients of all inputs but the images'."""
    hidden, hidden2 = widths
    inner = hidden * hidden2 + hidden2 * 10
    weights = 784 * hidden + inner
    trained, validated = 2 * (2 * weights + inner), 2 * weights
    expected = 10 * (54_000 * trained + 6_000 * validated) / 1e9
    assert trial_gflop(Recipe(), widths) == pytest.approx(expected)


def test_a_mixed_cohort_is_counted_by_its_true_widths() -> None:
    """The mean over its trials, by the peak of its round; padding is no work that was asked for."""
    widths = [(64, 100), (250, 100), (256, 100)]
    gflop = sum(trial_gflop(Recipe(), each) for each in widths) / 3
    peaks = [{OWN: gflop, FAST: 2 * gflop}, {OWN: gflop / 2, FAST: gflop}]
    rounds = Rounds(seconds={"a": [1.0, 2.0]}, first={}, peaks=peaks, gpu_mib={})
    for tf32, percent in ((True, 50.0), (False, 100.0)):
        case = make_case("a", trials=3, widths=widths, tf32=tf32)
        speed, of_peak = rounds.gflops(case, Recipe())
        assert speed.values == pytest.approx((gflop, gflop / 2))
        assert of_peak.values == pytest.approx((percent, percent))


def test_the_peaks_are_speeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any machine does more than a tenth of a GFLOP and of a GB a second; all are finite."""
    monkeypatch.undo()
    peaks = measure.measure_peaks("cpu")
    assert len(peaks) == 3
    assert all(isfinite(speed) and speed > 0.1 for speed in peaks.values())


def test_children_and_their_children_count() -> None:
    """Three interpreters that hold 100 MiB each hold 300 together, and little besides."""
    with subprocess.Popen([sys.executable, "-c", HUNGRY, HUNGRY, "100", "2"]) as process:
        peak = peak_mib(process.pid)
    assert process.returncode == 0
    assert 300 < peak < 400
