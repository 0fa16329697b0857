import pytest

from fashion_bench.analysis.caveats import Edge, edges
from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Choice, Dimension, Range
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import hopeless, make_study, make_trial
from tests.plans import searching

LOG = Range(low=1e-4, high=1e-2, log=True, integer=False)
EVEN = Range(low=0.1, high=0.5, integer=False)
FROM_0 = Range(low=0.0, high=0.5, integer=False)
WHOLE = Range(low=64, high=512, integer=True)


def searched(dimension: Dimension, value: ParamValue) -> StudyRecord:
    """Return a study of one arm that searched this and whose best trial has that value."""
    study = make_study(
        make_trial((0.8,), params={"x": 3e-3}), make_trial((0.9,), number=1, params={"x": value})
    )
    return searching(study, plain={"x": dimension})


@pytest.mark.parametrize(
    ("dimension", "value", "end"),
    [
        (LOG, 1e-4, "lower"),
        (LOG, 1.09e-4, "lower"),
        (LOG, 1.2e-4, None),
        (LOG, 9.2e-3, "upper"),
        (LOG, 8e-3, None),
        (EVEN, 0.107, "lower"),
        (EVEN, 0.109, None),
        (EVEN, 0.493, "upper"),
        (FROM_0, 0.0, None),
        (FROM_0, 0.5, "upper"),
        (WHOLE, 64, "lower"),
        (WHOLE, 80, None),
        (Choice(values=(3e-4, 1e-3, 3e-3)), 3e-3, "upper"),
        (Choice(values=(1e-3, 3e-4, 3e-3)), 3e-4, "lower"),
        (Choice(values=(3e-4, 1e-3, 3e-3)), 1e-3, None),
        (Choice(values=(64, 128, 250, 256)), 250, None),
        (Choice(values=(64, 128, 250, 256)), 256, "upper"),
        (Choice(values=(0, 1, 2)), 0, None),
        (Choice(values=(16, 32)), 32, None),
        (Choice(values=("constant", "cosine", "one_cycle")), "one_cycle", None),
    ],
)
def test_an_end_is_within_two_percent(
    dimension: Dimension, value: ParamValue, end: str | None
) -> None:
    """Of the range or its logarithm; a list of three or more has its own two; 0 and words none."""
    assert [edge.end for edge in edges(searched(dimension, value))] == ([end] if end else [])


def test_an_edge_says_where_it_is() -> None:
    """Arm, parameter, value and range, for whoever widens it."""
    assert edges(searched(LOG, 1e-2)) == (
        Edge(arm="plain", param="x", value=1e-2, end="upper", low=1e-4, high=1e-2),
    )


def test_each_arm_has_its_own_ranges_and_its_own_best() -> None:
    """What an arm tunes is looked at in that arm alone; without a best trial there is none."""
    study = make_study(
        make_trial(arm="a", params={"lr": 1e-3, "dropout": 0.5}),
        make_trial(arm="b", params={"lr": 1e-2, "dropout": 0.5}),
        hopeless(arm="c", params={"lr": 1e-2, "dropout": 0.5}),
    )
    both = {"lr": LOG, "dropout": EVEN}
    found = edges(searching(study, a={"lr": LOG}, b=both, c=both))
    assert [(edge.arm, edge.param) for edge in found] == [("b", "lr"), ("b", "dropout")]


def test_an_experiment_has_no_edges() -> None:
    """It searches nothing."""
    assert edges(make_study(make_trial(), kind="experiment")) == ()
