from math import nan

import pandas as pd
import pytest
from hypothesis import given, settings

from fashion_bench.analysis.tables import arms_table, epochs_table, trials_table
from fashion_bench.records import Outcome, StudyRecord
from tests.analysis.conftest import failed, hopeless, lone_studies, make_study, make_trial, studies
from tests.plans import planned


def test_a_trial_is_a_row_with_its_best_epoch_and_its_params() -> None:
    """Names, outcome, value, best epoch, cost and parameters stand in one row."""
    study = make_study(make_trial((0.8, 0.9, 0.85), params={"lr": 0.01, "schedule": "cosine"}))
    (row,) = trials_table(study).to_dict("records")
    assert row == {
        "study": "made-up",
        "arm": "plain",
        "number": 0,
        "trial_id": "made-up.plain-0",
        "generation": 0,
        "outcome": "complete",
        "reason": Outcome.COMPLETE.sentence,
        "value": 0.9,
        "best_epoch": 2,
        "best_valid_loss": pytest.approx(0.1),
        "epochs": 3,
        "seconds": 1.5,
        "processor_seconds": 0.75,
        "seed": 0,
        "split_seed": 7,
        "replicate": 1,
        "params_lr": 0.01,
        "params_schedule": "cosine",
    }


def test_a_configuration_that_comes_again_is_a_replicate() -> None:
    """Equal parameters in the same arm are counted up; in another arm they start anew."""
    trials = [
        make_trial(number=0, params={"hidden": 64}),
        make_trial(number=1, params={"hidden": 250}),
        make_trial(number=2, params={"hidden": 64}),
        make_trial(number=0, params={"hidden": 64}, arm="dropout"),
    ]
    assert trials_table(make_study(*trials))["replicate"].tolist() == [1, 1, 2, 1]


def test_a_diverged_trial_counts_and_a_failed_one_has_no_value() -> None:
    """Means over the table agree with the summaries: chance for the one, missing for the other."""
    table = trials_table(make_study(hopeless(), failed(number=1)))
    assert table["value"].tolist() == [0.1, pytest.approx(nan, nan_ok=True)]
    assert table["best_epoch"].isna().all()


def test_params_of_one_arm_alone_are_missing_in_the_other() -> None:
    """An arm without a dropout rate leaves the cell empty."""
    study = make_study(
        make_trial(arm="plain", params={"lr": 0.1}),
        make_trial(arm="dropout", params={"lr": 0.1, "dropout": 0.5}),
    )
    assert trials_table(study)["params_dropout"].isna().tolist() == [True, False]


def test_test_columns_appear_once_measured() -> None:
    """A study shows no test column; an experiment does as soon as one trial was measured."""
    assert "test_accuracy" not in trials_table(make_study(make_trial()))
    table = trials_table(make_study(make_trial(test=(0.3, 0.88)), make_trial(number=1)))
    assert table["test_accuracy"].tolist() == [0.88, pytest.approx(nan, nan_ok=True)]
    assert table["test_loss"][0] == 0.3
    assert "test_rotated_accuracy" not in table


def test_the_rotated_images_have_columns_of_their_own() -> None:
    """Where they were measured, loss and accuracy stand under their own name."""
    (row,) = trials_table(make_study(make_trial(test=(0.3, 0.88), rotated=(0.9, 0.7)))).to_dict(
        "records"
    )
    assert (row["test_loss"], row["test_accuracy"]) == (0.3, 0.88)
    assert (row["test_rotated_loss"], row["test_rotated_accuracy"]) == (0.9, 0.7)


def test_epochs_are_rows_in_order() -> None:
    """The epochs of a trial follow each other, a diverged one marked and its numbers missing."""
    table = epochs_table(make_study(make_trial((0.5, nan), outcome=Outcome.DIVERGED)))
    assert table["epoch"].tolist() == [1, 2]
    assert table["valid_accuracy"].tolist() == [0.5, pytest.approx(nan, nan_ok=True)]
    assert table["diverged"].tolist() == [False, True]
    assert table["ended_at"].tolist() == [1001.0, 1002.0]


@settings(max_examples=30)
@given(studies())
def test_every_trial_and_every_epoch_has_one_row(study: StudyRecord) -> None:
    """Nothing is dropped, doubled or reordered, and the two tables agree on the epochs."""
    trials, epochs = trials_table(study), epochs_table(study)
    assert trials["trial_id"].tolist() == [trial.trial_id for trial in study.trials]
    assert trials["epochs"].sum() == len(epochs)


@pytest.mark.parametrize("name", lone_studies())
def test_columns_keep_their_types_when_there_is_little_to_tell(name: str) -> None:
    """An empty study's tables have the columns and types of a full one's."""
    table, full = trials_table(lone_studies()[name]), trials_table(make_study(make_trial()))
    fixed = [str(column) for column in full if not str(column).startswith("params_")]
    pd.testing.assert_series_equal(table.dtypes[fixed], full.dtypes[fixed])
    assert epochs_table(lone_studies()[name]).dtypes["epoch"] == "int64"


def test_an_arm_is_a_row() -> None:
    """Of a study what it took and reached; of an experiment its spreads, each in three columns."""
    trials = (make_trial((0.8,), test=(0.5, 0.7)), make_trial((0.9,), number=1, test=(0.4, 0.8)))
    (searched,) = arms_table(make_study(*trials)).to_dict("records")
    (measured,) = arms_table(make_study(*trials, kind="experiment")).to_dict("records")
    assert (searched["arm"], searched["trials"], searched["best"]) == ("plain", 2, 0.9)
    assert (measured["arm"], measured["test_accuracy_n"]) == ("plain", 2)
    assert measured["test_accuracy_mean"] == pytest.approx(0.75)
    assert measured["valid_accuracy_sd"] == pytest.approx(0.1 / 2**0.5)


@pytest.mark.parametrize("study", lone_studies().values(), ids=lone_studies())
def test_every_arm_is_a_row(study: StudyRecord) -> None:
    """Whatever its trials came to."""
    for tests in ((), ("plain",)):
        assert list(arms_table(planned(study, tests=tests))["arm"]) == list(study.arms)
