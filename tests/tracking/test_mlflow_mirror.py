import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.utils.file_utils import local_file_uri_to_path

from fashion_bench.records import Epoch, Outcome, StudyRecord, TestScore, TrialRecord
from fashion_bench.tracking.arms import ArmReport, Figures
from fashion_bench.tracking.backend import tracking_uri
from fashion_bench.tracking.experiments import runs_of
from fashion_bench.tracking.mlflow_mirror import Mirror
from tests.plans import planned

SCORE = TestScore(
    loss=0.3,
    accuracy=0.9,
    images=10_000,
    measured_at=1_800_000_100.0,
    opening=1,
    predictions_sha256="5ha",
)
KILLED_SYNCS = Path(__file__).with_name("killed_syncs.py")


def _no_files(_trial: TrialRecord) -> dict[str, bytes]:
    return {}


def _stored(runs: Path) -> dict[str, Run]:
    """Return the trials' runs by trial id; fails where a trial has two."""
    client = MlflowClient(tracking_uri(runs))
    experiment = client.get_experiment_by_name("mlp")
    found = [
        run for run in runs_of(client, experiment.experiment_id) if "trial_id" in run.data.tags
    ]
    by_trial = {run.data.tags["trial_id"]: run for run in found}
    assert len(by_trial) == len(found)
    return by_trial


def _points(runs: Path, run: Run) -> dict[str, list[tuple[int, int, str]]]:
    """Return every metric point of a run as (step, time, value); NaN is made comparable."""
    client = MlflowClient(tracking_uri(runs))
    return {
        name: [
            (point.step, point.timestamp, repr(point.value))
            for point in client.get_metric_history(run.info.run_id, name)
        ]
        for name in run.data.metrics
    }


def _artifact(run: Run, name: str) -> bytes:
    return Path(local_file_uri_to_path(run.info.artifact_uri), name).read_bytes()


def test_a_trial_is_all_there(runs, make_mirror, make_trial, tmp_path):
    """A synced trial has its name, status, times, parameters, curves, data set and files."""
    weights = tmp_path / "weights of it.pt"
    weights.write_bytes(b"weights")
    trial = make_trial()
    sent = make_mirror().sync_trials(
        [trial], files=lambda _: {"checkpoint.pt": weights, "plots/curves.png": b"png"}
    )
    run = _stored(runs)[trial.trial_id]
    assert sent == 1
    assert run.info.run_name == "dropout-0  lr 0.00123  dropout 0.25"
    assert (run.info.status, run.info.end_time) == ("FINISHED", round(trial.ended_at * 1000))
    assert run.data.params["dropout"] == "0.25"
    assert run.data.tags["torch"] == "2.14.1"
    assert run.inputs.dataset_inputs[0].dataset.name == "fashion_mnist"
    assert len(_points(runs, run)["valid/accuracy"]) == 3
    assert _artifact(run, "checkpoint.pt") == b"weights"
    assert _artifact(run, "plots/curves.png") == b"png"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_ends_its_run(runs, make_mirror, make_trial, outcome):
    """No trial leaves a run RUNNING, however it ended."""
    make_mirror().sync_trials([make_trial(outcome=outcome)], files=_no_files)
    (run,) = _stored(runs).values()
    assert run.info.status in {"FINISHED", "FAILED"}


def test_sending_again_does_nothing(make_mirror, make_trial):
    """A second sync, by this process or another, sends nothing; only the other looks at files."""
    trials = [make_trial(number=number) for number in range(3)]
    mirror = make_mirror()
    asked = []
    sent = [
        each.sync_trials(trials, files=lambda trial: asked.append(trial.number) or {})
        for each in (mirror, mirror, make_mirror())
    ]
    assert sent == [3, 0, 0]
    assert asked == [0, 1, 2] * 2


_PAIR = st.tuples(st.floats(), st.floats())  # of training and validation; NaN and infinity too
_HISTORY = st.lists(st.tuples(_PAIR, _PAIR), max_size=3)


