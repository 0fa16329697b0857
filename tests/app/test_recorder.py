"""Tests of ``app/recorder.py`` and ``app/writer.py``: MLflow beside the training."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.app.browse import sync_studies
from fashion_bench.app.options import RunOptions
from fashion_bench.app.recorder import Mirrored, MlflowRecorder, Recorder, Recorders
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.execution.child import MessagePipe, Messages
from fashion_bench.records import StudyRecord, unheard
from tests.analysis.conftest import make_study, make_trial
from tests.app.conftest import Listener
from tests.app.small_files import STUDY, write
from tests.app.test_browse import shown
from tests.app.test_following import Looker
from tests.finished import Finished


def test_a_study_does_not_need_mlflow(
    tmp_path: Path, with_mlflow: RunOptions, listener: Listener, capfd: pytest.CaptureFixture[str]
) -> None:
    """With its database unusable the ledger is complete; mended, ``sync`` brings everything."""
    with_mlflow.runs.mkdir()
    database = with_mlflow.runs / "mlflow.db"
    database.write_bytes(b"not a database " * 1000)
    best = ("[budget]", "[record]\ncheckpoints = 1\n[budget]")
    ended = run_study(write(tmp_path, STUDY, best), with_mlflow, listener)
    assert len(ended.study.trials) == 8
    problem = ended.mirrored.problem
    assert problem is not None
    assert str(database) in problem
    assert "file is not a database" in problem
    assert problem.endswith("then `fashion-bench sync`")
    assert not ended.mirrored.links
    assert capfd.readouterr().err == ""

    database.unlink()
    sync_studies(with_mlflow.runs, listener.say)
    assert listener.lines[-1] == "s: 8 of 8 trials were sent to MLflow"
    arms, trials = (f"s.{arm}#1" for arm in ended.study.arms), ended.study.trials
    assert shown(with_mlflow.runs)["s"] == sorted(["s", *arms, *(t.trial_id for t in trials)])
    of_trials = list(with_mlflow.runs.glob("artifacts/s/*/artifacts/checkpoint.pt"))
    of_study = list(with_mlflow.runs.glob("artifacts/s/*/artifacts/checkpoints/*.pt"))
    on_disk = list(with_mlflow.runs.glob("trials/s/checkpoints/*.pt"))
    assert not of_trials
    assert {path.name: path.read_bytes() for path in of_study} == {
        path.name: path.read_bytes() for path in on_disk
    }
    assert len(on_disk) == 2


def test_training_comes_before_recording(finished: Finished, tmp_path: Path) -> None:
    """The writer has a lower priority than the workers, whose cores it takes."""
    study = RunsFolder(finished.runs).ledger().read("s")
    recorder = MlflowRecorder(RunsFolder(tmp_path), study)
    with closing(recorder):
        writer = os.getpriority(os.PRIO_PROCESS, recorder._child.process.pid)
    assert writer > os.getpriority(os.PRIO_PROCESS, 0)


class Noted(Recorder):
    """A recorder that notes when it is asked for what, and has a problem if it is given one."""

    def __init__(self, name: str, said: list[str], problem: str | None = None) -> None:
        self.name, self.said, self.problem = name, said, problem

    def finish(self, study: StudyRecord) -> None:
        """Note it."""
        self.said.append(f"finish {self.name}")

    def finished(self, sent: Callable[[int], None] = unheard) -> Mirrored:
        """Note it."""
        self.said.append(f"wait for {self.name}")
        sent(8)
        return Mirrored(links={"arms": self.name, "trials": "t"}, problem=self.problem)


def test_a_stage_is_finished_while_the_next_one_trains() -> None:
    """It is waited for when that is trained, so the whole study has the last word in MLflow."""
    search, said, recorders = make_study(make_trial()), list[str](), Recorders()
    survey = replace(search, plan=replace(search.plan, stage="survey"))
    recorders.finish(survey, Noted("a", said, "it is away"))
    assert said == ["finish a"]  # and now the search trains
    recorders.finish(search, Noted("b", said), lambda trials: said.append(f"{trials} sent"))
    assert said[1:] == ["wait for a", "8 sent", "finish b"]
    links = {"survey: arms": "a", "arms": "b", "trials": "t"}
    told = Mirrored(links=links, problem="it is away")
    assert recorders.finished() == told == recorders.finished()
    assert said[4:] == ["wait for b"]


def test_what_mlflow_has_is_told_while_it_is_waited_for(
    tmp_path: Path, with_mlflow: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that goes on with trials that MLflow lacks shows how many are sent, up to all."""
    run_study(write(tmp_path), replace(with_mlflow, no_mlflow=True), Looker())
    looker = Looker()
    monkeypatch.setattr("fashion_bench.app.following.SHOWN_EVERY", 0)
    run_study(write(tmp_path), with_mlflow, looker)
    recording = [live for live in looker.shown if live.doing == "recording"]
    sent = [live.handled for live in recording]
    assert sent[0] == 0
    assert sent == sorted(sent)
    assert sent[-1] == 8  # and then its pictures are sent
    assert {live.trials_done for live in recording} == {8}
    assert len(sent) > 1  # the first trial is told of as it is sent


def test_what_is_waited_for_is_told_again(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that says nothing, as while MLflow is away, leaves nobody without a line."""
    monkeypatch.setattr("fashion_bench.app.recorder.WRITER", f"{__name__}:say_nothing")
    monkeypatch.setattr("fashion_bench.app.recorder.REPEATED", 0.01)
    study = RunsFolder(finished.runs).ledger().read("s")
    recorder, told = MlflowRecorder(RunsFolder(tmp_path), study), list[int]()

    def sent(trials: int) -> None:
        told.append(trials)
        if len(told) == 3:
            (tmp_path / "heard").touch()

    recorder.finish(study)
    assert recorder.finished(sent) == Mirrored(problem="heard")
    assert told[:3] == [0, 0, 0]


def say_nothing(pipe: MessagePipe, messages: Messages) -> None:
    """Be a writer that is silent until its driver has told three times."""
    runs_folder, _ = messages.get()
    until = time.monotonic() + 60  # else a failure would hang
    while not (heard := (runs_folder.folder / "heard").exists()) and time.monotonic() < until:
        time.sleep(0.01)
    pipe.send(Mirrored(problem="heard" if heard else "unheard"))


def test_a_writer_that_dies_is_told(
    tmp_path: Path, with_mlflow: RunOptions, listener: Listener
) -> None:
    """The study ends as usual, and says that MLflow lacks something."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_bench.app.recorder.WRITER", "os:_exit")
        ended = run_study(
            write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2")), with_mlflow, listener
        )
    assert len(ended.study.trials) == 4
    assert ended.mirrored.problem == "its writer ended early; `fashion-bench sync`"


def test_what_mlflow_lacks_is_told() -> None:
    """In one line, and nothing where it lacks nothing."""
    told: list[str] = []
    Mirrored().tell(told.append)
    Mirrored(problem="away").tell(told.append)
    assert told == ["MLflow is behind: away"]
