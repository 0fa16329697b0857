"""The arms side by side: the middle half of their trials, epoch by epoch."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fashion_bench.analysis.plots.bands import Band, by_epoch, draw_bands, window_of_bands
from fashion_bench.analysis.plots.canvas import add_legend, new_figure, png, say
from fashion_bench.analysis.plots.points import VALUE_LABEL, Window
from fashion_bench.analysis.value import CHANCE_ACCURACY
from fashion_bench.records import StudyRecord, TrialRecord

__all__ = ["ArmsInfo", "arms_info", "draw_arms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsInfo:
    """What ``draw_arms`` draws.

    Attributes:
        bands: median and quartiles of the validation accuracy, fractions 0-1, by epoch; one
            for each arm that has an epoch, in the study's order.
        window: the accuracies to show.
    """

    bands: tuple[Band, ...]
    window: Window


def arms_info(study: StudyRecord) -> ArmsInfo:
    """Return what to draw of a study's arms; failed trials are left out."""
    every = (_band(arm, study.of_arm(arm)) for arm in study.arms)
    bands = tuple(band for band in every if band.x)
    return ArmsInfo(bands=bands, window=window_of_bands(bands))


def draw_arms(study: StudyRecord) -> bytes:
    """Draw each arm's median validation accuracy by epoch in a band of its quartiles."""
    info = arms_info(study)
    title = f"{study.name}: median and quartiles of the trials that reached the epoch"
    figure = new_figure(8, 4.5, title)
    axes = figure.subplots()
    if not info.bands:
        say(axes, "no trial has finished an epoch")
        return png(figure)
    draw_bands(axes, info.bands, study.arms)
    info.window.apply(axes)
    axes.set_xlabel("epoch")
    axes.set_ylabel(VALUE_LABEL)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return png(figure)


def _band(arm: str, trials: Iterable[TrialRecord]) -> Band:
    reached = by_epoch(trials, lambda epoch: epoch.valid_accuracy, CHANCE_ACCURACY)
    rows = [np.quantile(values, (0.25, 0.5, 0.75)).tolist() for values in reached.values()]
    return Band(
        arm=arm,
        x=tuple(reached),
        low=tuple(row[0] for row in rows),
        middle=tuple(row[1] for row in rows),
        high=tuple(row[2] for row in rows),
        n=tuple(len(values) for values in reached.values()),
    )