@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(figures=_HISTORY)
def test_no_figure_makes_a_point_double(runs, make_mirror, make_trial, figures):
    """Whatever was measured, an interrupted run that is sent again has each point once."""
    history = tuple(
        Epoch(
            epoch=number,
            train_loss=losses[0],
            train_accuracy=accuracies[0],
            valid_loss=losses[1],
            valid_accuracy=accuracies[1],
            seconds=1.0,
            ended_at=1_800_000_000.0 + number,
        )
        for number, (losses, accuracies) in enumerate(figures, 1)
    )
    trial = replace(make_trial(), history=history, trial_id=f"mlp.dropout-{hash(history)}")
    make_mirror().sync_trials([trial], files=_no_files)
    run = _stored(runs)[trial.trial_id]
    before = _points(runs, run)
    MlflowClient(tracking_uri(runs)).update_run(run.info.run_id, status="RUNNING")
    make_mirror().sync_trials([trial], files=_no_files)
    assert _points(runs, _stored(runs)[trial.trial_id]) == before
    assert all(len(before[name]) == len(history) for name in before if name.startswith("train/"))


def test_a_long_training_arrives_whole(runs, make_mirror, make_trial):
    """More metrics than MLflow takes at once are sent in several batches."""
    (epoch, *_) = make_trial().history
    history = tuple(replace(epoch, epoch=number) for number in range(1, 402))
    make_mirror().sync_trials([make_trial(history=history)], files=_no_files)
    (run,) = _stored(runs).values()
    assert {len(points) for name, points in _points(runs, run).items() if "best" not in name} == {
        401
    }


def test_a_score_is_added_to_an_ended_run(runs, make_mirror, make_trial):
    """Test metrics measured after the first sync are added once, and the run stays as it was."""
    trial = make_trial()
    mirror = make_mirror()
    mirror.sync_trials([trial], files=_no_files)
    measured = replace(trial, tests={"plain": SCORE})
    sent = [
        each.sync_trials([measured], files=_no_files) for each in (mirror, mirror, make_mirror())
    ]
    (run,) = _stored(runs).values()
    assert sent == [1, 0, 0]
    assert run.info.status == "FINISHED"
    assert _points(runs, run)["test/accuracy"] == [(1, 1_800_000_100_000, "0.9")]


def test_a_second_opening_is_a_second_point(runs, make_mirror, make_trial):
    """Measured once more, a run keeps the first scores and shows the latest, on each test set."""
    second = replace(SCORE, accuracy=0.8, measured_at=1_800_000_200.0, opening=2)
    for tests in ({"plain": SCORE, "rotated": SCORE}, {"plain": second, "rotated": second}):
        measured = make_trial(tests=tests)
        sent = [make_mirror().sync_trials([measured], files=_no_files) for _ in range(2)]
        assert sent == [1, 0]
    (run,) = _stored(runs).values()
    for name in ("test/accuracy", "test_rotated/accuracy"):
        assert [(step, value) for step, _, value in _points(runs, run)[name]] == [
            (1, "0.9"),
            (2, "0.8"),
        ]
        assert run.data.metrics[name] == 0.8


def test_two_writers_do_not_double_a_trial(runs, make_mirror, make_trial):
    """A mirror that knew the runs looks again once another has written the study."""
    first, second = make_mirror(), make_mirror()
    first.sync_trials([make_trial(number=0)], files=_no_files)
    second.sync_trials([make_trial(number=1)], files=_no_files)
    sent = first.sync_trials([make_trial(number=number) for number in range(3)], files=_no_files)
    assert sent == 1
    assert len(_stored(runs)) == 3


def test_a_long_lived_mirror_does_not_search_again(make_mirror, make_trial, monkeypatch):
    """Once it knows the runs, a mirror syncs generation after generation without a search."""
    mirror = make_mirror()
    mirror.sync_trials([make_trial(number=0)], files=_no_files)
    monkeypatch.delattr(MlflowClient, "search_runs")
    assert mirror.sync_trials([make_trial(number=1)], files=_no_files) == 1


def test_runs_are_found_on_every_page(make_mirror, make_trial, monkeypatch):
    """A search that MLflow answers in pages is read to its end."""
    trials = [make_trial(number=number) for number in range(5)]
    make_mirror().sync_trials(trials, files=_no_files)
    monkeypatch.setattr("fashion_bench.tracking.experiments._PAGE", 2)
    assert make_mirror().sync_trials(trials, files=_no_files) == 0


def test_a_study_has_one_run_of_its_own(runs, make_mirror, make_study, make_trial):
    """The study's run is brought up to date in place: its files replaced, its figures extended."""
    first, second = make_trial(number=0), make_trial(number=1)
    second = replace(second, ended_at=second.ended_at + 60)
    mirror = make_mirror()
    for study, table in [
        (make_study(first), b"one"),
        (make_study(first, second), b"two"),
        (make_study(first, second), b"two"),
    ]:
        mirror.sync_study(
            study, Figures(metrics={"importance/lr": 0.7}), files={"trials.csv": table}
        )
    client = MlflowClient(tracking_uri(runs))
    experiment = client.get_experiment_by_name("mlp")
    (run,) = client.search_runs([experiment.experiment_id], "tags.kind = 'study'")
    assert run.info.status == "FINISHED"
    assert [step for step, _, _ in _points(runs, run)["importance/lr"]] == [1, 2]
    assert _artifact(run, "trials.csv") == b"two"
    assert experiment.tags["mlflow.note.content"] == "Does dropout help?"


