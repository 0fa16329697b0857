from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf, isnan, nan

import pytest

from fashion_bench.records import Opening, Outcome, StudyRecord, TestScore, TrialRecord
from fashion_bench.tracking.projection import (
    RunContent,
    score_metrics,
    score_tags,
    study_content,
    trial_content,
    trial_name,
)
from tests.plans import planned


@pytest.fixture
def content_of(make_study: Callable[..., StudyRecord]) -> Callable[[TrialRecord], RunContent]:
    """What MLflow is told of a trial of a study in which the learning rate varies."""
    return partial(trial_content, study=replace(make_study(), varying=("lr",)))


def test_a_name_tells_trials_apart_at_a_glance(make_trial):
    """A run's name is the arm, the number and what varies, to three digits."""
    assert trial_name(make_trial("dropout", 7), ["hidden", "lr", "dropout", "width"]) == (
        "dropout-7  hidden 250  lr 0.00123  dropout 0.25"
    )


@pytest.mark.parametrize(
    ("outcome", "status", "tag"),
    [
        (Outcome.COMPLETE, "FINISHED", {}),
        (Outcome.PRUNED, "FINISHED", {"pruned": "epoch 3"}),
        (Outcome.DIVERGED, "FAILED", {"reason": "Because."}),
        (Outcome.FAILED, "FAILED", {"reason": "Because."}),
    ],
)
def test_the_status_is_truthful(content_of, make_trial, outcome, status, tag):
    """What has failed is red, a trial that a rung stopped is not; a tag says the rest."""
    content = content_of(make_trial(outcome=outcome, reason="Because."))
    said = {name: value for name, value in content.tags.items() if name in {"pruned", "reason"}}
    assert (content.status, said, content.tags["outcome"]) == (status, tag, outcome.value)


def test_a_run_spans_the_training(content_of, make_trial):
    """A run starts when its first epoch did and ends when the trial did."""
    trial = make_trial()
    content = content_of(trial)
    assert content.start_ms == 1_800_000_000_000
    assert content.end_ms == round(trial.ended_at * 1000)


def test_a_trial_without_an_epoch_has_a_run_too(content_of, make_trial):
    """A trial that failed at once has no metrics and starts when it ended."""
    content = content_of(make_trial(outcome=Outcome.FAILED, history=()))
    assert content.metrics == []
    assert content.start_ms == content.end_ms


def test_curves_count_epochs_and_keep_their_time(content_of, make_trial):
    """A metric's step is its epoch and its time that of the epoch's end."""
    trial = make_trial()
    curve = [metric for metric in content_of(trial).metrics if metric.key == "valid/accuracy"]
    assert [(point.step, point.timestamp, point.value) for point in curve] == [
        (epoch.epoch, round(epoch.ended_at * 1000), epoch.valid_accuracy) for epoch in trial.history
    ]


def test_processor_time_is_told_where_it_is_known(content_of, make_trial):
    """A trial of a version that did not keep it has no such metric, not one of 0."""
    first, *rest = make_trial().history
    trial = make_trial(history=(replace(first, processor_seconds=0.5), *rest))
    told = {(m.step, m.value) for m in content_of(trial).metrics if "processor" in m.key}
    assert told == {(1, 0.5)}


def test_the_best_epoch_is_that_of_the_checkpoint(content_of, make_trial):
    """The ``best/`` figures are those of the lowest validation loss, not of the last epoch."""
    first, second, third = make_trial().history
    trial = make_trial(history=(first, second, replace(third, valid_loss=5.0)))
    content = content_of(trial)
    best = {metric.key: metric.value for metric in content.metrics if "best" in metric.key}
    assert content.params["best_epoch"] == 2
    assert best == {
        "best/valid_loss": second.valid_loss,
        "best/valid_accuracy": second.valid_accuracy,
    }


def test_the_best_so_far_is_a_line(content_of, make_trial):
    """At every epoch, from the first sound one on: a chart of one point shows nothing."""
    first, second, third = make_trial().history
    trial = make_trial(history=(first, second, replace(third, valid_loss=5.0)))
    points = [m for m in content_of(trial).metrics if m.key == "best/valid_accuracy"]
    assert [(m.step, m.value) for m in points] == [
        (1, first.valid_accuracy),
        (2, second.valid_accuracy),
        (3, second.valid_accuracy),
    ]


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_not_finite_is_no_number(content_of, make_trial, value):
    """A loss that is not finite is sent as NaN, which charts leave out."""
    first, *_ = make_trial().history
    trial = make_trial(history=(replace(first, train_loss=value, diverged=True),))
    (loss,) = [metric for metric in content_of(trial).metrics if metric.key == "train/loss"]
    assert isnan(loss.value)


