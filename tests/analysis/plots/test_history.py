from hypothesis import given, settings

from fashion_bench.analysis.plots.points import Point, best_so_far, history_points
from fashion_bench.records import Outcome, StudyRecord
from tests.analysis.conftest import failed, make_study, make_trial, studies


def test_each_trial_is_a_point_in_the_order_asked() -> None:
    """A point has number, value, arm and outcome; a failed trial has none."""
    study = make_study(
        make_trial((0.8,), outcome=Outcome.PRUNED), failed(number=1), make_trial((0.9,), number=2)
    )
    assert history_points(study) == (
        Point(x=0, value=0.8, arm="plain", outcome=Outcome.PRUNED),
        Point(x=2, value=0.9, arm="plain", outcome=Outcome.COMPLETE),
    )


def test_the_best_so_far_is_kept_for_each_arm() -> None:
    """One arm's luck does not lift the other's line."""
    study = make_study(
        *(make_trial((value,), number=i) for i, value in enumerate((0.8, 0.7, 0.9))),
        make_trial((0.85,), arm="dropout"),
    )
    points = history_points(study)
    assert best_so_far(points, "plain") == {0: 0.8, 1: 0.8, 2: 0.9}
    assert best_so_far(points, "dropout") == {0: 0.85}


@settings(max_examples=30)
@given(studies())
def test_the_best_so_far_never_falls(study: StudyRecord) -> None:
    """The line of every arm climbs to the highest point of what no rung stopped, if any was not."""
    points = history_points(study)
    for arm in study.arms:
        best = list(best_so_far(points, arm).values())
        own = [point for point in points if point.arm == arm]
        whole = [point for point in own if point.outcome is not Outcome.PRUNED]
        values = [point.value for point in whole or own]
        assert best == sorted(best)
        assert len(best) == len(values)
        assert best[-1:] == ([max(values)] if values else [])