def test_the_views_follow_the_study(runs, make_mirror, make_study, make_trial):
    """Syncing a study rewrites its saved views and its note for what is now known of it."""
    mirror = make_mirror()
    mirror.sync_trials([make_trial()], files=_no_files)
    client = MlflowClient(tracking_uri(runs))
    before = client.get_experiment_by_name("mlp").tags
    known = replace(make_study(make_trial()), varying=("width",))
    mirror.sync_study(known, Figures(answer="It does."), files={})
    make_mirror(known).links("")  # whoever looks leaves it as it is
    after = client.get_experiment_by_name("mlp").tags
    assert ["width" in tags["mlflow.sharedViewState.trials"] for tags in (before, after)] == [
        False,
        True,
    ]
    assert after["mlflow.note.content"] == "Does dropout help? **It does.**"


def _arms(runs: Path, shown: str = "yes") -> dict[str, Run]:
    """Return the arms' runs that the view shows, or those that it does not show any more."""
    client = MlflowClient(tracking_uri(runs))
    experiment = client.get_experiment_by_name("mlp")
    superseded = {"yes": "no", "no": "yes"}[shown]
    query = f"tags.kind = 'arm' and tags.superseded = '{superseded}'"
    found = list(client.search_runs([experiment.experiment_id], query))
    by_arm = {run.data.tags["arm"]: run for run in found}
    assert len(by_arm) == len(found)
    assert {run.info.status for run in found} <= {"FINISHED"}
    return by_arm


def _reports(n: int | None) -> list[ArmReport]:
    """What is told of both arms: n complete trials of one epoch each."""
    curve = {} if n is None else {1: {"valid_accuracy/mean": n / 10, "trials/n": n}}
    return [ArmReport(arm=arm, sentence=f"{n}.", n=n, curve=curve) for arm in ("dropout", "none")]


def _both(make_trial, *numbers: int) -> tuple[TrialRecord, ...]:
    """Trials of both arms, four of each a generation."""
    return tuple(make_trial(arm, number) for arm in ("dropout", "none") for number in numbers)


def _steps(runs: Path, run: Run, metric: str) -> list[int]:
    return [step for step, _, _ in _points(runs, run)[metric]]


def test_an_arms_run_tells_of_whole_generations(runs, make_mirror, make_trial):
    """Both arms have a point behind each generation, at the number of trials they have by then."""
    trials = _both(make_trial, *range(8))
    pruned = replace(trials[1], outcome=Outcome.PRUNED)
    mirror = make_mirror()
    for generation in (0, 1):
        of_it = [t for t in (trials[0], pruned, *trials[2:]) if t.generation == generation]
        mirror.sync_trials(of_it, files=_no_files)
    arms = _arms(runs)
    assert {arm: _steps(runs, run, "finished/mean") for arm, run in arms.items()} == {
        "dropout": [4, 8],
        "none": [4, 8],
    }
    assert {arm: run.data.metrics["finished/complete"] for arm, run in arms.items()} == {
        "dropout": 7,
        "none": 8,
    }
    assert {run.data.tags["trials"] for run in arms.values()} == {"8"}
    assert "n" not in arms["none"].data.tags


def test_no_arm_is_ahead_while_a_generation_is_brought(runs, make_mirror, make_trial):
    """Cut off anywhere in a generation, the arms' runs tell of the same generations."""
    trials, asked = _both(make_trial, *range(8)), []

    def cut_off(trial: TrialRecord) -> dict[str, bytes]:
        asked.append(trial)
        if trial.trial_id == "mlp.none-5":
            raise ValueError(trial.trial_id)
        return {}

    with pytest.raises(ValueError, match=r"mlp\.none-5"):
        make_mirror().sync_trials(trials, files=cut_off)
    assert [trial.generation for trial in asked] == [0] * 8 + [1] * 6
    assert {run.data.tags["trials"] for run in _arms(runs).values()} == {"4"}
    make_mirror().sync_trials(trials, files=_no_files)
    assert {run.data.tags["trials"] for run in _arms(runs).values()} == {"8"}


