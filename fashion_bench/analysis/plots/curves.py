"""Curves: of the arms of a study or experiment in bands, and of the expected best."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log
from statistics import fmean
from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.metric import chance_of, unstopped
from fashion_bench.analysis.plots.canvas import arm_colors, draw_picture
from fashion_bench.analysis.plots.points import VALUE_LABEL, Window
from fashion_bench.analysis.summary import quartiles, stopped_at
from fashion_bench.records import Epoch, Outcome, StudyRecord, TrialRecord

if TYPE_CHECKING:  # it needs scipy, which takes half a second to import
    from fashion_bench.analysis.exploration import ExpectedBest


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What every epoch is measured by, twice.

    Attributes:
        label: the quantity with its unit.
        train: running mean of the epoch's training images, dropout on.
        valid: full pass over the validation images after the epoch.
        guessed: what guessing comes to, by the accuracy of guessing.
        lower_is_better: as of a loss.
    """

    label: str
    train: Callable[[Epoch], float]
    valid: Callable[[Epoch], float]
    guessed: Callable[[float], float]
    lower_is_better: bool = False


ACCURACY = Quantity(
    label="accuracy (fraction)",
    train=lambda epoch: epoch.train_accuracy,
    valid=lambda epoch: epoch.valid_accuracy,
    guessed=lambda chance: chance,
)
LOSS = Quantity(
    label="cross entropy (nats)",
    train=lambda epoch: epoch.train_loss,
    valid=lambda epoch: epoch.valid_loss,
    guessed=lambda chance: -log(chance),  # of even odds for every class
    lower_is_better=True,
)


