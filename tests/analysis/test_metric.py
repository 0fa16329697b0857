from dataclasses import replace
from math import log

import pytest

from fashion_bench.analysis.metric import Metric, chance_of, metrics_of
from fashion_bench.analysis.plots.curves import LOSS, learning_of
from fashion_bench.analysis.summary import summarise_arms
from fashion_bench.analysis.tables import trials_table
from fashion_bench.records import Outcome, TrialRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial
from tests.plans import planned

MEASURED = make_trial(test=(0.3, 0.88), rotated=(0.9, 0.7))


def test_the_test_images_come_first() -> None:
    """Test accuracy decides; what validation says comes last."""
    assert metrics_of(make_study(MEASURED, make_trial(number=1))) == tuple(Metric)
    plain = metrics_of(make_study(make_trial(test=(0.3, 0.88))))
    assert plain == (Metric.TEST_ACCURACY, Metric.TEST_LOSS, Metric.VALID_ACCURACY)


def test_unmeasured_there_is_validation_alone() -> None:
    """Nothing is told of images that have not been opened."""
    assert metrics_of(make_study(make_trial())) == (Metric.VALID_ACCURACY,)
    assert metrics_of(make_study(arms=("a",))) == (Metric.VALID_ACCURACY,)


@pytest.mark.parametrize(
    ("trial", "expected"),
    [
        (MEASURED, [0.88, 0.3, 0.7, 0.9, 0.9]),
        (make_trial(), [None, None, None, None, 0.9]),
        (hopeless(), [0.1, None, 0.1, None, 0.1]),
        (failed(), [None] * 5),
        (make_trial(outcome=Outcome.FAILED), [None] * 5),
    ],
    ids=["measured", "not measured", "hopeless", "failed", "failed late"],
)
def test_each_is_read_as_it_is_counted(trial: TrialRecord, expected: list[float | None]) -> None:
    """A trial without weights has the accuracy of chance and no loss; a failed one has nothing."""
    assert [metric.of(trial, 0.1) for metric in Metric] == expected


def test_a_reader_gets_words_and_points() -> None:
    """Differences of accuracies are percentage points; a loss keeps its digits."""
    assert [metric.words for metric in Metric] == [
        "test accuracy",
        "test loss",
        "rotated test accuracy",
        "rotated test loss",
        "validation accuracy",
    ]
    assert Metric.TEST_ACCURACY.shown(0.0042) == "0.42"
    assert Metric.TEST_ACCURACY.shown(-0.00001, "+") == "+0.00"
    assert Metric.TEST_LOSS.shown(-0.0123, "+") == "-0.0123"
    assert {metric.unit for metric in Metric if metric.is_loss} == {"nats"}


def test_chance_is_that_of_the_data_set() -> None:
    """A trial without a sound epoch counts as one guess among the classes there are."""
    study = make_study(hopeless())
    four = planned(study, data=replace(study.plan.data, classes=4))
    assert (chance_of(study), chance_of(four)) == (0.1, 0.25)
    assert [arm.median for arm in summarise_arms(four)] == [0.25]
    assert trials_table(four)["value"].tolist() == [0.25]
    assert learning_of(four, LOSS).valid[0].middle[0] == pytest.approx(log(4))
