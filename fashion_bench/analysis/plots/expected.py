"""What a number of trials may be expected to reach, arm by arm."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from fashion_bench.analysis.plots.bands import Band, draw_bands, window_of_bands
from fashion_bench.analysis.plots.canvas import add_legend, new_figure, png, say
from fashion_bench.analysis.plots.points import VALUE_LABEL, Window

__all__ = ["ExpectedCurve", "ExpectedInfo", "draw_expected", "expected_info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCurve:
    """The expected best value of one arm by number of trials; fractions 0-1.

    Attributes:
        label: the arm.
        n: numbers of trials, ascending.
        mean: expected best value among so many.
        low: lower edge of its band.
        high: upper edge likewise.
    """

    label: str
    n: Sequence[int]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedInfo:
    """What ``draw_expected`` draws.

    Attributes:
        bands: one for each arm with a finite value, in the order given.
        window: the values to show.
    """

    bands: tuple[Band, ...]
    window: Window


def expected_info(curves: Sequence[ExpectedCurve]) -> ExpectedInfo:
    """Return what to draw of the arms' curves; numbers of trials without a finite value go."""
    every = tuple(_band(curve) for curve in curves)
    bands = tuple(band for band in every if band.x)
    return ExpectedInfo(bands=bands, window=window_of_bands(bands))


def draw_expected(
    name: str, curves: Sequence[ExpectedCurve], *, band: str, independent: bool
) -> bytes:
    """Draw the expected best value of each arm by number of trials, in its band.

    Args:
        name: of the study.
        curves: of every arm of the study in its order, so that colours agree with the other
            pictures; an arm without trials has empty sequences.
        band: what the bands are: ``"10 % to 90 % of draws"``.
        independent: whether trials were drawn independently of each other and none was pruned.
    """
    info = expected_info(curves)
    note = f"line: mean, band: {band}"
    if not independent:
        note += "\ntrials were not i.i.d. (a sampler learned, or some were pruned): a description"
        note += " of these trials, no forecast"
    figure = new_figure(8, 4.8, f"{name}: expected best value by number of trials", note)
    axes = figure.subplots()
    if not info.bands:
        say(axes, "no trial has a value")
        return png(figure)
    draw_bands(axes, info.bands, [curve.label for curve in curves])
    info.window.apply(axes)
    axes.set_xlabel("number of trials")
    axes.set_ylabel(f"best {VALUE_LABEL}")
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return png(figure)


def _band(curve: ExpectedCurve) -> Band:
    rows = zip(curve.n, curve.low, curve.mean, curve.high, strict=True)
    sound = [row for row in rows if all(map(isfinite, row))]
    return Band(
        arm=curve.label,
        n=(max(curve.n, default=0),) * len(sound),
        x=tuple(row[0] for row in sound),
        low=tuple(row[1] for row in sound),
        middle=tuple(row[2] for row in sound),
        high=tuple(row[3] for row in sound),
    )
