"""The learning-rate schedules beside torch's own."""

from math import isclose
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fashion_bench.config import Schedule
from fashion_bench.training.schedule import schedule_factors
from tests.training.reference import make_scheduler


@given(schedule=st.sampled_from(get_args(Schedule)), steps=st.integers(4, 300))
@settings(deadline=None)
def test_schedules_are_those_of_torch(schedule: Schedule, steps: int) -> None:
    """The factor at every step is torch's, however long the trial."""
    optimizer = torch.optim.Adam([nn.Parameter(torch.zeros(()))], lr=1.0)
    scheduler = make_scheduler(schedule, optimizer, peak=1.0, steps=steps)
    expected = []
    for _ in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert schedule_factors(schedule, steps).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(schedule=st.sampled_from(get_args(Schedule)), steps=st.integers(1, 50))
def test_a_factor_is_a_share_of_the_peak(schedule: Schedule, steps: int) -> None:
    """From the shortest trial on, every step has a finite factor in [0, 1], never all 0."""
    factors = schedule_factors(schedule, steps)
    assert factors.shape == (steps,)
    assert ((factors >= 0) & (factors <= 1 + 1e-12)).all()
    assert factors.any()


def test_one_cycle_starts_peaks_and_ends_as_published() -> None:
    """From 1/25 up to the peak at 30 % of the steps and down to 1/250,000."""
    factors = schedule_factors("one_cycle", 100)
    assert isclose(factors[0], 1 / 25)
    assert factors.argmax() == 29
    assert isclose(factors[29], 1)
    assert isclose(factors[-1], 1 / 250_000)
