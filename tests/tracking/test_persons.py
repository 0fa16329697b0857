"""What people write, name, copy and delete in MLflow is theirs; what we wrote is restored."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Experiment, Run, ViewType

from fashion_bench.errors import NotSentError, StudyError
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.agreement import Disagreement, disagreement
from fashion_bench.tracking.arms import ArmReport, Figures
from fashion_bench.tracking.backend import FolderBackend, artifact_root, tracking_uri
from fashion_bench.tracking.experiments import (
    find_experiment,
    remove_study,
    runs_of,
)
from fashion_bench.tracking.mlflow_mirror import Mirror

NOTE = "mlflow.note.content"
Trials = Callable[..., TrialRecord]


class Synced:
    """A study of two trials in MLflow, as one process after another brings it there."""

    def __init__(self, runs: Path, study: StudyRecord) -> None:
        self.runs, self.study = runs, study
        self.client = FolderBackend(runs).open()
        self.answer = "It does."
        self.mirror: Mirror

    def sync(self, *, thorough: bool = False, **study: Any) -> int:
        """Send what lacks; how many trials did."""
        self.study = replace(self.study, **study)
        self.mirror = Mirror(self.runs, self.study, thorough=thorough)
        sent = self.mirror.sync_trials(self.study.trials, files=lambda _: {"a.txt": b"a"})
        self.mirror.sync_study(self.study, self.figures, files={"b.txt": b"b"})
        return sent

    @property
    def figures(self) -> Figures:
        """What the study comes to."""
        n = len(self.study.trials)
        curve = {epoch: {"valid_accuracy/mean": epoch / 10, "trials/n": n} for epoch in (1, 2)}
        arm = ArmReport(arm="dropout", sentence="So much.", n=n, curve=curve)
        return Figures(metrics={"best/dropout": 0.5}, answer=self.answer, arms=[arm])

    @property
    def experiment(self) -> Experiment:
        """The study's own."""
        found = find_experiment(self.client, self.study)
        assert found is not None
        return found

    def run(self, key: str) -> Run:
        """The run that is shown of a trial, of the arm or of the study."""
        queries = {"study": "tags.kind = 'study'", "arm": "tags.kind = 'arm'"}
        query = queries.get(key, f"tags.trial_id = 'mlp.dropout-{key}'")
        (run,) = self.client.search_runs([self.experiment.experiment_id], query)
        return run

    def told(self) -> Disagreement:
        """What the doctor finds."""
        told = disagreement(
            self.runs, self.study, sums=lambda _: {"a.txt": None}, figures=self.figures
        )
        return Disagreement(dict(told.wrong), dict(told.left))


@pytest.fixture
def synced(runs: Path, make_study: Callable[..., StudyRecord], make_trial: Trials) -> Synced:
    """The study, brought."""
    made = Synced(runs, make_study(make_trial(number=0), make_trial(number=1)))
    assert made.sync() == 2
    assert made.told() == Disagreement({}, {})
    return made


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["Decided on Tuesday: keep dropout off.", ""])
def test_a_description_is_a_persons_once_it_is_edited(synced: Synced, words: str) -> None:
    """Of the experiment, its runs and the study's own: kept; the new answer is in our tag."""
    client = synced.client
    client.set_experiment_tag(synced.experiment.experiment_id, NOTE, words)
    for key in ("study", "arm", "0"):
        client.set_tag(synced.run(key).info.run_id, NOTE, words)
    synced.answer = "It does not."
    synced.sync()
    assert synced.experiment.tags[NOTE] == words
    assert {synced.run(key).data.tags[NOTE] for key in ("study", "arm", "0")} == {words}
    assert synced.run("study").data.tags["answer"] == "It does not."
    assert synced.told() == Disagreement({}, {})


def test_a_description_that_nobody_edited_follows_the_answer(synced: Synced) -> None:
    """Of the experiment, the arm's run and the study's."""
    synced.answer = "It does not."
    synced.sync()
    notes = [synced.experiment.tags[NOTE]]
    notes += [synced.run(key).data.tags[NOTE] for key in ("study", "arm")]
    assert all("It does not." in note and "It does." not in note for note in notes)


