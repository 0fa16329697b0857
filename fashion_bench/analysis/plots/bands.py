"""Lines in their bands: what pictures of several arms over epochs or trials share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import arm_colors
from fashion_bench.analysis.plots.points import Window
from fashion_bench.records import Epoch, Outcome, TrialRecord

__all__ = ["Band", "by_epoch", "draw_bands", "window_of_bands"]


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
        return (
            f"{self.arm} (n = {first})" if first == last else f"{self.arm} (n = {first} to {last})"
        )


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


def _epochs(
    trial: TrialRecord, quantity: Callable[[Epoch], float], chance: float
) -> dict[int, float]:
    until = trial.config.recipe.epochs if trial.outcome is Outcome.DIVERGED else 0
    sound = {e.epoch: quantity(e) for e in trial.history if not e.diverged}
    finite = {epoch: value if isfinite(value) else chance for epoch, value in sound.items()}
    return dict.fromkeys(range(1, until + 1), chance) | finite
