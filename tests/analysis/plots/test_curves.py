from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.curves import ACCURACY, LOSS, Quantity, curves_title, draw_curve
from fashion_bench.config import ParamValue
from fashion_bench.records import Outcome, TrialRecord
from tests.analysis.conftest import failed, make_history, make_trial

MANY: dict[str, ParamValue] = {
    "lr": 0.00123456,
    "dropout": 0.251234,
    "weight_decay": 0.00012345,
    "label_smoothing": 0.051234,
    "schedule": "one_cycle",
    "hidden": 250,
    "hidden2": 100,
}


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
    """A picture found alone can be told from any other; what is at 0 was not there."""
    params: dict[str, ParamValue] = {"lr": 0.00123456, "new": 1e-4, "dropout": 0.0, "order": "z_a"}
    assert curves_title(make_trial((0.8, 0.9), params=params, outcome=Outcome.PRUNED)) == (
        "made-up.plain-0: pruned after 2 of 4 epochs, validation accuracy 0.9000\n"
        "mlp, batch 64, lr 0.001235, new 0.0001, order z_a"
    )


@pytest.mark.parametrize("more", [0, 2, 30])
def test_a_long_title_is_no_wider_than_the_picture(more: int) -> None:
    """It takes a second line, and what is too much for that is left out."""
    title = curves_title(
        make_trial(params={**MANY, **{f"new_parameter{i}": 0.5 for i in range(more)}})
    )
    _, *lines = title.split("\n")
    assert len(lines) == 2
    assert lines[0].endswith("label_smoothing 0.05123,")
    assert lines[1].startswith("schedule one_cycle, hidden 250, hidden2 100")
    assert lines[1].endswith("…") == (more == 30)
    figure = Figure(figsize=(9, 3.6), dpi=100)
    figure.suptitle(title, fontsize=10)
    figure.draw_without_rendering()
    (text,) = figure.texts
    extent = text.get_window_extent()
    assert extent.x0 > 0
    assert extent.x1 < figure.bbox.width


@pytest.mark.parametrize("letters", range(1, 30))
def test_no_name_is_torn_from_its_value(letters: int) -> None:
    """Wherever a line of the title ends, it ends after a value."""
    title = curves_title(make_trial(params={"x" * letters: 1, **MANY}))
    assert title.split("\n")[1].endswith(",")


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
