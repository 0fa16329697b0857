"""The learning curves of one trial: accuracy and loss, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import PALETTE, png, say
from fashion_bench.config import TrialConfig
from fashion_bench.records import Epoch, TrialRecord

TRAIN_COLOR, VALID_COLOR = PALETTE[1], PALETTE[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One quantity over the epochs; NaN where training had diverged.

    Attributes:
        label: the quantity with its unit.
        train: running mean of each epoch's training images, dropout on.
        valid: full pass over the validation images after each epoch.
    """

    label: str
    train: tuple[float, ...]
    valid: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesInfo:
    """What ``draw_curves`` draws.

    Attributes:
        title: the trial, what was trained, and how it ended.
        epochs: the finished epochs, from 1.
        curves: accuracy and loss.
        best: the epoch whose weights were kept.
        diverged: the epoch that ended in nonsense.
    """

    title: str
    epochs: tuple[int, ...]
    curves: tuple[Curve, ...]
    best: int | None
    diverged: int | None


def curves_info(trial: TrialRecord) -> CurvesInfo:
    """Return what to draw of a trial."""
    history = trial.history
    return CurvesInfo(
        title=f"{trial.trial_id}: {_ending(trial)}\n{_trained(trial.config)}",
        epochs=tuple(epoch.epoch for epoch in history),
        curves=(
            _curve("accuracy (fraction)", history, "train_accuracy", "valid_accuracy"),
            _curve("cross entropy (nats)", history, "train_loss", "valid_loss"),
        ),
        best=None if trial.best is None else trial.best.epoch,
        diverged=next((epoch.epoch for epoch in history if epoch.diverged), None),
    )


def draw_curves(trial: TrialRecord) -> bytes:
    """Draw training and validation accuracy and loss, the best epoch marked.

    Fixed margins and one legend, no layout engine: it is drawn beside the training, once a trial.
    """
    info = curves_info(trial)
    figure = Figure(figsize=(9, 3.6), dpi=100)
    figure.subplots_adjust(left=0.09, right=0.99, bottom=0.14, top=0.84, wspace=0.22)
    figure.suptitle(info.title, fontsize=10)
    panels = figure.subplots(1, 2)
    for axes, curve in zip(panels, info.curves, strict=True):
        _draw(axes, info, curve)
    handles = panels[0].get_legend_handles_labels()[0]
    if handles:
        panels[0].legend(handles=handles, loc="best", fontsize=8, frameon=False)
    return png(figure)


def _draw(axes: Axes, info: CurvesInfo, curve: Curve) -> None:
    if not any(map(isfinite, curve.train + curve.valid)):
        say(axes, "no sound epoch")
        return
    axes.plot(info.epochs, curve.train, "o--", ms=3, color=TRAIN_COLOR, label="training")
    axes.plot(info.epochs, curve.valid, "o-", ms=3, color=VALID_COLOR, label="validation")
    if info.best is not None:
        value = curve.valid[info.epochs.index(info.best)]
        axes.plot(info.best, value, "*", ms=12, color="black", label=f"best epoch: {info.best}")
    if info.diverged is not None:
        label = f"diverged in epoch {info.diverged}"
        axes.axvline(info.diverged, color="black", ls=":", label=label)
    axes.set_xlim(0.5, info.epochs[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel(curve.label)
    axes.grid(alpha=0.3)


def _curve(label: str, history: Sequence[Epoch], train: str, valid: str) -> Curve:
    return Curve(label=label, train=_sound(history, train), valid=_sound(history, valid))


def _sound(history: Sequence[Epoch], name: str) -> tuple[float, ...]:
    values = ((epoch.diverged, getattr(epoch, name)) for epoch in history)
    return tuple(nan if diverged or not isfinite(value) else value for diverged, value in values)


def _ending(trial: TrialRecord) -> str:
    ending = f"{trial.outcome} after {len(trial.history)} of {trial.config.recipe.epochs} epochs"
    return ending if trial.value is None else f"{ending}, validation accuracy {trial.value:.4f}"


def _trained(config: TrialConfig) -> str:
    hyper = config.hyper
    words = [
        f"{config.recipe.model} {'-'.join(map(str, config.widths))}",
        f"batch {config.recipe.batch_size}",
        f"{hyper.schedule.replace('_', '-')} lr {hyper.lr:.3g}",
        f"dropout {hyper.dropout:.3g}",
    ]
    if hyper.weight_decay:
        words.append(f"weight decay {hyper.weight_decay:.3g}")
    if hyper.label_smoothing:
        words.append(f"label smoothing {hyper.label_smoothing:.3g}")
    return ", ".join(words)
