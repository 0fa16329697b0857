from dataclasses import replace
from math import isnan, nan

import numpy as np
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.curves import ACCURACY, LOSS, Quantity, curves_title, draw_curve
from fashion_bench.records import Outcome, TrialRecord
from tests.analysis.conftest import failed, make_history, make_trial


def lines_of(trial: TrialRecord, quantity: Quantity) -> dict[object, tuple[list[float], ...]]:
    """Return where every line runs that is drawn, across and up, by its label."""
    axes = Figure().subplots()
    draw_curve(axes, trial, quantity)
    lines = {line.get_label(): (line.get_xdata(), line.get_ydata()) for line in axes.lines}
    return {label: tuple(np.array(part).tolist() for part in lines[label]) for label in lines}


def test_the_curves_are_the_history() -> None:
    """Accuracy and loss, training and validation, epoch by epoch, the best one known."""
    trial, epochs = make_trial((0.8, 0.9, 0.85)), [1, 2, 3]
    assert lines_of(trial, ACCURACY) == {
        "training": (epochs, [0.8 - 0.01, 0.9 - 0.01, 0.85 - 0.01]),
        "validation": (epochs, [0.8, 0.9, 0.85]),
        "best epoch: 2": ([2], [0.9]),
    }
    assert lines_of(trial, LOSS) == {
        "training": (epochs, [1.1 - 0.8, 1.1 - 0.9, 1.1 - 0.85]),
        "validation": (epochs, [1 - 0.8, 1 - 0.9, 1 - 0.85]),
        "best epoch: 2": ([2], [1 - 0.9]),
    }


def test_the_title_says_what_was_trained_and_how_it_ended() -> None:
    """A picture found alone can be told from any other."""
    assert curves_title(make_trial((0.8, 0.9), outcome=Outcome.PRUNED)) == (
        "made-up.plain-0: pruned after 2 of 4 epochs, validation accuracy 0.9000\n"
        "mlp 250-100, batch 64, constant lr 0.001, dropout 0.25, weight decay 0.0001"
    )


def test_a_diverged_epoch_is_a_gap_and_is_named() -> None:
    """Nonsense is not drawn to scale beside sound epochs; where it came is marked."""
    trial = make_trial((0.5, nan), outcome=Outcome.DIVERGED)
    for quantity in (ACCURACY, LOSS):
        lines = lines_of(trial, quantity)
        assert lines["diverged in epoch 2"][0] == [2, 2]
        assert lines["best epoch: 1"][0] == [1]
        for part in ("training", "validation"):
            assert [isnan(value) for value in lines[part][1]] == [False, True]


def test_a_loss_that_exploded_is_not_drawn() -> None:
    """A huge but finite loss would press the sound epochs into a line."""
    sound, exploded = make_history((0.5, 0.4))
    trial = make_trial(outcome=Outcome.DIVERGED)
    exploded = replace(exploded, train_loss=150.0, diverged=True)
    lines = lines_of(replace(trial, history=(sound, exploded)), LOSS)
    assert isnan(lines["training"][1][1])


def test_a_trial_without_an_epoch_has_a_title_and_no_curve() -> None:
    """A failed trial is told in words."""
    assert curves_title(failed()).startswith("made-up.plain-0: failed after 0 of 4 epochs\n")
    assert lines_of(failed(), ACCURACY) == {}
