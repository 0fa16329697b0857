from math import nan

import pytest

from fashion_bench.analysis.exploration import ExpectedBest
from fashion_bench.analysis.plots.curves import Band, draw_expected, expected_bands


def make_curve(
    mean: tuple[float, ...] = (), low: tuple[float, ...] = (), high: tuple[float, ...] = ()
) -> ExpectedBest:
    """Return the expected best of 1, 2, … trials."""
    n = tuple(range(1, len(mean) + 1))
    return ExpectedBest(n=n, mean=mean, low=low, high=high, band=(0.1, 0.9))


PLAIN = make_curve(mean=(0.8, 0.85, 0.9), low=(0.7, 0.8, 0.9), high=(0.9, 0.9, 0.9))
EMPTY = make_curve()


def test_a_curve_becomes_a_band() -> None:
    """The label tells from how many trials; an arm without trials has none."""
    (band,) = expected_bands({"dropout": EMPTY, "plain": PLAIN})
    assert band == Band(
        arm="plain",
        x=(1, 2, 3),
        low=(0.7, 0.8, 0.9),
        middle=(0.8, 0.85, 0.9),
        high=(0.9, 0.9, 0.9),
        n=(3, 3, 3),
    )
    assert band.label == "plain (n = 3)"


def test_a_number_of_trials_without_a_finite_value_goes() -> None:
    """The others stay."""
    curve = make_curve(mean=(nan, 0.8), low=(0.1, 0.7), high=(0.9, 0.9))
    assert expected_bands({"a": curve})[0].x == (2,)


@pytest.mark.parametrize("curves", [[], [EMPTY], [PLAIN], [EMPTY, PLAIN]])
def test_expected_curves_are_drawn(curves: list[ExpectedBest]) -> None:
    """None, one, one without trials; twice the same."""
    arms = dict(zip(("none", "dropout"), curves, strict=False))
    drawn = [draw_expected("made up", arms, independent=True) for _ in range(2)]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]


def test_trials_that_learned_from_each_other_are_noted() -> None:
    """The picture of dependent trials says so."""
    independent, not_so = (
        draw_expected("made up", {"plain": PLAIN}, independent=how) for how in (True, False)
    )
    assert independent != not_so