def test_a_survey_counts_its_points_alone(runs, make_mirror, make_study, make_trial):
    """What its file lists beside them is in no figure of its arm."""
    survey = planned(make_study(), stage="survey", trials_per_arm=4, enqueued=1)
    make_mirror(survey).sync_trials(_both(make_trial, *range(4)), files=_no_files)
    assert {run.data.tags["trials"] for run in _arms(runs).values()} == {"3"}


def test_a_stage_that_grows_gets_new_runs(runs, make_mirror, make_study, make_trial):
    """A curve is written once; behind more trials another run has it, and the first one leaves."""
    few, all_of_them = _both(make_trial, *range(4)), _both(make_trial, *range(8))
    study, grown = make_study(*few), make_study(*all_of_them)
    for told, reports in [(study, _reports(None)), (study, _reports(4)), (study, _reports(4))]:
        make_mirror(told).sync_study(told, Figures(arms=reports), files={})
    first = _arms(runs)["dropout"]
    assert (first.data.tags["n"], first.data.tags["answer"]) == ("4", "4.")
    assert _points(runs, first)["trials/n"] == [(1, 1_800_000_060_000, "4.0")]
    make_mirror(grown).sync_trials(all_of_them, files=_no_files)
    assert "n" not in _arms(runs)["dropout"].data.tags
    for _ in range(2):
        make_mirror(grown).sync_study(grown, Figures(arms=_reports(8)), files={})
    second = _arms(runs)["dropout"]
    assert (second.data.tags["n"], second.data.metrics["valid_accuracy/mean"]) == ("8", 0.8)
    assert _steps(runs, second, "finished/mean") == [4, 8]
    assert _arms(runs, shown="no")["dropout"].info.run_id == first.info.run_id
    assert _points(runs, first)["trials/n"] == [(1, 1_800_000_060_000, "4.0")]


def test_an_arms_scores_are_of_every_opening(runs, make_mirror, make_study, make_trial):
    """Measured once more, an arm's run has a second point, and the curve it had."""
    for opening in (1, 2, 2):
        score = replace(SCORE, opening=opening, measured_at=SCORE.measured_at + opening)
        study = make_study(make_trial(tests={"plain": score}))
        scores = {"test_accuracy/mean": opening / 10}
        reports = [replace(report, scores=scores) for report in _reports(1)]
        make_mirror(study).sync_study(study, Figures(arms=reports), files={})
    (run,) = _arms(runs).values()  # the other arm has no trial
    assert _steps(runs, run, "test_accuracy/mean") == [1, 2]
    assert _steps(runs, run, "trials/n") == [1]


def test_killed_anywhere_a_sync_is_completed_by_the_next(
    runs: Path,
    tmp_path: Path,
    make_mirror: Callable[..., Mirror],
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
):
    """Killed with SIGKILL at many places and run again: each trial once, each point once, ended."""
    (epoch, *_) = make_trial().history
    broken = replace(epoch, epoch=2, train_loss=nan, valid_loss=inf, diverged=True)
    trials = [make_trial(number=number, tests={"plain": SCORE}) for number in range(9)]
    trials.append(make_trial("none", outcome=Outcome.DIVERGED, history=(epoch, broken)))
    given = tmp_path / "records.pickle"
    given.write_bytes(pickle.dumps((make_study(), trials)))
    script = [sys.executable, str(KILLED_SYNCS), str(runs), str(given)]
    done = subprocess.run(script, check=True, capture_output=True, text=True)
    kills, cut_off = map(int, done.stdout.split())
    assert kills == 12
    assert cut_off > 6
    make_mirror().sync_trials(trials, files=lambda trial: {"id.txt": trial.trial_id.encode()})
    stored = _stored(runs)
    assert set(stored) == {trial.trial_id for trial in trials}
    for trial in trials:
        run = stored[trial.trial_id]
        points = _points(runs, run)
        assert run.info.status == ("FINISHED" if trial.arm == "dropout" else "FAILED")
        assert {name for name in points if name.startswith("test/")} == (
            {"test/accuracy", "test/loss"} if trial.test else set()
        )
        assert all(len(points[name]) == 1 for name in points if name.startswith("test"))
        assert all(
            [step for step, _, _ in points[name]] == [epoch.epoch for epoch in trial.history]
            for name in points
            if name.startswith(("train/", "valid/"))
        )
        assert _artifact(run, "id.txt") == trial.trial_id.encode()
