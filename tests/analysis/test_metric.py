from dataclasses import replace
from math import log

import pytest

from fashion_bench.analysis.metric import MEASURES, Metric, chance_of, metrics_of
from fashion_bench.analysis.plots.curves import LOSS, learning_of
from fashion_bench.analysis.summary import summarise_arms
from fashion_bench.analysis.tables import trials_table
from fashion_bench.config import METRICS
from fashion_bench.records import Outcome, TrialRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial
from tests.plans import planned

ALL = tuple(
    Metric(name)
    for name in (
        "test_accuracy",
        "test_loss",
        "test_rotated_accuracy",
        "test_rotated_loss",
        "valid_accuracy",
    )
)
MEASURED = make_trial(test=(0.3, 0.88), rotated=(0.9, 0.7))


def test_the_test_images_come_first() -> None:
    """Test accuracy decides; what validation says comes last."""
    assert metrics_of(make_study(MEASURED, make_trial(number=1))) == ALL
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
    assert [metric.of(trial, 0.1) for metric in ALL] == expected


def test_a_reader_gets_words_and_points() -> None:
    """Differences of accuracies are percentage points; a loss keeps its digits."""
    assert [metric.words for metric in ALL] == [
        "test accuracy",
        "test loss",
        "rotated test accuracy",
        "rotated test loss",
        "validation accuracy",
    ]
    assert Metric.TEST_ACCURACY.shown(0.0042) == "0.42"
    assert Metric.TEST_ACCURACY.shown(-0.00001, "+") == "+0.00"
    assert Metric.TEST_LOSS.shown(-0.0123, "+") == "-0.0123"
    assert {metric.unit for metric in ALL if metric.lower_is_better} == {"nats"}


def test_chance_is_that_of_the_data_set() -> None:
    """A trial without a sound epoch counts as one guess among the classes there are."""
    study = make_study(hopeless())
    four = planned(study, data=replace(study.plan.data, classes=4))
    assert (chance_of(study), chance_of(four)) == (0.1, 0.25)
    assert [arm.median for arm in summarise_arms(four)] == [0.25]
    assert trials_table(four)["value"].tolist() == [0.25]
    assert learning_of(four, LOSS).valid[0].middle[0] == pytest.approx(log(4))


def test_the_metric_of_the_file_comes_first() -> None:
    """Whatever it is, and on the images as they are; a study's is what validation says of it."""
    figures = {"brier": 0.1, "ece": 0.02, "my.py:score#0123456789abcdef": 3.5}
    trial = make_trial(test=(0.3, 0.88))
    assert trial.test is not None
    trial = replace(trial, tests={"plain": replace(trial.test, figures=figures)})
    for measure, value in (("ece", 0.02), ("my.py:score#0123456789abcdef", 3.5), ("loss", 0.3)):
        found = metrics_of(planned(make_study(trial), metric=measure))
        assert found[0] == Metric.on("plain", measure)
        assert found[0].of(trial, 0.1) == value
        assert len(set(found)) == len(found)
    assert {"test_brier", "test_ece"} <= set(found)
    unmeasured = make_study(make_trial())
    assert metrics_of(planned(unmeasured, metric="loss")) == ("valid_loss", "valid_accuracy")
    assert metrics_of(planned(unmeasured, metric="ece")) == ("valid_accuracy",)


def test_a_metric_says_what_it_is_and_on_what() -> None:
    """Of every test set and in validation, ours and code of the user's."""
    for test_set, prefix in ((None, "valid"), ("plain", "test"), ("rotated", "test_rotated")):
        for measure in ("accuracy", "worst_class"):
            metric = Metric.on(test_set, measure)
            assert metric == f"{prefix}_{measure}"
            assert (metric.test_set, metric.measure) == (test_set, measure)
    odd = Metric.on("plain", "rotated_nets.py:score#0123456789abcdef")
    assert (odd.test_set, odd.words) == ("plain", "test score")
    assert odd.measure == "rotated_nets.py:score#0123456789abcdef"
    own = Metric("test_my.py:score#0123456789abcdef")
    assert (own.words, own.unit, own.lower_is_better) == ("test score", "", False)
    assert own.with_unit(0.5, "+") == "+0.5000"
    assert own.file_name == "test_score"
    assert Metric("test_rotated_accuracy").file_name == "test_rotated_accuracy"
    assert Metric("test_ece").with_unit(-0.0098) == "-0.98 points"
    assert Metric("test_brier").with_unit(0.01) == "0.0100"


def test_every_metric_that_a_file_may_name_is_told() -> None:
    """What a file may say and how it is told are two lists."""
    assert set(METRICS) < set(MEASURES)


def test_the_margin_is_in_the_unit_of_the_metric() -> None:
    """Points become fractions, nats stay; and it is of no other measure."""
    study = planned(make_study(make_trial()), metric="ece", margin=0.5)
    assert Metric("test_ece").margin(study) == 0.005
    assert Metric("test_accuracy").margin(study) is None
    of_loss = planned(study, metric="loss", margin=0.01)
    assert (Metric("valid_loss").margin(of_loss), Metric("test_loss").margin(of_loss)) == (
        0.01,
        0.01,
    )
