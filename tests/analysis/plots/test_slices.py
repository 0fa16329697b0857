from fashion_bench.analysis.plots.points import Point, slices_of
from fashion_bench.records import Outcome
from tests.analysis.conftest import failed, make_study, make_trial


def test_a_panel_for_each_parameter_that_varies() -> None:
    """Each panel holds the trials that have the parameter, at its value."""
    study = make_study(
        make_trial((0.8,), params={"lr": 0.1, "schedule": "cosine", "hidden": 64}),
        make_trial((0.7,), number=1, params={"lr": 0.2, "schedule": "constant", "hidden": 64}),
        make_trial((0.9,), arm="dropout", params={"lr": 0.1, "hidden": 64}),
    )
    slices = {axis.name: points for axis, points in slices_of(study).items()}
    assert list(slices) == ["lr", "schedule"]
    assert [(point.x, point.value) for point in slices["lr"]] == [
        (0.1, 0.8),
        (0.2, 0.7),
        (0.1, 0.9),
    ]
    assert slices["schedule"] == [
        Point(x=0.0, value=0.8, arm="plain", outcome=Outcome.COMPLETE),
        Point(x=1.0, value=0.7, arm="plain", outcome=Outcome.COMPLETE),
    ]


def test_a_value_only_failed_trials_took_makes_no_panel() -> None:
    """What has no point is no reason for an axis."""
    study = make_study(make_trial(params={"lr": 0.1}), failed(number=1, params={"lr": 0.2}))
    assert slices_of(study) == {}
