"""Trials that could not be trained: the study stops, a person gives one up or has it trained again.

Real training, in this process; what goes wrong is raised in the midst of it.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fashion_bench.analysis.caveats import caveats
from fashion_bench.analysis.tables import trials_table
from fashion_bench.app import again
from fashion_bench.app.browse import read_study
from fashion_bench.app.doctor import examine
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.errors import MachineError, StudyError
from fashion_bench.execution.executor import of_the_machine
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.search.resolve import load_file
from fashion_bench.training.checkpoint import read_checkpoint
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import Told, advance
from tests.app.conftest import Listener, killed_after
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.saying import Say, say

__all__ = ["say"]

Listed = list[tuple[object, ...]]


def listed(study: StudyRecord, *without: str) -> Listed:
    """The list of trials, bit for bit."""
    return [
        (t.trial_id, dict(t.params), t.outcome, t.value, t.checkpoint_sha256, t.reason)
        for t in study.trials
        if t.trial_id not in without
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], StudyRecord]:
    """The study that nothing disturbed, by the size of its cohorts."""
    known: dict[int, StudyRecord] = {}

    def of(lanes: int) -> StudyRecord:
        if lanes not in known:
            folder = tmp_path_factory.mktemp("whole")
            own = RunOptions(
                runs=folder / "runs", device="cpu", workers=1, no_mlflow=True, cohort_size=lanes
            )
            known[lanes] = run_study(write(folder), own, Listener()).study
        return known[lanes]

    return of


@contextmanager
def troubled(config: TrialConfig, error: Exception, at: int = 2) -> Iterator[None]:
    """Let training to an epoch raise wherever the trial of a configuration is trained."""

    def advance_or_not(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        if until_epoch >= at and config in cohort.configs:
            raise error
        advance(cohort, images, until_epoch, told=told, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_bench.training.segment.advance", advance_or_not)
        yield


def config_of(study: StudyRecord, trial_id: str) -> TrialConfig:
    """The configuration of one of its trials."""
    return next(trial.config for trial in study.trials if trial.trial_id == trial_id)


@pytest.mark.parametrize(
    ("error", "of_it"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EMFILE, "Too many open files"), True),
        (OSError(errno.EIO, "Input/output error"), True),
        (OSError(errno.ENOTCONN, "Transport endpoint is not connected"), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 64 bytes"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), False),
        (ValueError("out of memory"), False),
        (SystemExit(3), False),
    ],
)
def test_whose_fault_an_exception_is(error: BaseException, of_it: bool) -> None:
    """What the system lacks is the machine's, whoever's code met it, and whatever it made of it."""
    assert of_the_machine(error) is of_it
    outer = ValueError("its weights")
    outer.__cause__ = error
    assert of_the_machine(outer) is of_it


def test_a_lack_of_memory_stops_a_study_that_the_same_command_goes_on_with(
    tmp_path: Path, options: RunOptions, whole: Callable[[int], StudyRecord]
) -> None:
    """One line names both ways on, no trial failed; with memory it ends as if undisturbed."""
    file = write(tmp_path)
    with (
        troubled(config_of(whole(1), "s.dropout-3"), MemoryError()),
        pytest.raises(MachineError) as caught,
    ):
        run_study(file, options, Listener())
    runs = options.runs
    assert str(caught.value) == (
        "s.dropout-3: MemoryError, so training stops, and no trial has failed; see whether memory "
        "or disk ran out, then run the same command again: it goes on, or `fashion-bench study "
        f"give-up s dropout-3 --runs {runs}` records it as failed"
    )
    assert caught.value.exit_code == 1
    assert len(read_study(Path(runs), "s").trials) == 4
    assert listed(run_study(file, options, Listener()).study) == listed(whole(1))


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_trial_that_is_given_up_fails_alone(
    tmp_path: Path, options: RunOptions, whole: Callable[[int], StudyRecord], lanes: int
) -> None:
    """With its reason, after what it had reached; the others are as they would have been.

    So they are in a cohort, where a filler takes its place, and wherever the study is killed.
    """
    file, options = write(tmp_path), replace(options, cohort_size=lanes)
    runs, gone = Path(options.runs), "s.dropout-1"
    with (
        troubled(config_of(whole(lanes), gone), MemoryError()),
        pytest.raises(MachineError),
    ):
        run_study(file, options, Listener())
    assert again.give_up(runs, "s", "dropout-1") == "given up by hand: MemoryError"
    with troubled(config_of(whole(lanes), gone), MemoryError()):
        with killed_after(0):
            run_study(file, options, Listener())
        study = run_study(file, options, Listener()).study
    failed = [trial for trial in study.trials if trial.outcome is Outcome.FAILED]
    assert [(t.trial_id, t.reason, len(t.history)) for t in failed] == [
        (gone, "given up by hand: MemoryError", 1)
    ]
    assert listed(study, gone) == listed(whole(lanes), gone)
    assert all(finding.state != "problem" for finding in of_study(runs))


def of_study(runs: Path) -> list[Any]:
    """What the doctor finds of the study; MLflow knows nothing of it."""
    found = [each for each in examine(runs, None, None) if each.about == "study s"]
    return [each for each in found if "MLflow" not in each.says]


def test_only_what_is_not_recorded_can_be_given_up(
    tmp_path: Path, options: RunOptions, whole: Callable[[int], StudyRecord]
) -> None:
    """A trial that there is not, one that is in the list and one of a study at work are refused."""
    file, runs = write(tmp_path), Path(options.runs)
    with troubled(config_of(whole(1), "s.none-2"), MemoryError()), pytest.raises(MachineError):
        run_study(file, options, Listener())
    with pytest.raises(StudyError, match=r"has no trial of this name .*did you mean 's.none-2'"):
        again.give_up(runs, "s", "none-20")
    with pytest.raises(StudyError, match=r"s.none-0: is recorded as complete; .*study retry"):
        again.give_up(runs, "s", "s.none-0")
    with RunsFolder(runs).driving("s"), pytest.raises(StudyError, match="is being run"):
        again.give_up(runs, "s", "none-2")


def test_a_trial_may_be_given_up_that_ended_this_very_process(
    tmp_path: Path, options: RunOptions
) -> None:
    """Nobody could write what stopped it: it fails at its beginning, by hand."""
    file, runs = write(tmp_path), Path(options.runs)
    with killed_after(0):
        run_study(file, options, Listener())
    assert again.give_up(runs, "s", "none-1") == "given up by hand"
    study = run_study(file, options, Listener()).study
    failed = [(t.trial_id, t.reason, t.history) for t in study.trials if t.value is None]
    assert failed == [("s.none-1", "given up by hand", ())]


def test_what_failed_is_trained_again_beside_the_list(
    tmp_path: Path, options: RunOptions, whole: Callable[[int], StudyRecord]
) -> None:
    """It reaches what it would have; the list stays, and so does how the study grows."""
    file, runs, gone = write(tmp_path), Path(options.runs), "s.none-1"
    half = write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2"))
    with troubled(config_of(whole(1), gone), ValueError("of its own")):
        before = run_study(half, options, Listener()).study
    lines: list[str] = []
    told = again.retry("s", (), options, lines.append)
    value = next(trial.value for trial in whole(1).trials if trial.trial_id == gone)
    assert told == [f"s.none-1: reached {value:.4f}"]
    study = read_study(runs, "s")
    assert listed(study) == listed(before)
    [retried] = study.retried
    assert (retried.trial_id, retried.value, retried.outcome) == (gone, value, Outcome.COMPLETE)
    weights = RunsFolder(runs).files("s").retried.checkpoint(gone)
    assert read_checkpoint(weights, retried.checkpoint_sha256).epoch > 0
    assert not list((tmp_path / "runs" / "trials").rglob("resume/*.pt"))
    sentence = (
        f"1 trial that failed was trained again and reached {value:.4f}; it is not in the list"
    )
    assert sentence in caveats(study)
    table = trials_table(study).set_index("trial_id")
    assert table["retried_value"].dropna().to_dict() == {gone: value}
    assert table.loc[gone, "outcome"] == "failed"
    with pytest.raises(StudyError, match="has no failed trial without a result"):
        again.retry("s", (), options, lines.append)
    file = write(tmp_path)
    grown = run_study(file, options, Listener()).study
    assert listed(grown, gone) == listed(whole(1), gone)
    assert all(finding.state != "problem" for finding in of_study(runs))
    weights.write_bytes(b"")
    assert any(gone in finding.says for finding in of_study(runs))


def test_an_experiment_is_trained_again_with_its_test_images_closed(
    tmp_path: Path, options: RunOptions, request: pytest.FixtureRequest
) -> None:
    """Also when they have been open: nobody opens them for one trial."""
    file = write(tmp_path, EXPERIMENT)
    plan = load_file(file).plan
    with troubled(plan.trial(plan.arms[0], 0, {}).config, ValueError("of its own"), at=1):
        run_experiment(file, options, Listener())
    before = read_study(Path(options.runs), "e")
    request.getfixturevalue("refuse_test_images")
    told = again.retry("e", ["none-0"], options, lambda _: None)
    study = read_study(Path(options.runs), "e")
    assert told == [f"e.none-0: reached {study.retried[0].value:.4f}"]
    assert (study.openings, listed(study)) == (before.openings, listed(before))


def test_the_commands(
    tmp_path: Path, options: RunOptions, say: Say, whole: Callable[[int], StudyRecord]
) -> None:
    """What is said when a trial is given up, trained again, and shown."""
    file, runs = write(tmp_path), options.runs
    with troubled(config_of(whole(1), "s.none-1"), MemoryError()), pytest.raises(MachineError):
        run_study(file, options, Listener())
    given_up = say("study", "give-up", "s", "none-1", "--runs", runs)
    assert (given_up.code, given_up.printed) == (
        0,
        "none-1 fails when the study is run again: given up by hand: MemoryError.\n",
    )
    run_study(file, options, Listener())
    again = say("study", "retry", "s", "--runs", runs, "--workers", 1, "--device", "cpu")
    value = next(trial.value for trial in whole(1).trials if trial.trial_id == "s.none-1")
    assert (again.code, again.printed) == (0, f"s.none-1: reached {value:.4f}\n")
    assert "Training 1 of its trials again" in again.told
    shown = say("study", "show", "s", "--runs", runs).printed
    assert "Trained again after they failed, and not in the list" in shown