def test_what_people_group_by_is_tag_and_parameter(content_of, make_trial):
    """The arm is both; a trial's parameters stand beside what was fixed for all."""
    content = content_of(make_trial("none", 2))
    assert content.tags["arm"] == content.params["arm"] == "none"
    assert content.params["seed"] == 102
    assert content.params["split_seed"] == 7
    assert content.params["lr"] == 0.00123456
    assert "order_seed" not in content.params


def test_seeds_of_their_own_are_parameters_too(content_of, make_trial):
    """Where a trial has some: of one that leaves them to its seed, the seed says all."""
    trial = make_trial()
    config = replace(trial.config, order_seed=3, dropout_seed=4)
    params = content_of(replace(trial, config=config)).params
    assert (params["order_seed"], params["dropout_seed"]) == (3, 4)


def test_provenance_becomes_tags_and_a_data_set(content_of, make_trial):
    """The commit is given under MLflow's name as well; the data digest names the data set."""
    content = content_of(make_trial())
    assert content.tags["git_commit"] == content.tags["mlflow.source.git.commit"] == "c0ffee"
    assert "data_digest" not in content.tags
    (used,) = content.datasets
    assert used.dataset.digest == "d" * 12
    assert "d" * 64 in used.dataset.source


def test_a_score_has_the_time_it_was_measured():
    """Test metrics carry the time and the opening they are of; an unmeasured trial has none."""
    score = TestScore(
        loss=0.3,
        accuracy=0.9,
        images=10_000,
        measured_at=1_800_000_100.0,
        opening=2,
        predictions_sha256="5ha",
    )
    tests = {"plain": score, "rotated": replace(score, accuracy=0.7)}
    assert [(m.key, m.value, m.timestamp, m.step) for m in score_metrics(tests)] == [
        ("test/accuracy", 0.9, 1_800_000_100_000, 2),
        ("test/loss", 0.3, 1_800_000_100_000, 2),
        ("test_rotated/accuracy", 0.7, 1_800_000_100_000, 2),
        ("test_rotated/loss", 0.3, 1_800_000_100_000, 2),
    ]
    assert score_tags(tests) == {"test_opening": "2"}
    assert (score_metrics({}), score_tags({})) == ([], {})


def test_a_study_counts_its_trials(make_study: Callable, make_trial: Callable):
    """A study's figures stand at the number of trials they rest on."""
    study = make_study(make_trial(), make_trial("none"))
    content = study_content(study, {"importance/lr": 0.7})
    assert {metric.key: (metric.value, metric.step) for metric in content.metrics} == {
        "importance/lr": (0.7, 2),
    }
    assert (content.tags["kind"], content.tags["trials"], content.tags["planned"]) == (
        "study",
        "2",
        "8",
    )
    assert not any(tag.startswith("test_") for tag in content.tags)


def test_a_study_says_how_often_and_why_the_test_images_were_opened(make_study: Callable):
    """Two tags of the study's run: a count, and the reasons that were given."""
    first = Opening(opened_at=0.0, git_commit="c0ffee", digests={"plain": "d"})
    openings = (first, replace(first, reason="new torch"), replace(first, reason="a slip"))
    study = replace(make_study(kind="experiment"), openings=openings)
    tags = study_content(study, {}).tags
    assert (tags["test_openings"], tags["test_reasons"]) == ("3", "new torch; a slip")


def test_what_a_surveys_file_lists_is_no_part_of_its_arms_means(make_study, make_trial):
    """A tag tells it from the points that were drawn; trials of other studies have none."""
    survey = planned(make_study(), stage="survey", trials_per_arm=9, enqueued=1)
    tags = [trial_content(make_trial("none", n), survey).tags["enqueued"] for n in (7, 8)]
    assert tags == ["no", "yes"]
    assert "enqueued" not in trial_content(make_trial(), make_study()).tags
