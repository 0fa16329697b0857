"""Lines in their bands: arms by epoch, the expected best by number of trials, learning curves."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite, log
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import add_legend, arm_colors, blank, new_figure, png
from fashion_bench.analysis.plots.points import VALUE_LABEL, Window
from fashion_bench.analysis.summary import CHANCE_ACCURACY, quartiles
from fashion_bench.records import Epoch, Outcome, StudyRecord, TrialRecord


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
    """

    arm: str
    x: tuple[int, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The arm and its n, for a legend."""
        if not self.n:
            return self.arm
        first, last = self.n[0], self.n[-1]
        return f"{self.arm} (n = {first if first == last else f'{first} to {last}'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsInfo:
    """What a picture of bands alone draws.

    Attributes:
        bands: one for each arm that has something to show, in the study's order.
        window: the heights to show.
    """

    bands: tuple[Band, ...]
    window: Window


def by_epoch(
    trials: Iterable[TrialRecord], quantity: Callable[[Epoch], float], chance: float
) -> dict[int, list[float]]:
    """Return a quantity of the trials that reached each epoch, from 1; failed ones are left out.

    A diverged trial counts as chance from there to its last planned epoch: left out, it would
    flatter its arm.
    """
    reached: dict[int, list[float]] = {}
    for trial in trials:
        if trial.outcome is not Outcome.FAILED:
            for epoch, value in _epochs(trial, quantity, chance).items():
                reached.setdefault(epoch, []).append(value)
    return dict(sorted(reached.items()))


def window_of_bands(bands: Sequence[Band], *, lower_is_better: bool = False) -> Window:
    """Return the heights that show every line: a band that reaches far to the bad may be cut."""
    if not bands:
        return Window(low=0.0, high=1.0)
    low = min(chain.from_iterable(band.low for band in bands))
    high = max(chain.from_iterable(band.high for band in bands))
    middles = list(chain.from_iterable(band.middle for band in bands))
    if lower_is_better:
        worst = max(middles)
        return Window(low=low, high=min(high, worst + 0.3 * (worst - low)))
    worst = min(middles)
    return Window(low=max(low, worst - 0.3 * (high - worst)), high=high)


def draw_bands(axes: Axes, bands: Sequence[Band], arms: Sequence[str]) -> None:
    """Draw bands in the colours of their arms, over whole numbers."""
    colors = arm_colors(arms)
    for band in bands:
        color = colors[band.arm]
        axes.plot(band.x, band.middle, "o-", ms=3, color=color, label=band.label)
        axes.fill_between(band.x, band.low, band.high, color=color, alpha=0.2, lw=0)
        if len(band.x) == 1:  # between one place and none there is nothing to fill
            axes.vlines(band.x, band.low, band.high, color=color, alpha=0.5, lw=3)
    whole = MaxNLocator("auto", integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_locator(whole)
    axes.grid(alpha=0.3)


def _info_of(bands: Sequence[Band]) -> BandsInfo:
    return BandsInfo(bands=tuple(bands), window=window_of_bands(bands))


def _draw_alone(figure: Figure, info: BandsInfo, arms: Sequence[str], x: str, y: str) -> bytes:
    axes = figure.subplots()
    draw_bands(axes, info.bands, arms)
    info.window.apply(axes)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return png(figure)


def _bands_by_epoch(
    study: StudyRecord,
    quantity: Callable[[Epoch], float],
    chance: float,
    spread: Callable[[Sequence[float]], Sequence[float]],
) -> tuple[Band, ...]:
    """Return a band for each arm that has an epoch; ``spread`` gives low, middle and high."""
    arms = {arm: by_epoch(study.of_arm(arm), quantity, chance) for arm in study.arms}
    return tuple(
        _band(arm, {epoch: spread(values) for epoch, values in reached.items()}, counts)
        for arm, reached in arms.items()
        if (counts := [len(values) for values in reached.values()])
    )


def _band(arm: str, rows: Mapping[int, Sequence[float]], n: Sequence[int]) -> Band:
    """Return the band of an arm from low, middle and high of each place."""
    low, middle, high = zip(*rows.values(), strict=True)
    return Band(arm=arm, x=tuple(rows), low=low, middle=middle, high=high, n=tuple(n))


def _epochs(
    trial: TrialRecord, quantity: Callable[[Epoch], float], chance: float
) -> dict[int, float]:
    until = trial.config.recipe.epochs if trial.outcome is Outcome.DIVERGED else 0
    sound = {e.epoch: quantity(e) for e in trial.history if not e.diverged}
    finite = {epoch: value if isfinite(value) else chance for epoch, value in sound.items()}
    return dict.fromkeys(range(1, until + 1), chance) | finite


# The arms of a study by epoch --------------------------------------------------------------------


def arms_info(study: StudyRecord) -> BandsInfo:
    """Return median and quartiles of the validation accuracy by epoch; failed trials are left out.

    There is a band for each arm that has an epoch.
    """
    return _info_of(_bands_by_epoch(study, lambda e: e.valid_accuracy, CHANCE_ACCURACY, quartiles))


def draw_arms(study: StudyRecord) -> bytes:
    """Draw each arm's median validation accuracy by epoch in a band of its quartiles."""
    info = arms_info(study)
    title = f"{study.name}: median and quartiles of the trials that reached the epoch"
    figure = new_figure(8, 4.5, title)
    if not info.bands:
        return blank(figure, "no trial has finished an epoch")
    return _draw_alone(figure, info, study.arms, "epoch", VALUE_LABEL)


# The expected best by number of trials -----------------------------------------------------------


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


def expected_info(curves: Sequence[ExpectedCurve]) -> BandsInfo:
    """Return what to draw of the arms' curves; numbers of trials without a finite value go.

    There is a band for each arm with a finite value, in the order given.
    """
    bands = []
    for curve in curves:
        rows = zip(curve.n, curve.low, curve.mean, curve.high, strict=True)
        sound = {n: row for n, *row in rows if all(map(isfinite, row))}
        if sound:
            bands.append(_band(curve.label, sound, [max(curve.n)] * len(sound)))
    return _info_of(bands)


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
    if not info.bands:
        return blank(figure, "no trial has a value")
    arms = [curve.label for curve in curves]
    return _draw_alone(figure, info, arms, "number of trials", f"best {VALUE_LABEL}")


# The learning curves of an experiment ------------------------------------------------------------

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
    return LearningInfo(
        accuracy=_quantity(
            study,
            "accuracy (fraction)",
            CHANCE_ACCURACY,
            train=lambda epoch: epoch.train_accuracy,
            valid=lambda epoch: epoch.valid_accuracy,
        ),
        loss=_quantity(
            study,
            "cross entropy (nats)",
            CHANCE_LOSS,
            train=lambda epoch: epoch.train_loss,
            valid=lambda epoch: epoch.valid_loss,
            lower_is_better=True,
        ),
        note=_learning_note(study.trials),
    )


def draw_learning(study: StudyRecord) -> bytes:
    """Draw each arm's mean over seeds in a band from the lowest seed to the highest."""
    info = learning_info(study)
    figure = new_figure(9, 6.5, f"{study.name}: learning curves of each arm", info.note)
    if not info.accuracy.valid:
        return blank(figure, "no trial has finished an epoch")
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
    study: StudyRecord,
    label: str,
    chance: float,
    *,
    train: Callable[[Epoch], float],
    valid: Callable[[Epoch], float],
    lower_is_better: bool = False,
) -> Quantity:
    trained = _bands_by_epoch(study, train, chance, _mean_and_range)
    validated = _bands_by_epoch(study, valid, chance, _mean_and_range)
    window = window_of_bands(trained + validated, lower_is_better=lower_is_better)
    return Quantity(label=label, train=trained, valid=validated, window=window)


def _mean_and_range(values: Sequence[float]) -> Sequence[float]:
    return min(values), fmean(values), max(values)


def _learning_note(trials: Sequence[TrialRecord]) -> str:
    outcomes = Counter(trial.outcome for trial in trials)
    notes = []
    if diverged := outcomes[Outcome.DIVERGED]:
        notes.append(f"{diverged} diverged, counted as chance from there on")
    if failed := outcomes[Outcome.FAILED]:
        notes.append(f"{failed} failed, left out")
    meaning = "line: mean of the seeds, band: lowest to highest"
    return f"{meaning}\n{'; '.join(notes)}" if notes else meaning
