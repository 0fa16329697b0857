from dataclasses import replace
from math import isnan, nan

from fashion_bench.analysis.plots.curves import curves_info
from fashion_bench.records import Outcome
from tests.analysis.conftest import failed, make_history, make_trial


def test_the_curves_are_the_history() -> None:
    """Accuracy and loss, training and validation, epoch by epoch, the best one known."""
    info = curves_info(make_trial((0.8, 0.9, 0.85)))
    accuracy, loss = info.curves
    assert info.epochs == (1, 2, 3)
    assert (info.best, info.diverged) == (2, None)
    assert accuracy.valid == (0.8, 0.9, 0.85)
    assert accuracy.train == (0.8 - 0.01, 0.9 - 0.01, 0.85 - 0.01)
    assert loss.valid == (1 - 0.8, 1 - 0.9, 1 - 0.85)
    assert loss.train == (1.1 - 0.8, 1.1 - 0.9, 1.1 - 0.85)


def test_the_title_says_what_was_trained_and_how_it_ended() -> None:
    """A picture found alone can be told from any other."""
    assert curves_info(make_trial((0.8, 0.9), outcome=Outcome.PRUNED)).title == (
        "made-up.plain-0: pruned after 2 of 4 epochs, validation accuracy 0.9000\n"
        "mlp 250-100, batch 64, constant lr 0.001, dropout 0.25, weight decay 0.0001"
    )


def test_a_diverged_epoch_is_a_gap_and_is_named() -> None:
    """Nonsense is not drawn to scale beside sound epochs; where it came is marked."""
    info = curves_info(make_trial((0.5, nan), outcome=Outcome.DIVERGED))
    assert info.diverged == 2
    assert info.best == 1
    for curve in info.curves:
        assert [isnan(value) for value in curve.valid] == [False, True]
        assert [isnan(value) for value in curve.train] == [False, True]


def test_a_loss_that_exploded_is_not_drawn() -> None:
    """A huge but finite loss would press the sound epochs into a line."""
    sound, exploded = make_history((0.5, 0.4))
    trial = make_trial(outcome=Outcome.DIVERGED)
    exploded = replace(exploded, train_loss=150.0, diverged=True)
    _, loss = curves_info(replace(trial, history=(sound, exploded))).curves
    assert isnan(loss.train[1])


def test_a_trial_without_an_epoch_has_a_title_and_no_curve() -> None:
    """A failed trial is told in words."""
    info = curves_info(failed())
    assert info.title.startswith("made-up.plain-0: failed after 0 of 4 epochs\n")
    assert (info.epochs, info.best) == ((), None)