def test_a_description_of_a_version_before_is_ours(synced: Synced) -> None:
    """Without a digest beside it: the question as it was and our lines; with more it is not."""
    client, at = synced.client, synced.experiment.experiment_id
    question = "Is 2*3 <lr> enough?"
    run, arm = (synced.run(key).info.run_id for key in ("study", "arm"))
    for run_id, note in ((run, f"{question} **No.**\n\n[runs](./x) · [arms](./y)"), (arm, "Ours?")):
        client.set_tag(run_id, NOTE, note)
        client.delete_tag(run_id, "fashion_bench.note")
    client.set_experiment_tag(at, NOTE, f"{question} **No.**\n\nBut see [x](y) first.")
    client.delete_experiment_tag(at, "fashion_bench.note")
    synced.sync(question=question)
    assert synced.run("study").data.tags[NOTE].startswith(r"Is 2\*3 \<lr> enough? **It does.**")
    assert synced.run("arm").data.tags[NOTE] == "Ours?"
    assert synced.experiment.tags[NOTE].endswith("But see [x](y) first.")


def test_what_is_text_stays_text_where_markdown_is_read(
    runs: Path, make_study: Callable[..., StudyRecord], make_trial: Trials
) -> None:
    """A question with tags, pictures and links in it; our own code between backticks is code."""
    question = "![i](http://x/y.png) width<lr, lr>1e-4, seeds_a and _b_?"
    synced = Synced(runs, replace(make_study(make_trial()), question=question))
    synced.answer = "No: `study promote mlp`, *then* <b>."
    synced.sync()
    escaped = r"![i\](http://x/y.png) width\<lr, lr>1e-4, seeds_a and \_b\_?"
    answer = r"No: `study promote mlp`, \*then\* \<b>."
    notes = [synced.experiment.tags[NOTE]]
    notes += [synced.run(key).data.tags[NOTE] for key in ("study", "arm")]
    assert all(escaped in note and answer in note for note in notes)


@pytest.mark.parametrize(
    ("key", "tag", "words"),
    [
        ("0", "test_opening", "yes"),
        ("0", "number", "seven"),
        ("0", "trial_id", "mlp.dropout-9"),
        ("0", "fashion_bench.attempt", "mine"),
        ("0", "fashion_bench.run", ""),
        ("arm", "trials", "many"),
        ("arm", "trials", "1"),
        ("arm", "trials", "9" * 5000),
        ("arm", "superseded", "yes"),
        ("arm", "summary", "gone"),
        ("study", "planned", "-"),
        ("study", "fashion_bench.files", "{"),
    ],
)
def test_a_tag_of_ours_is_restored(synced: Synced, key: str, tag: str, words: str) -> None:
    """Whatever somebody made of it: the doctor finds it, a sync restores it, no run doubles."""
    before = {run.info.run_id: run for run in runs_of(synced.client, "1")}
    run_id = synced.run(key).info.run_id
    synced.client.set_tag(run_id, tag, words)
    assert len([*synced.told().wrong.values()]) > 0
    assert synced.sync() == (key == "0")
    after = {run.info.run_id: run for run in runs_of(synced.client, "1")}
    assert after.keys() == before.keys()
    if tag != "fashion_bench.attempt":
        assert after[run_id].data.tags.get(tag) == before[run_id].data.tags.get(tag)
    assert synced.told() == Disagreement({}, {})
    if tag in after[run_id].data.tags:
        synced.client.delete_tag(run_id, tag)
    synced.sync()
    assert {run.info.run_id for run in runs_of(synced.client, "1")} == before.keys()
    assert synced.told() == Disagreement({}, {})


def test_views_of_ours_are_restored_and_others_left(synced: Synced) -> None:
    """A view that is no JSON any more, and one that a person saved."""
    client, at = synced.client, synced.experiment.experiment_id
    before = dict(synced.experiment.tags)
    for tag in ("mlflow.sharedViewState.trials", "mlflow.sharedViewState.arms"):
        client.set_experiment_tag(at, tag, "{no")
    client.set_experiment_tag(at, "mlflow.sharedViewState.abc", "{}")
    assert synced.told().wrong == {"MLflow says otherwise of the pages of": ["mlp"]}
    assert synced.sync() == 0
    assert synced.experiment.tags == {**before, "mlflow.sharedViewState.abc": "{}"}


