"""Tests of ``app/run.py``."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import _command, _warnings, run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import DeviceError, FashionBenchError, MachineError
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import load_file
from fashion_bench.search.rows import Row
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.full_disk import full_disk

KEEP_BEST = ("[budget]", '[record]\ncheckpoints = "best"\n[budget]')


def listed(study: StudyRecord) -> list[tuple[object, ...]]:
    """The list of trials, bit for bit."""
    return [(t.trial_id, dict(t.params), t.value, t.checkpoint_sha256) for t in study.trials]


def kept(options: RunOptions) -> set[str]:
    """The trials whose checkpoints are on the disk."""
    return {path.stem for path in (options.runs / "trials" / "s" / "checkpoints").iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> StudyRecord:
    """The study as it is when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("whole")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    return run_study(write(folder), options, Listener()).study


def test_a_study_runs_to_the_end_of_its_budget(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """It trains what is left and says so; given again, it trains nothing."""
    file = write(tmp_path)
    first = run_study(file, options, listener)
    again = run_study(file, options, listener)
    assert listed(first.study) == listed(whole)
    assert (first.trained, again.trained) == (8, 0)
    assert again.study == first.study
    assert listener.lines == [
        "Training on the CPU, one trial in each process.",
        "begun after 0",
        "finished 4",
        "finished 4",
        "begun after 8",
    ]


def test_a_budget_may_grow(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """More trials go on where the smaller study ended, and end as if it had been the larger."""
    run_study(write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2")), options, listener)
    grown = run_study(write(tmp_path), options, listener)
    assert grown.trained == 4
    assert listed(grown.study) == listed(whole)


def test_a_full_disk_while_training_loses_nothing(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """It ends in one line; with room again, the same command goes on."""
    file = write(tmp_path, STUDY, ("[16, 32]", "[400, 500]"))  # weights of more than a megabyte
    with full_disk(400_000), pytest.raises(MachineError, match=r"\.pt: cannot be written"):
        run_study(file, options, listener)
    assert not list((options.runs / "trials").glob("*/*/*"))
    assert run_study(file, options, listener).trained == 8


def test_a_full_disk_while_recording_loses_nothing(
    tmp_path: Path,
    options: RunOptions,
    listener: Listener,
    whole: StudyRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A generation that the ledger could not take is not there; the same command brings it."""
    file = write(tmp_path)
    append = Ledger.append

    def into_a_full_disk(self: Ledger, rows: Sequence[Row]) -> None:
        with full_disk(60_000) if rows[0].record.generation == 1 else nullcontext():
            append(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", into_a_full_disk)
        with pytest.raises(MachineError, match="the ledger cannot be read or written"):
            run_study(file, options, listener)
    assert len(RunsFolder(options.runs).ledger().read("s").trials) == 4
    assert listed(run_study(file, options, listener).study) == listed(whole)


def test_of_each_arm_the_best_checkpoint_is_kept(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """With checkpoints = "best" one file an arm is left; the trials are the same."""
    study = run_study(write(tmp_path, STUDY, KEEP_BEST), options, listener).study
    assert listed(study) == listed(whole)
    best = {max(study.of_arm(arm), key=lambda t: t.value or 0).trial_id for arm in study.arms}
    assert kept(options) == best


def test_what_a_kill_left_is_dropped(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the ledger and the removal, the next run removes."""
    file = write(tmp_path, STUDY, KEEP_BEST)
    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.app.run.drop_checkpoints", lambda *_: None)
        run_study(file, options, listener)
    assert len(kept(options)) == 8
    run_study(file, options, listener)
    assert len(kept(options)) == 2


@pytest.mark.parametrize(
    ("first", "second"), [(STUDY, EXPERIMENT), (EXPERIMENT, STUDY)], ids=["study", "experiment"]
)
def test_a_name_belongs_to_one(
    tmp_path: Path, options: RunOptions, listener: Listener, first: str, second: str
) -> None:
    """A study cannot take an experiment's name, nor the reverse; what is stored stays."""
    run = {STUDY: run_study, EXPERIMENT: run_experiment}
    same = (('name = "e"', 'name = "s"'),)
    stored = run[first](
        write(tmp_path, first, *(same if first is EXPERIMENT else ())), options, listener
    )
    file = write(tmp_path, second, *(same if second is EXPERIMENT else ()))
    with pytest.raises(FashionBenchError, match=f"{stored.study.kind} of this name is stored"):
        run[second](file, options, listener)
    assert RunsFolder(options.runs).ledger().read("s") == stored.study


def test_a_device_that_is_not_there_is_told_before_anything_is_written(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a GPU, --device cuda makes no folder."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(DeviceError, match="use --device cpu"):
        run_study(write(tmp_path), replace(options, device="cuda"), listener)
    assert not options.runs.exists()


def test_a_pruner_that_waits_says_so(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """A study with the median pruner tells beforehand what it stops nothing before."""
    median = ("generation = 2", 'generation = 2\npruner = "median"\nwarmup_trials = 3')
    run_study(write(tmp_path, STUDY, median), options, listener)
    assert listener.lines[1] == (
        "median stops no trial of an arm before 3 have reached the last epoch, "
        "and none before epoch 1"
    )


def test_a_study_whose_every_trial_fails_stops_and_says_so(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """One line names the reason and what to do; given again, it says the same and trains none."""
    file = write(tmp_path, STUDY, ("[budget]", "[budget]\ntrial_minutes = 1e-9"))
    for _ in range(2):
        with pytest.raises(MachineError) as told:
            run_study(file, options, listener)
        assert str(told.value) == (
            "s: stopped early, for all of its 4 trials failed "
            "(given: 'no result within 6e-08 seconds per trial'); "
            "mend that, `fashion-bench study rm s`, and run it again"
        )
    assert listener.lines[-2:] == ["finished 4", "begun after 4"]


def test_the_time_of_a_trial_may_be_limited_later(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """A limit that no trial needs changes nothing, and may come, change and go."""
    for limit in ("trial_minutes = 5", "trial_minutes = 2", ""):
        file = write(tmp_path, STUDY, ("[budget]", f"[budget]\n{limit}"))
        assert listed(run_study(file, options, listener).study) == listed(whole)


def test_another_torch_is_told(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going on under another torch than it began with, a study says that its list may differ."""
    run_study(write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2")), options, listener)
    told = len(listener.lines)
    monkeypatch.setattr("fashion_bench.app.provenance.version", lambda _: "9.9")
    run_study(write(tmp_path), options, listener)
    assert listener.lines[told].startswith("s was begun with torch 2.")
    with_now = "with torch 9.9, optuna 9.9, numpy 9.9 its list may differ"
    assert listener.lines[told].endswith(with_now)
    assert not [line for line in listener.lines if "rounded otherwise" in line]


def test_where_sums_are_rounded_otherwise_is_told(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going on under another arithmetic is told once, when there is something left to train."""
    begun = run_study(write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2")), options, listener)
    assert begun.study.provenance.keys() >= {"arithmetic", "cpu_capability"}
    other = {"arithmetic": "0" * 16, "cpu_capability": "SVE256"}
    monkeypatch.setattr("fashion_bench.app.run.arithmetic", lambda: other)
    run_study(write(tmp_path), options, listener)
    (told,) = [line for line in listener.lines if "rounded otherwise" in line]
    assert told.startswith("s was begun where sums are rounded otherwise (with ")
    assert told.endswith("): here (with SVE256) its list may differ")
    del listener.lines[:]
    run_study(write(tmp_path), options, listener)  # nothing is left to train
    assert not [line for line in listener.lines if "rounded otherwise" in line]


def test_another_gpu_is_told(whole: StudyRecord) -> None:
    """So it is with another model of GPU; another CPU computes the same."""
    study = replace(whole, provenance={**whole.provenance, "device": "one GPU"})
    told = "s was begun on one GPU: on another its list may differ"
    assert list(_warnings(study, "one GPU")) == []
    assert list(_warnings(study, "another")) == [told]
    assert list(_warnings(study, None)) == []


def test_the_command_that_goes_on_names_the_server(tmp_path: Path) -> None:
    """But not the folder, which may be moved: who reads it names it as it is then."""
    file = write(tmp_path)
    options = RunOptions(runs="my runs", mlflow="http://host:1")
    assert _command(load_file(file), options) == (
        f"fashion-bench study run {file} --mlflow http://host:1"
    )
