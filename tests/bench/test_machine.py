"""What the machine can do and what a trial asks of it."""

from math import isfinite

import pytest

from fashion_bench.bench.machine import Peaks, measure_peaks, peaks_table, trial_gflop
from fashion_bench.bench.tables import Spread
from fashion_bench.config import Recipe


@pytest.mark.parametrize("widths", [(250, 100), (64, 32)])
def test_a_trial_is_counted_product_by_product(widths: tuple[int, int]) -> None:
    """Forward, weight gradients, and the gradients of all inputs but the images'."""
    hidden, hidden2 = widths
    inner = hidden * hidden2 + hidden2 * 10
    weights = 784 * hidden + inner
    trained, validated = 2 * (2 * weights + inner), 2 * weights
    expected = 10 * (54_000 * trained + 6_000 * validated) / 1e9
    assert trial_gflop(Recipe(), widths) == pytest.approx(expected)


def test_without_widths_a_trial_is_the_notebooks() -> None:
    """The default widths are meant."""
    assert trial_gflop(Recipe()) == trial_gflop(Recipe(), (250, 100))


def test_the_peaks_are_speeds() -> None:
    """Any machine does more than a tenth of a GFLOP and of a GB a second; all are finite."""
    peaks = measure_peaks("cpu")
    for speed in (peaks.own_gflops, peaks.fast_gflops, peaks.copy_gb):
        assert isfinite(speed)
        assert speed > 0.1
    assert peaks.gflops == max(peaks.own_gflops, peaks.fast_gflops)


def test_the_peaks_are_told_over_all_rounds() -> None:
    """Products by torch's choice, by the engine's, and copies, each with its unit."""
    rounds = [
        Peaks(own_gflops=50.0, fast_gflops=100.0, copy_gb=10.0),
        Peaks(own_gflops=60.0, fast_gflops=90.0, copy_gb=12.0),
    ]
    own, fast, copied = peaks_table(rounds, "cpu").rows
    assert isinstance(own["GFLOP/s"], Spread)
    assert own["GFLOP/s"].values == (50.0, 60.0)
    assert isinstance(fast["GFLOP/s"], Spread)
    assert fast["GFLOP/s"].values == (100.0, 90.0)
    assert isinstance(copied["GB/s"], Spread)
    assert copied["GB/s"].values == (10.0, 12.0)
    assert "tf32" in str(peaks_table(rounds, "cuda").rows[1]["peak"])
