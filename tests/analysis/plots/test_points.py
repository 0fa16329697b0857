import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.points import Window, note_of, valued_trials, window_of
from tests.analysis.conftest import failed, hopeless, make_study, make_trial

AXES = Figure().subplots()


def test_a_trial_at_chance_does_not_press_the_others_into_a_line() -> None:
    """The window ends below the good half; what lies lower is off it."""
    window = window_of([0.1, 0.86, 0.87, 0.88, 0.89])
    assert window.high == 0.89
    assert window.low == pytest.approx(0.81)


def test_values_that_lie_together_are_all_shown() -> None:
    """Without an outlier the window is the span of the values."""
    assert window_of([0.8, 0.85, 0.9]) == Window(low=0.8, high=0.9)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_the_better_half_is_always_shown(values: list[float]) -> None:
    """The highest value and the median lie in the window, and the window has a height."""
    window = window_of(values)
    window.apply(AXES)
    bottom, top = AXES.get_ylim()
    assert all(bottom < max(value, window.low) < top for value in values)
    assert bottom < window.low <= window.high < top
    above = sum(value >= window.low for value in values)
    assert 2 * above >= len(values)


def test_the_note_counts_what_is_not_shown_in_place() -> None:
    """n, trials below the window and trials without a value are told in words."""
    good = [make_trial((0.85 + i / 100,), number=i) for i in range(5)]
    study = make_study(*good, hopeless(number=6), failed(number=7))
    window = window_of([value for _, value in valued_trials(study)])
    note = note_of(study, window)
    assert note == "n = 6, 1 below 0.790 drawn on the lower edge, 1 without a value not shown"


def test_the_note_of_a_plain_study_is_its_n() -> None:
    """Nothing hidden, nothing to tell."""
    assert note_of(make_study(make_trial()), Window(low=0.8, high=0.9)) == "n = 1"