def test_what_else_a_person_writes_is_left(synced: Synced) -> None:
    """Names, a colour, tags and parameters of theirs, a figure at a step that is not ours."""
    run = synced.run("0")
    client, run_id = synced.client, run.info.run_id
    client.update_run(run_id, name="the good one")
    client.set_tag(run_id, "mlflow.runColor", "#123456")
    client.set_tag(run_id, "keep", "yes")
    client.log_param(run_id, "mine", "1")
    client.log_metric(run_id, "valid/accuracy", 7.0, step=99)
    assert synced.told() == Disagreement({}, {})
    assert synced.sync() == 0
    kept = client.get_run(run_id)
    assert kept.info.run_name == "the good one"
    assert kept.data.tags["mlflow.runColor"] == "#123456"
    assert (kept.data.tags["keep"], kept.data.params["mine"]) == ("yes", "1")
    assert kept.data.metrics["valid/accuracy"] == 7.0


# Names --------------------------------------------------------------------------------------------


def test_a_renamed_experiment_stays_one(synced: Synced) -> None:
    """It keeps its name, gets what is new, and goes with its study."""
    client, at = synced.client, synced.experiment.experiment_id
    client.rename_experiment(at, "dropout, first try")
    assert synced.told() == Disagreement({}, {})
    assert synced.sync() == 0
    assert {each.name for each in client.search_experiments()} == {"Default", "dropout, first try"}
    remove_study(synced.runs, synced.study)
    assert {each.name for each in client.search_experiments()} == {"Default"}
    assert not (artifact_root(synced.runs) / "mlp").exists()


@pytest.mark.parametrize("mark", [None, "gone"])
def test_an_experiment_of_a_version_before_is_recognised(synced: Synced, mark: str | None) -> None:
    """By its view, also when it was renamed; then it is marked."""
    client, at = synced.client, synced.experiment.experiment_id
    client.rename_experiment(at, "other")
    if mark is None:
        client.delete_experiment_tag(at, "fashion_bench.study")
    else:
        client.set_experiment_tag(at, "fashion_bench.study", mark)
    assert synced.sync() == 0
    assert client.get_experiment(at).tags["fashion_bench.study"] == "mlp 1799999995000"
    assert len(client.search_experiments()) == 2


def test_where_another_has_the_name_ours_gets_a_number(
    runs: Path, make_study: Callable[..., StudyRecord], make_trial: Trials
) -> None:
    """Also where that one is deleted; each has its own files, and is removed for itself."""
    client = FolderBackend(runs).open()
    theirs = client.create_experiment("mlp", (artifact_root(runs) / "mlp").as_uri())
    client.log_text(client.create_run(theirs).info.run_id, "theirs", "notes.txt")
    client.delete_experiment(client.create_experiment("mlp (2)"))
    synced = Synced(runs, make_study(make_trial()))
    assert synced.sync() == 1
    assert synced.mirror.numbered == synced.experiment.name == "mlp (3)"
    assert synced.sync() == 0
    remove_study(runs, synced.study)
    assert client.get_experiment(theirs).lifecycle_stage == "active"
    assert [path.name for path in artifact_root(runs).rglob("*.txt")] == ["notes.txt"]


def test_a_study_of_another_ledger_is_another(synced: Synced, make_trial: Trials) -> None:
    """Of the same name and with the same trials: neither is written into the other."""
    other = Synced(synced.runs, replace(synced.study, created_at=1.0))
    assert other.sync() == 2
    assert other.experiment.name == "mlp (2)"
    remove_study(synced.runs, other.study)
    assert synced.sync() == 0
    assert synced.told() == Disagreement({}, {})


# Deleting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "name"), [("0", "mlp.dropout-0"), ("study", "mlp"), ("arm", "")])
def test_a_run_that_a_person_deleted_stays_deleted(synced: Synced, key: str, name: str) -> None:
    """It is told, and neither made anew nor written; restored, it is brought up to date."""
    run_id = synced.run(key).info.run_id
    synced.client.delete_run(run_id)
    synced.answer = "It does not."
    before = synced.client.get_run(run_id).data
    assert synced.sync() == 0
    assert synced.client.get_run(run_id).data.tags == before.tags
    assert synced.mirror.deleted == [name or "mlp.dropout#1"]
    told = synced.told()
    assert told.wrong == {}
    assert [*told.left.values()] == [[name or "mlp.dropout#1"]]
    every = runs_of(synced.client, synced.experiment.experiment_id, ViewType.ALL)
    assert len([*every]) == 4
    synced.client.restore_run(run_id)
    synced.sync()
    assert synced.mirror.deleted == []
    assert synced.told() == Disagreement({}, {})


