from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.curves import Band, by_epoch, draw_bands, window_of_bands
from fashion_bench.records import Epoch, Outcome, TrialRecord
from tests.analysis.conftest import failed, hopeless, make_trial, near

FLAT = Band(arm="plain", x=(1,), low=(0.7,), middle=(0.8,), high=(0.9,))


def accuracies(*trials: TrialRecord) -> dict[int, list[float]]:
    """Return the validation accuracies that reached each epoch."""
    return by_epoch(trials, lambda epoch: epoch.valid_accuracy, 0.1)


def test_a_trial_counts_for_the_epochs_it_reached() -> None:
    """A pruned trial leaves, a failed one was never there."""
    pruned = make_trial((0.6,), outcome=Outcome.PRUNED)
    assert accuracies(make_trial((0.8, 0.9)), pruned, failed()) == {1: [0.8, 0.6], 2: [0.9]}


def test_a_diverged_trial_counts_as_chance_to_its_last_planned_epoch() -> None:
    """Before a sound epoch and after the last one, chance; what was sound stays."""
    late = make_trial((0.5, nan), outcome=Outcome.DIVERGED)
    assert accuracies(hopeless(), late) == {1: [0.1, 0.5], 2: [0.1] * 2, 3: [0.1] * 2, 4: [0.1] * 2}


def test_a_figure_that_is_not_finite_counts_as_chance() -> None:
    """A complete trial does not lose an epoch to an infinite loss."""
    trial = make_trial((0.5,))
    history: tuple[Epoch, ...] = (replace(trial.history[0], valid_loss=inf),)
    assert by_epoch([replace(trial, history=history)], lambda e: e.valid_loss, 2.3) == {1: [2.3]}


@pytest.mark.parametrize(
    ("n", "label"),
    [((), "plain"), ((5, 5), "plain (n = 5)"), ((5, 3), "plain (n = 5 to 3)")],
)
def test_the_label_tells_n(n: tuple[int, ...], label: str) -> None:
    """The legend says how many values a line rests on."""
    assert replace(FLAT, n=n).label == label


def test_a_band_is_cut_on_its_bad_side_alone() -> None:
    """The good edge is whole; beyond the worst line little of the bad side is shown."""
    wide = replace(FLAT, low=(0.1,), high=(0.9,))
    assert window_of_bands([wide]).high == 0.9
    assert window_of_bands([wide]).low == near(0.8 - 0.3 * 0.1)
    loss = replace(FLAT, low=(0.3,), middle=(0.4,), high=(2.3,))
    window = window_of_bands([loss], lower_is_better=True)
    assert (window.low, window.high) == (0.3, near(0.4 + 0.3 * 0.1))


def test_a_narrow_band_is_shown_whole() -> None:
    """No more than the bands' span is shown."""
    window = window_of_bands([replace(FLAT, low=(0.79,))])
    assert (window.low, window.high) == (0.79, 0.9)


def test_a_band_of_one_place_is_not_lost() -> None:
    """Where there is nothing to fill, it is a line from its low to its high."""
    axes = Figure().subplots()
    draw_bands(axes, [FLAT], ["plain"])
    (line,) = (part for part in axes.collections if isinstance(part, LineCollection))
    assert np.array(line.get_segments()).tolist() == [[[1, 0.7], [1, 0.9]]]
