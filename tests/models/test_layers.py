"""Dropout's noise: as random as it should be, and a function of names."""

from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fashion_bench.models.layers import MAX_UNITS, counters, dropout, keep_all, mix, noise_key

CPU = torch.device("cpu")
SIGMAS = 5.0  # seeds are fixed: a passing test keeps passing, and chance alone is 1 in 1.7 million


def kept(seed: int, step: int, *, rate: float = 0.5, rows: int = 64, units: int = 256) -> Tensor:
    """Return which units [rows, units] are kept."""
    key = noise_key(*torch.tensor([seed, step], dtype=torch.int32))
    ones = torch.ones(rows, units)
    return dropout(ones, torch.tensor(rate), key, counters(rows, units, CPU)) != 0


def kept_over(seed: int, steps: range = range(64)) -> Tensor:
    """Return which units are kept step after step, as ±1: [steps, rows, units]."""
    return torch.stack([kept(seed, step) for step in steps]).double() * 2 - 1


def correlation(one: Tensor, other: Tensor) -> float:
    """Return the correlation of fair ±1 noise, in standard deviations of chance."""
    return abs((one * other).mean().item()) * sqrt(one.numel())


def distinct(names: Tensor) -> int:
    """Return how many different names there are."""
    return len(set(names.flatten().tolist()))


def mix_unsigned(bits: int) -> int:
    """Return what ``mix`` is, written with unbounded unsigned integers."""
    bits = (bits ^ bits >> 16) * 0x21F0AAAD % 2**32
    bits = (bits ^ bits >> 15) * 0x735A2D97 % 2**32
    return bits ^ bits >> 15


@given(st.integers(-(2**31), 2**31 - 1))
def test_mix_is_the_published_hash(bits: int) -> None:
    """Signed shifts and overflowing products give the bits of unsigned arithmetic."""
    assert mix(torch.tensor(bits, dtype=torch.int32)).item() % 2**32 == mix_unsigned(bits % 2**32)


def test_mix_confuses_no_two_numbers() -> None:
    """A bijection: a million neighbours stay apart."""
    assert distinct(mix(torch.arange(2**20, dtype=torch.int32))) == 2**20


@given(
    rows=st.integers(1, 20),
    units=st.integers(1, 40),
    more_rows=st.integers(0, 20),
    padding=st.integers(0, 40),
)
def test_a_unit_keeps_its_name(rows: int, units: int, more_rows: int, padding: int) -> None:
    """Neither padding a layer nor a longer batch renames a unit, and no two share a name."""
    names = counters(rows, units, CPU)
    assert distinct(names) == rows * units
    assert torch.equal(counters(rows + more_rows, units + padding, CPU)[:rows, :units], names)


def test_rows_of_the_widest_layer_do_not_share_names() -> None:
    """The last unit of a row and the first of the next differ, at the most units there may be."""
    assert distinct(counters(2, MAX_UNITS, CPU)) == 2 * MAX_UNITS


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.25, 0.5, 0.9])
def test_units_are_kept_at_the_rate_asked(rate: float, seed: int) -> None:
    """The share kept is binomial: over all, and for every unit and every row by itself."""
    masks = torch.stack([kept(seed, step, rate=rate) for step in range(40)]).double()
    for share, count in [
        (masks.mean(), masks.numel()),
        (masks.mean((0, 1)), masks[..., 0].numel()),
        (masks.mean((0, 2)), masks[:, 0].numel()),
    ]:
        assert ((share - (1 - rate)).abs() < SIGMAS * sqrt(rate * (1 - rate) / count)).all()


@given(st.integers(0, 2**31 - 1), st.integers(0, 10**6))
def test_rate_0_is_the_identity(seed: int, step: int) -> None:
    """Dropout 0 is a value like any other, and changes no bit."""
    hidden = torch.linspace(-3, 3, 12).view(3, 4)
    key = noise_key(*torch.tensor([seed, step], dtype=torch.int32))
    assert torch.equal(dropout(hidden, torch.tensor(0.0), key, counters(3, 4, CPU)), hidden)


def test_what_is_kept_is_scaled() -> None:
    """Kept units are divided by the share kept, so that the sum is kept on average."""
    hidden = torch.linspace(1, 2, 2_560).view(10, 256)
    names, key = counters(10, 256, CPU), torch.tensor(7, dtype=torch.int32)
    dropped = dropout(hidden, torch.tensor(0.75), key, names)
    assert set((dropped / hidden).flatten().tolist()) == {0.0, 4.0}


def test_dropped_units_get_no_gradient() -> None:
    """The gradient is that of the scaling, 0 where a unit is dropped."""
    hidden = torch.ones(8, 16, requires_grad=True)
    dropped = dropout(
        hidden, torch.tensor(0.5), torch.tensor(3, dtype=torch.int32), counters(8, 16, CPU)
    )
    (gradient,) = torch.autograd.grad(dropped.sum(), hidden)
    assert torch.equal(gradient, dropped.detach())


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (7, 8), (0, 2**30), (123, 124)])
def test_seeds_and_layers_are_unrelated(one: int, other: int) -> None:
    """Keys that differ in any bit, as those of two seeds or two layers, give unrelated noise."""
    assert correlation(kept_over(one), kept_over(other)) < SIGMAS


@pytest.mark.parametrize("apart", [1, 2, 3, 16, 844, 2**16])
def test_steps_are_unrelated(apart: int) -> None:
    """The noise of a step says nothing about that of a later one."""
    later = range(apart, apart + 64)
    assert correlation(kept_over(5), kept_over(5, later)) < SIGMAS


@pytest.mark.parametrize("apart", [1, 2, 3, 8, 32])
def test_neighbours_are_unrelated(apart: int) -> None:
    """Neither do neighbouring rows, nor neighbouring units, share their fate."""
    noise = kept_over(9)
    assert correlation(noise[:, apart:], noise[:, :-apart]) < SIGMAS
    assert correlation(noise[..., apart:], noise[..., :-apart]) < SIGMAS


def test_a_seed_later_is_not_a_step_later() -> None:
    """Seed s at step t + 1 is unrelated to seed s + 1 at step t: streams do not overlap."""
    assert correlation(kept_over(4, range(1, 65)), kept_over(5)) < SIGMAS


def test_keep_all_keeps_all() -> None:
    """Evaluation passes the hidden units through untouched."""
    hidden = torch.ones(2, 3)
    assert keep_all(hidden, 0) is hidden
