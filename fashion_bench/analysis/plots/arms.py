"""The arms side by side: the middle half of their trials, epoch by epoch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import add_legend, arm_colors, new_figure, png, say
from fashion_bench.analysis.plots.points import VALUE_LABEL, Window
from fashion_bench.analysis.value import CHANCE_ACCURACY
from fashion_bench.records import Epoch, Outcome, StudyRecord, TrialRecord

__all__ = ["ArmsInfo", "Band", "arms_info", "draw_arms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The validation accuracy of one arm, epoch by epoch; fractions 0-1.

    Attributes:
        arm: its name.
        epochs: the epochs some trial reached, from 1.
        lower: lower quartile over the trials that reached the epoch.
        median: likewise.
        upper: upper quartile likewise.
        n: how many reached it; a diverged trial counts to the end, as chance.
    """

    arm: str
    epochs: tuple[int, ...]
    lower: tuple[float, ...]
    median: tuple[float, ...]
    upper: tuple[float, ...]
    n: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsInfo:
    """What ``draw_arms`` draws.

    Attributes:
        bands: one for each arm that has an epoch, in the study's order.
        window: the accuracies to show.
    """

    bands: tuple[Band, ...]
    window: Window


def arms_info(study: StudyRecord) -> ArmsInfo:
    """Return what to draw of a study's arms; failed trials are left out."""
    every = (_band(arm, study.of_arm(arm)) for arm in study.arms)
    bands = tuple(band for band in every if band.epochs)
    return ArmsInfo(bands=bands, window=_window(bands))


def draw_arms(study: StudyRecord) -> bytes:
    """Draw each arm's median validation accuracy by epoch in a band of its quartiles."""
    info, colors = arms_info(study), arm_colors(study.arms)
    title = f"{study.name}: median and quartiles of the trials that reached the epoch"
    figure = new_figure(8, 4.5, title)
    axes = figure.subplots()
    if not info.bands:
        say(axes, "no trial has finished an epoch")
        return png(figure)
    for band in info.bands:
        color, label = colors[band.arm], f"{band.arm} ({_counts(band)})"
        axes.plot(band.epochs, band.median, "o-", ms=3, color=color, label=label)
        axes.fill_between(band.epochs, band.lower, band.upper, color=color, alpha=0.2, lw=0)
    info.window.apply(axes)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel(VALUE_LABEL)
    axes.grid(alpha=0.3)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return png(figure)


def _band(arm: str, trials: Iterable[TrialRecord]) -> Band:
    reached: dict[int, list[float]] = {}
    for trial in trials:
        if trial.outcome is not Outcome.FAILED:
            for epoch, accuracy in _accuracies(trial).items():
                reached.setdefault(epoch, []).append(accuracy)
    epochs = tuple(sorted(reached))
    rows = [np.quantile(reached[epoch], (0.25, 0.5, 0.75)).tolist() for epoch in epochs]
    return Band(
        arm=arm,
        epochs=epochs,
        lower=tuple(row[0] for row in rows),
        median=tuple(row[1] for row in rows),
        upper=tuple(row[2] for row in rows),
        n=tuple(len(reached[epoch]) for epoch in epochs),
    )


def _window(bands: Sequence[Band]) -> Window:
    """Show all medians in most of the height: a band that reaches down to chance may be cut."""
    if not bands:
        return Window(low=0.0, high=1.0)
    high = max(max(band.upper) for band in bands)
    middle = min(min(band.median) for band in bands)
    low = min(min(band.lower) for band in bands)
    return Window(low=max(low, middle - 0.3 * (high - middle)), high=high)


def _counts(band: Band) -> str:
    first, last = band.n[0], band.n[-1]
    return f"n = {first}" if first == last else f"n = {first} to {last}"


def _accuracies(trial: TrialRecord) -> dict[int, float]:
    until = trial.config.recipe.epochs if trial.outcome is Outcome.DIVERGED else 0
    chance = dict.fromkeys(range(1, until + 1), CHANCE_ACCURACY)
    return chance | {e.epoch: e.valid_accuracy for e in trial.history if _sound(e)}


def _sound(epoch: Epoch) -> bool:
    return not epoch.diverged and isfinite(epoch.valid_accuracy)