def test_an_experiment_that_a_person_deleted_stays_deleted(
    synced: Synced, make_trial: Trials
) -> None:
    """Nothing is sent, and how to have it back is told; restored, it gets what it lacks."""
    client, at = synced.client, synced.experiment.experiment_id
    client.delete_experiment(at)
    trials = (*synced.study.trials, make_trial(number=2))
    for _ in range(2):
        with pytest.raises(NotSentError, match=r"was deleted there.*experiments restore"):
            synced.sync(trials=trials)
    assert [*synced.told().left.values()] == [["mlp"]]
    assert synced.told().wrong == {}
    assert [each.name for each in client.search_experiments()] == ["Default"]
    client.restore_experiment(at)
    assert synced.sync() == 1


def test_after_a_removal_of_ours_a_study_is_made_anew(synced: Synced) -> None:
    """One that a person deleted before is removed all the same, and its name is free."""
    synced.client.delete_experiment(synced.experiment.experiment_id)
    remove_study(synced.runs, synced.study)
    assert synced.client.get_experiment_by_name("mlp") is None
    assert synced.sync() == 2


# Copies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["RUNNING", "FINISHED", "FAILED"])
@pytest.mark.parametrize("key", ["0", "study", "arm"])
def test_a_copy_of_a_run_is_a_persons(synced: Synced, key: str, status: str) -> None:
    """Kept as it is, told, and no matter: also when the run it was made of is deleted."""
    original = synced.run(key)
    tags = {**original.data.tags, "mine": "yes"}
    copy = synced.client.create_run(original.info.experiment_id, 1, tags).info.run_id
    if status != "RUNNING":
        synced.client.set_terminated(copy, status)
    told = synced.told()
    assert (told.wrong, len(told.left)) == ({}, 1)
    assert synced.sync() == 0
    assert synced.client.get_run(copy).data.tags == tags
    assert synced.client.get_run(copy).info.status == status
    synced.client.delete_run(original.info.run_id)
    assert synced.sync() == 0
    assert synced.client.get_run(copy).data.metrics == {}
    assert synced.client.get_run(copy).info.lifecycle_stage == "active"


def test_doubles_without_our_mark_are_only_told(synced: Synced) -> None:
    """What versions before left, and what a person made with our words."""
    tags = {"trial_id": "mlp.dropout-0", "kind": "trial"}
    double = synced.client.create_run(synced.experiment.experiment_id, tags=tags).info.run_id
    assert synced.sync() == 0
    assert synced.client.get_run(double).info.lifecycle_stage == "active"
    assert synced.told().wrong == {}
    assert [*synced.told().left.values()] == [["mlp.dropout-0"]]


def test_only_what_was_made_late_is_removed(synced: Synced) -> None:
    """A run of ours to which nothing was ever sent; one with something in it stays."""
    made, before = [], synced.run("0").data.tags
    for nonce in ("a" * 32, "b" * 32):
        tags = {**before, "fashion_bench.attempt": f"mlp.dropout-0 {nonce}"}
        del tags["fashion_bench.run"]
        made.append(synced.client.create_run("1", tags=tags).info.run_id)
    synced.client.log_metric(made[1], "x", 1.0)
    assert synced.told().wrong == {"MLflow has more than one run of": ["mlp.dropout-0"]}
    assert synced.sync() == 0
    stages = [synced.client.get_run(run_id).info.lifecycle_stage for run_id in made]
    assert stages == ["deleted", "active"]
    assert synced.told().wrong == {}
    assert synced.mirror.deleted == []


# What is in a run ---------------------------------------------------------------------------------


def test_a_study_that_was_removed_meanwhile_is_not_written(
    synced: Synced, make_trial: Trials
) -> None:
    """The ledger is asked when nobody can take the study away any more."""
    there = [True]
    mirror = Mirror(synced.runs, synced.study, still=lambda: there[0])
    assert mirror.sync_trials(synced.study.trials, files=lambda _: {}) == 0
    there[0] = False
    remove_study(synced.runs, synced.study)
    with pytest.raises(StudyError, match="was removed meanwhile"):
        mirror.sync_trials([make_trial(number=2)], files=lambda _: {})
    with pytest.raises(StudyError, match="was removed meanwhile"):
        mirror.links("")
    assert [e.name for e in MlflowClient(tracking_uri(synced.runs)).search_experiments()] == [
        "Default"
    ]


