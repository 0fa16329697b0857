from math import nan

from hypothesis import given, settings

from fashion_bench.analysis.plots.curves import Band, arms_bands, window_of_bands
from fashion_bench.records import Outcome, StudyRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial, near, studies


def test_a_band_holds_the_quartiles_of_the_same_trials_throughout() -> None:
    """What a rung stopped has a band of its own, where it was stopped; what failed has none."""
    study = make_study(
        make_trial((0.8, 0.9)),
        make_trial((0.7, 0.8), number=1),
        make_trial((0.6,), number=2, outcome=Outcome.PRUNED),
        make_trial((0.6, 0.5), number=3, outcome=Outcome.PRUNED),
        make_trial((0.95,), number=4, outcome=Outcome.FAILED),
    )
    whole, stopped = arms_bands(study)
    assert whole == Band(
        arm="plain",
        x=(1, 2),
        low=(near(0.725), near(0.825)),
        middle=(near(0.75), near(0.85)),
        high=(near(0.775), near(0.875)),
        n=(2, 2),
    )
    ends = (0.6, 0.5)
    assert stopped == Band(
        arm="plain", x=(1, 2), low=ends, middle=ends, high=ends, n=(1, 1), stopped=True
    )
    assert stopped.label == "plain, where stopped (n = 1, 1)"


def test_a_diverged_trial_stays_at_chance_to_the_end() -> None:
    """What diverged does not leave the band, where it would flatter the arm."""
    study = make_study(make_trial((0.5, nan), outcome=Outcome.DIVERGED))
    (band,) = arms_bands(study)
    assert band.x == (1, 2, 3, 4)
    assert band.middle == (0.5, 0.1, 0.1, 0.1)


def test_an_arm_without_an_epoch_has_no_band() -> None:
    """Arms that have something to show keep their order."""
    study = make_study(failed(arm="a"), make_trial(arm="c"), hopeless(arm="b"))
    assert [band.arm for band in arms_bands(study)] == ["c", "b"]


def test_the_window_shows_all_medians_but_not_a_band_down_to_chance() -> None:
    """One diverged trial of three stretches the band, not the picture."""
    study = make_study(make_trial((0.8,) * 4), make_trial((0.9,) * 4, number=1), hopeless(number=2))
    bands = arms_bands(study)
    assert bands[0].low[0] == near(0.45)
    assert window_of_bands(bands).low == near(0.8 - 0.3 * 0.05)


@settings(max_examples=30)
@given(studies())
def test_a_band_is_ordered_and_in_the_window(study: StudyRecord) -> None:
    """Lower quartile, median and upper quartile keep their order; no median is cut off."""
    bands = arms_bands(study)
    window = window_of_bands(bands)
    for band in bands:
        for lower, median, upper in zip(band.low, band.middle, band.high, strict=True):
            assert lower <= median <= upper
            assert window.low <= median <= window.high
