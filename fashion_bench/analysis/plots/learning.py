"""How the arms of an experiment learn: accuracy and loss, in training and in validation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean

from fashion_bench.analysis.plots.bands import Band, by_epoch, draw_bands, window_of_bands
from fashion_bench.analysis.plots.canvas import add_legend, new_figure, png, say
from fashion_bench.analysis.plots.points import Window
from fashion_bench.analysis.value import CHANCE_ACCURACY
from fashion_bench.records import Epoch, Outcome, StudyRecord, TrialRecord

__all__ = ["CHANCE_LOSS", "LearningInfo", "Quantity", "draw_learning", "learning_info"]

CHANCE_LOSS = -log(CHANCE_ACCURACY)  # of even odds for every class, nats


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One quantity by epoch: of each arm the mean over its seeds, and their range.

    Attributes:
        label: the quantity with its unit.
        train: running mean of each epoch's training images, dropout on.
        valid: full pass over the validation images after each epoch.
        window: the heights to show, of both.
    """

    label: str
    train: tuple[Band, ...]
    valid: tuple[Band, ...]
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningInfo:
    """What ``draw_learning`` draws.

    Attributes:
        accuracy: fractions 0-1.
        loss: cross entropy, nats.
        note: what the bands are and which trials are not in them as they were.
    """

    accuracy: Quantity
    loss: Quantity
    note: str


def learning_info(study: StudyRecord) -> LearningInfo:
    """Return what to draw of an experiment's arms; failed trials are left out."""
    accuracy = (
        _bands(study, lambda epoch: epoch.train_accuracy, CHANCE_ACCURACY),
        _bands(study, lambda epoch: epoch.valid_accuracy, CHANCE_ACCURACY),
    )
    loss = (
        _bands(study, lambda epoch: epoch.train_loss, CHANCE_LOSS),
        _bands(study, lambda epoch: epoch.valid_loss, CHANCE_LOSS),
    )
    return LearningInfo(
        accuracy=_quantity("accuracy (fraction)", *accuracy),
        loss=_quantity("cross entropy (nats)", *loss, lower_is_better=True),
        note=_note(study.trials),
    )


def draw_learning(study: StudyRecord) -> bytes:
    """Draw each arm's mean over seeds in a band from the lowest seed to the highest."""
    info = learning_info(study)
    figure = new_figure(9, 6.5, f"{study.name}: learning curves of each arm", info.note)
    if not info.accuracy.valid:
        say(figure.subplots(), "no trial has finished an epoch")
        return png(figure)
    panels = figure.subplots(2, 2, sharex=True, sharey="row")
    for row, quantity in zip(panels, (info.accuracy, info.loss), strict=True):
        draw_bands(row[0], quantity.train, study.arms)
        draw_bands(row[1], quantity.valid, study.arms)
        quantity.window.apply(row[0])
        row[0].set_ylabel(quantity.label)
    panels[0, 0].set_title("training, while it goes on", fontsize=10)
    panels[0, 1].set_title("validation, after the epoch", fontsize=10)
    for axes in panels[1]:
        axes.set_xlabel("epoch")
    add_legend(figure, panels[0, 1].get_legend_handles_labels()[0])
    return png(figure)


def _quantity(
    label: str, train: tuple[Band, ...], valid: tuple[Band, ...], *, lower_is_better: bool = False
) -> Quantity:
    window = window_of_bands(train + valid, lower_is_better=lower_is_better)
    return Quantity(label=label, train=train, valid=valid, window=window)


def _bands(
    study: StudyRecord, quantity: Callable[[Epoch], float], chance: float
) -> tuple[Band, ...]:
    every = (_band(arm, by_epoch(study.of_arm(arm), quantity, chance)) for arm in study.arms)
    return tuple(band for band in every if band.x)


def _band(arm: str, reached: dict[int, list[float]]) -> Band:
    values = reached.values()
    return Band(
        arm=arm,
        x=tuple(reached),
        low=tuple(map(min, values)),
        middle=tuple(map(fmean, values)),
        high=tuple(map(max, values)),
        n=tuple(map(len, values)),
    )


def _note(trials: Sequence[TrialRecord]) -> str:
    notes = []
    if diverged := _count(trials, Outcome.DIVERGED):
        notes.append(f"{diverged} diverged, counted as chance from there on")
    if failed := _count(trials, Outcome.FAILED):
        notes.append(f"{failed} failed, left out")
    meaning = "line: mean of the seeds, band: lowest to highest"
    return f"{meaning}\n{'; '.join(notes)}" if notes else meaning


def _count(trials: Iterable[TrialRecord], outcome: Outcome) -> int:
    return sum(trial.outcome is outcome for trial in trials)
