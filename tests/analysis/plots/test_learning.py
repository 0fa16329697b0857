from math import log

from fashion_bench.analysis.plots.curves import (
    ACCURACY,
    LOSS,
    Band,
    draw_learning,
    learning_note,
    learning_of,
)
from tests.analysis.conftest import failed, hopeless, make_study, make_trial, near


def test_a_band_holds_mean_and_range_of_the_seeds() -> None:
    """Training and validation, accuracy and loss, epoch by epoch."""
    study = make_study(make_trial((0.8, 0.9)), make_trial((0.6, 0.8), number=1))
    accuracy, loss = learning_of(study, ACCURACY), learning_of(study, LOSS)
    assert accuracy.valid == (
        Band(
            arm="plain",
            x=(1, 2),
            low=(0.6, 0.8),
            middle=(near(0.7), near(0.85)),
            high=(0.8, 0.9),
            n=(2, 2),
        ),
    )
    assert accuracy.train[0].middle == (near(0.69), near(0.84))
    assert loss.train[0].middle == (near(0.4), near(0.25))
    assert loss.valid[0].high == (near(0.4), near(0.2))
    assert learning_note(study.trials) == "line: mean of the seeds, band: lowest to highest"


def test_a_seed_without_a_sound_epoch_counts_as_chance() -> None:
    """It lowers its arm's mean in every epoch and is told; a failed one is left out and told."""
    study = make_study(make_trial((0.9,) * 4), hopeless(number=1), failed(number=2))
    accuracy, loss = learning_of(study, ACCURACY), learning_of(study, LOSS)
    for part in (accuracy.train, accuracy.valid):
        assert part[0].n == (2, 2, 2, 2)
        assert part[0].low == (0.1,) * 4
    for part in (loss.train, loss.valid):
        assert part[0].high == (near(log(10)),) * 4
    note = learning_note(study.trials)
    assert note.endswith("\n1 diverged, counted as chance from there on; 1 failed, left out")


def test_training_and_validation_share_a_window() -> None:
    """A gap between them can be seen: no line of either is cut."""
    study = make_study(make_trial((0.5, 0.9)))
    accuracy, loss = learning_of(study, ACCURACY), learning_of(study, LOSS)
    assert accuracy.window.low <= 0.49
    assert accuracy.window.high >= 0.9
    assert loss.window.low <= 0.1
    assert loss.window.high >= 0.6


def test_arms_without_an_epoch_have_no_band() -> None:
    """The others keep their order."""
    study = make_study(failed(arm="a"), make_trial(arm="c"), hopeless(arm="b"))
    assert [band.arm for band in learning_of(study, LOSS).train] == ["c", "b"]


def test_learning_curves_are_drawn() -> None:
    """Equal studies give equal bytes, others not."""
    first, again, other = (make_study(make_trial((0.8, top))) for top in (0.9, 0.9, 0.85))
    assert draw_learning(first) == draw_learning(again) != draw_learning(other)