def rows(runs: Path, statement: str, *values: object) -> None:
    """Do to the store what no page offers, and a disk may."""
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection, connection:
        assert connection.execute(statement, values).rowcount


@pytest.mark.parametrize("thorough", [False, True])
def test_files_that_are_gone_are_told_and_brought_back(synced: Synced, thorough: bool) -> None:
    """Those of trials and of the study, with their folders or one by one."""
    before = sorted(artifact_root(synced.runs).rglob("*.txt"))
    assert len(before) == 3
    rmtree(artifact_root(synced.runs) / "mlp")
    assert [*synced.told().wrong] == ["MLflow lacks files, or has others, of"]
    assert synced.sync(thorough=thorough) == 2
    assert sorted(artifact_root(synced.runs).rglob("*.txt")) == before
    next(path for path in before if path.name == "a.txt").unlink()
    assert synced.sync(thorough=thorough) == 1
    assert synced.told() == Disagreement({}, {})


def test_a_file_that_is_another_is_told_and_replaced(synced: Synced) -> None:
    """By a thorough sync, which reads every file."""
    (path,) = artifact_root(synced.runs).rglob("b.txt")
    path.write_bytes(b"c")
    assert [*synced.told().wrong.values()] == [["mlp"]]
    other = next(artifact_root(synced.runs).rglob("a.txt"))
    other.write_bytes(b"c")
    assert synced.sync() == 0
    assert synced.sync(thorough=True) == 1
    assert (path.read_bytes(), other.read_bytes()) == (b"b", b"a")


def test_points_that_are_gone_are_told_and_brought_back(synced: Synced) -> None:
    """A whole curve by any sync, a point in the middle of one by a thorough one."""
    run_id, arm = (synced.run(key).info.run_id for key in ("0", "arm"))
    for table in ("metrics", "latest_metrics"):
        where = "WHERE run_uuid = ? AND key = 'valid/loss'"
        rows(synced.runs, f"DELETE FROM {table} {where}", run_id)
    assert synced.told().wrong == {"MLflow lacks points of": ["mlp.dropout-0"]}
    assert synced.sync() == 1
    assert synced.told() == Disagreement({}, {})
    for one in (run_id, arm):
        rows(synced.runs, "DELETE FROM metrics WHERE run_uuid = ? AND step = 1", one)
    assert synced.told().wrong == {"MLflow lacks points of": ["mlp.dropout-0", "mlp.dropout#1"]}
    assert synced.sync(thorough=True) == 1
    assert synced.told() == Disagreement({}, {})


def test_a_point_that_is_another_is_told(synced: Synced) -> None:
    """MLflow takes no point back, so none is sent beside it."""
    where = "WHERE run_uuid = ? AND key = 'valid/loss' AND step = 2"
    run_id = synced.run("0").info.run_id
    rows(synced.runs, f"UPDATE metrics SET value = 7 {where}", run_id)
    assert synced.sync(thorough=True) == 0
    told = synced.told()
    assert (told.wrong, [*told.left.values()]) == ({}, [["mlp.dropout-0"]])
    assert len(synced.client.get_metric_history(run_id, "valid/loss")) == 3


def test_a_store_that_is_made_anew_doubles_no_files(
    runs: Path, make_study: Callable[..., StudyRecord], make_trial: Trials
) -> None:
    """What runs of the lost one had goes; what a person put beside it stays, with all around it."""
    study = make_study(*(make_trial(number=number) for number in range(3)))

    def sync(runs: Path) -> list[Path]:
        mirror = Mirror(runs, study)
        mirror.sync_trials(study.trials, files=lambda _: {"checkpoint.pt": b"w"})
        files = {"summary.json": b"{}", "arms.png": b"p"}
        mirror.sync_study(study, Figures(), files=files)
        return sorted(artifact_root(runs).glob("*/*/artifacts"))

    first, *others = sync(runs)
    (first / "notes.txt").write_text("mine")
    (artifact_root(runs) / "mlp" / "mine" / "artifacts").mkdir(parents=True)
    for path in runs.glob("mlflow.db*"):
        path.unlink()
    here = runs.rename(runs.with_name("again"))  # MLflow keeps a connection to each name
    names = [path.parent.name for path in sync(here)]
    assert {first.parent.name, "mine"} < {*names}
    assert not {*names} & {path.parent.name for path in others}
    assert len(names) == len([first, *others]) + 2
