from math import log

from fashion_bench.analysis.plots.bands import Band, draw_learning, learning_info
from tests.analysis.conftest import failed, hopeless, make_study, make_trial, near


def test_a_band_holds_mean_and_range_of_the_seeds() -> None:
    """Training and validation, accuracy and loss, epoch by epoch."""
    info = learning_info(make_study(make_trial((0.8, 0.9)), make_trial((0.6, 0.8), number=1)))
    assert info.accuracy.valid == (
        Band(
            arm="plain",
            x=(1, 2),
            low=(0.6, 0.8),
            middle=(near(0.7), near(0.85)),
            high=(0.8, 0.9),
            n=(2, 2),
        ),
    )
    assert info.accuracy.train[0].middle == (near(0.69), near(0.84))
    assert info.loss.train[0].middle == (near(0.4), near(0.25))
    assert info.loss.valid[0].high == (near(0.4), near(0.2))
    assert info.note == "line: mean of the seeds, band: lowest to highest"


def test_a_seed_without_a_sound_epoch_counts_as_chance() -> None:
    """It lowers its arm's mean in every epoch and is told; a failed one is left out and told."""
    info = learning_info(make_study(make_trial((0.9,) * 4), hopeless(number=1), failed(number=2)))
    for part in (info.accuracy.train, info.accuracy.valid):
        assert part[0].n == (2, 2, 2, 2)
        assert part[0].low == (0.1,) * 4
    for part in (info.loss.train, info.loss.valid):
        assert part[0].high == (near(log(10)),) * 4
    assert info.note.endswith("\n1 diverged, counted as chance from there on; 1 failed, left out")


def test_training_and_validation_share_a_window() -> None:
    """A gap between them can be seen: no line of either is cut."""
    info = learning_info(make_study(make_trial((0.5, 0.9))))
    assert info.accuracy.window.low <= 0.49
    assert info.accuracy.window.high >= 0.9
    assert info.loss.window.low <= 0.1
    assert info.loss.window.high >= 0.6


def test_arms_without_an_epoch_have_no_band() -> None:
    """The others keep their order."""
    study = make_study(failed(arm="a"), make_trial(arm="c"), hopeless(arm="b"))
    assert [band.arm for band in learning_info(study).loss.train] == ["c", "b"]


def test_learning_curves_are_drawn() -> None:
    """Equal studies give equal bytes, others not."""
    first, again, other = (make_study(make_trial((0.8, top))) for top in (0.9, 0.9, 0.85))
    assert draw_learning(first) == draw_learning(again) != draw_learning(other)