# Bands -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What one arm came to, place by place.

    Attributes:
        arm: its name.
        x: the places: epochs, or numbers of trials; ascending.
        low: lower edge of the band.
        middle: the line in it.
        high: upper edge of the band.
        n: how many values each place rests on; empty where that is not told.
        stopped: whether it is of trials that a rung stopped, each at the place where it did.
    """

    arm: str
    x: tuple[int, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...] = ()
    stopped: bool = False

    @property
    def label(self) -> str:
        """The arm and its n, for a legend."""
        if self.stopped:
            return f"{self.arm}, where stopped (n = {', '.join(map(str, self.n))})"
        if not self.n:
            return self.arm
        first, last = self.n[0], self.n[-1]
        return f"{self.arm} (n = {first if first == last else f'{first} to {last}'})"


def by_epoch(
    trials: Iterable[TrialRecord], value: Callable[[Epoch], float], chance: float
) -> dict[int, list[float]]:
    """Return a value of the trials that reached each epoch, from 1; failed ones are left out.

    A diverged trial counts as chance from there to its last planned epoch: left out, it would
    flatter its arm.
    """
    curves = [_curve(t, value, chance) for t in trials if t.outcome is not Outcome.FAILED]
    epochs = sorted({epoch for curve in curves for epoch in curve})
    return {epoch: [curve[epoch] for curve in curves if epoch in curve] for epoch in epochs}


def bands_by_epoch(
    study: StudyRecord,
    value: Callable[[Epoch], float],
    chance: float,
    spread: Callable[[Sequence[float]], Sequence[float]],
) -> tuple[Band, ...]:
    """Return a band for each arm that has an epoch; ``spread`` gives low, middle and high.

    Trials that a rung stopped are left out, else a line would jump where they go.
    """
    arms = {arm: by_epoch(unstopped(study.of_arm(arm)), value, chance) for arm in study.arms}
    return tuple(
        _band(arm, {epoch: (*spread(values), len(values)) for epoch, values in reached.items()})
        for arm, reached in arms.items()
        if reached
    )


def window_of_bands(bands: Sequence[Band], *, lower_is_better: bool = False) -> Window:
    """Return the heights that show every line: a band that reaches far to the bad may be cut."""
    if not bands:
        return Window(low=0.0, high=1.0)
    low, high = min(min(band.low) for band in bands), max(max(band.high) for band in bands)
    if lower_is_better:
        worst = max(max(band.middle) for band in bands)
        return Window(low=low, high=min(high, worst + 0.3 * (worst - low)))
    worst = min(min(band.middle) for band in bands)
    return Window(low=max(low, worst - 0.3 * (high - worst)), high=high)


def draw_bands(axes: Axes, bands: Sequence[Band], arms: Sequence[str]) -> None:
    """Draw bands in the colours of their arms, over whole numbers."""
    colors = arm_colors(arms)
    for band in bands:
        color = colors[band.arm]
        if band.stopped:
            places = [x + 0.08 * (1 + arms.index(band.arm)) for x in band.x]  # beside each other
            axes.plot(places, band.middle, "o", ms=5, mfc="none", color=color, label=band.label)
            axes.vlines(places, band.low, band.high, color=color, lw=1)
            continue
        axes.plot(band.x, band.middle, "o-", ms=3, color=color, label=band.label)
        axes.fill_between(band.x, band.low, band.high, color=color, alpha=0.2, lw=0)
        if len(band.x) == 1:  # between one place and none there is nothing to fill
            axes.vlines(band.x, band.low, band.high, color=color, alpha=0.5, lw=3)
    whole = MaxNLocator("auto", integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_locator(whole)
    axes.grid(alpha=0.3)


def _band(arm: str, rows: Mapping[int, Sequence[float]]) -> Band:
    """Return the band of an arm from low, middle, high and n of each place."""
    low, middle, high, n = zip(*rows.values(), strict=True)
    return Band(arm=arm, x=tuple(rows), low=low, middle=middle, high=high, n=n)


def _curve(trial: TrialRecord, value: Callable[[Epoch], float], chance: float) -> dict[int, float]:
    until = trial.config.recipe.epochs if trial.outcome is Outcome.DIVERGED else 0
    sound = {e.epoch: value(e) for e in trial.history if not e.diverged}
    finite = {epoch: number if isfinite(number) else chance for epoch, number in sound.items()}
    return dict.fromkeys(range(1, until + 1), chance) | finite


# Pictures of bands alone -------------------------------------------------------------------------


def arms_bands(study: StudyRecord) -> tuple[Band, ...]:
    """Return median and quartiles of the validation accuracy by epoch; failed trials are left out.

    There is a band for each arm that has an epoch, then one for each whose trials a rung stopped,
    at the epochs where it did.
    """
    bands = bands_by_epoch(study, ACCURACY.valid, chance_of(study), quartiles)
    return (*bands, *(band for arm in study.arms for band in _stopped_band(study, arm)))


def _stopped_band(study: StudyRecord, arm: str) -> Iterator[Band]:
    at = {epoch: [t.history[-1] for t in own] for epoch, own in stopped_at(study.of_arm(arm))}
    values = {epoch: [last.valid_accuracy for last in own] for epoch, own in at.items()}
    if rows := {epoch: (*quartiles(own), len(own)) for epoch, own in values.items()}:
        yield replace(_band(arm, rows), stopped=True)


def draw_arms(study: StudyRecord) -> bytes:
    """Draw each arm's median validation accuracy by epoch in a band of its quartiles."""
    bands = arms_bands(study)
    title = f"{study.name}: median and quartiles of each arm's trials"
    stopped = any(band.stopped for band in bands)
    note = "line: those that no rung stopped; beside it, the others where they stopped"
    empty = "" if bands else "no trial has finished an epoch"
    draw = _alone(bands, study.arms, "epoch", VALUE_LABEL)
    return draw_picture(title, (8, 4.5), draw, note=note if stopped else "", empty=empty)


def expected_bands(curves: Mapping[str, "ExpectedBest"]) -> tuple[Band, ...]:
    """Return what to draw of the arms' curves; numbers of trials without a finite value go.

    There is a band for each arm with a finite value, in the order given.
    """
    arms = {arm: _finite_rows(best) for arm, best in curves.items()}
    return tuple(_band(arm, rows) for arm, rows in arms.items() if rows)


def _finite_rows(best: "ExpectedBest") -> dict[int, tuple[float, ...]]:
    rows = zip(best.n, best.low, best.mean, best.high, strict=True)
    return {n: (*row, max(best.n)) for n, *row in rows if all(map(isfinite, row))}


