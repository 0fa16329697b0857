"""What the machine can do and what a trial asks of it."""

from math import isfinite

import pytest

from fashion_bench.bench.machine import matmul_gflops, trial_gflop
from fashion_bench.config import Recipe


def test_a_trial_is_counted_product_by_product() -> None:
    """Forward, weight gradients, and the gradients of all inputs but the images'."""
    weights = 784 * 250 + 250 * 100 + 100 * 10
    inner = weights - 784 * 250
    trained, validated = 2 * (2 * weights + inner), 2 * weights
    expected = 10 * (54_000 * trained + 6_000 * validated) / 1e9
    assert trial_gflop(Recipe()) == pytest.approx(expected)


def test_the_peak_is_a_speed() -> None:
    """Any machine does more than a tenth of a GFLOP a second, and the figure is finite."""
    peak = matmul_gflops()
    assert isfinite(peak)
    assert peak > 0.1