def draw_expected(name: str, curves: Mapping[str, "ExpectedBest"], *, independent: bool) -> bytes:
    """Draw the expected best value of each arm by number of trials, in its band.

    Args:
        name: of the study.
        curves: of every arm of the study in its order, so that colours agree with the other
            pictures, fractions 0-1; an arm without trials has a curve of no number.
        independent: whether trials were drawn independently of each other and none was pruned.
    """
    note = "line: mean, band: 10 % to 90 % of draws"
    if not independent:
        note += "\nof these trials only, of which some were pruned or depended on earlier ones:"
        note += " it does not predict new ones"
    bands = expected_bands(curves)
    title = f"{name}: expected best value by number of full trials"
    empty = "" if bands else "no trial has a value"
    draw = _alone(bands, list(curves), "number of full trials", f"best {VALUE_LABEL}")
    return draw_picture(title, (8, 4.8), draw, note=note, empty=empty)


def _alone(
    bands: Sequence[Band], arms: Sequence[str], x: str, y: str
) -> Callable[[Figure], Sequence[Artist]]:
    """Return what draws bands on a pair of axes of these names."""

    def draw(figure: Figure) -> Sequence[Artist]:
        axes = figure.subplots()
        draw_bands(axes, bands, arms)
        window_of_bands(bands).apply(axes)
        axes.set(xlabel=x, ylabel=y)
        return axes.get_legend_handles_labels()[0]

    return draw


# Of the arms of an experiment --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """A quantity by epoch: of each arm the mean over its seeds, and their range.

    Attributes:
        train: by the quantity in training.
        valid: in validation.
        window: the heights to show, of both.
    """

    train: tuple[Band, ...]
    valid: tuple[Band, ...]
    window: Window


def learning_of(study: StudyRecord, quantity: Quantity) -> Learning:
    """Return what to draw of an experiment's arms; failed trials are left out."""
    train, valid = (
        bands_by_epoch(study, value, quantity.guessed(chance_of(study)), _range_and_mean)
        for value in (quantity.train, quantity.valid)
    )
    window = window_of_bands(train + valid, lower_is_better=quantity.lower_is_better)
    return Learning(train=train, valid=valid, window=window)


def learning_note(trials: Sequence[TrialRecord]) -> str:
    """Return what the bands are and which trials are not in them as they were."""
    outcomes = Counter(trial.outcome for trial in trials)
    counted = {Outcome.DIVERGED: "counted as chance from there on", Outcome.FAILED: "left out"}
    notes = [f"{outcomes[how]} {how}, {words}" for how, words in counted.items() if outcomes[how]]
    meaning = "line: mean of the seeds, band: lowest to highest"
    return f"{meaning}\n{'; '.join(notes)}" if notes else meaning


def draw_learning(study: StudyRecord) -> bytes:
    """Draw each arm's mean over seeds in a band from the lowest seed to the highest."""
    rows = {quantity.label: learning_of(study, quantity) for quantity in (ACCURACY, LOSS)}

    def draw(figure: Figure) -> Sequence[Artist]:
        panels = figure.subplots(2, 2, sharex=True, sharey="row")
        for row, (label, learning) in zip(panels, rows.items(), strict=True):
            draw_bands(row[0], learning.train, study.arms)
            draw_bands(row[1], learning.valid, study.arms)
            learning.window.apply(row[0])
            row[0].set_ylabel(label)
        panels[0, 0].set_title("training, while it goes on", fontsize=10)
        panels[0, 1].set_title("validation, after the epoch", fontsize=10)
        for axes in panels[1]:
            axes.set_xlabel("epoch")
        handles: Sequence[Artist] = panels[0, 1].get_legend_handles_labels()[0]
        return handles

    title, note = f"{study.name}: learning curves of each arm", learning_note(study.trials)
    empty = "" if rows[ACCURACY.label].valid else "no trial has finished an epoch"
    return draw_picture(title, (9, 6.5), draw, note=note, empty=empty)


def _range_and_mean(values: Sequence[float]) -> Sequence[float]:
    return min(values), fmean(values), max(values)
