"""``fashion-bench doctor``: damage done for real to a finished study, seen, and mended if named."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from email.message import Message
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from fashion_bench.app.doctor import examine, repair, well
from fashion_bench.app.health.finding import Finding, Fix
from fashion_bench.app.health.machine import trying_torch
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.faults import SWITCH
from fashion_bench.tracking.backend import FolderBackend
from tests.finished import Finished, copy_runs
from tests.old.databases import load
from tests.saying import Say
from tests.saying import say as say

MACHINE = {"versions", "data", "disk", "device", "compiler", "malloc", "torch"}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy may take minutes to import torch, which is no finding of a test."""
    monkeypatch.setattr("fashion_bench.app.health.machine._SECONDS", 3600)


@pytest.fixture
def runs(finished: Finished, tmp_path: Path) -> Path:
    """A copy of a finished study and experiment, MLflow's artifacts included."""
    return copy_runs(finished.runs, tmp_path / "runs")


def problems(runs: Path) -> list[Finding]:
    """What is wrong with what was recorded."""
    found = examine(runs, runs / "no data")
    return [f for f in found if f.state == "problem" and f.about not in MACHINE]


def said(runs: Path) -> list[tuple[str, str, Fix | None]]:
    """The same in short: about what, what, and what mends it."""
    return [(finding.about, finding.says, finding.fix) for finding in problems(runs)]


def mended(runs: Path, *fixes: Fix) -> list[str]:
    """Mend some things; what is said of it."""
    lines: list[str] = []
    repair(runs, fixes, lines.append)
    return lines


def files(runs: Path) -> dict[str, bytes]:
    """Every file with what it holds, but for locks and sqlite's own."""
    found = (path for path in runs.rglob("*") if path.is_file())
    passing = (".lock", "-shm", "-wal", ".driver")
    return {str(p): p.read_bytes() for p in found if not p.name.endswith(passing)}


def test_what_is_well_is_said_so_and_left_alone(runs: Path) -> None:
    """A line for each part and each study; no file is changed or made."""
    before = files(runs)
    assert problems(runs) == []
    found = {finding.about: finding for finding in examine(runs, runs / "no data")}
    assert set(found) == MACHINE | {"ledger", "mlflow", "study s", "study e"}
    assert found["study s"].says == "8 of 8 trials; weights, MLflow and files agree"
    assert found["ledger"].says.endswith("studies and experiments: 2")
    assert files(runs) == before


def test_a_newcomer_is_not_alarmed(tmp_path: Path, real_data: Path) -> None:
    """Without a folder of runs all is well, and none is made."""
    found = examine(tmp_path / "runs", real_data)
    assert well(found)
    assert "no runs yet" in next(f.says for f in found if f.about == "ledger")
    assert not (tmp_path / "runs").exists()


def run_of(client: MlflowClient, study: str, trial: str) -> Run:
    """The one run of a trial that MLflow shows."""
    experiment = client.get_experiment_by_name(study)
    assert experiment is not None
    wanted = f"tags.trial_id = '{study}.{trial}'"
    (run,) = client.search_runs([experiment.experiment_id], wanted)
    return run


# MLflow ------------------------------------------------------------------------------------------


def _edit(client: MlflowClient, run: Run) -> None:
    client.set_tag(run.info.run_id, "test_opening", "yes")


def _cut_off(client: MlflowClient, run: Run) -> None:
    client.update_run(run.info.run_id, "RUNNING")


def _double(client: MlflowClient, run: Run) -> None:
    """As a request that was given up and arrives late."""
    tags = {**run.data.tags, "fashion_bench.attempt": f"e.none-1 {'0' * 32}"}
    del tags["fashion_bench.run"]
    client.create_run(run.info.experiment_id, tags=tags)


def _end_otherwise(client: MlflowClient, run: Run) -> None:
    client.set_terminated(run.info.run_id, "FAILED")


def _forget_trials(client: MlflowClient, run: Run) -> None:
    arms = client.search_runs([run.info.experiment_id], "tags.kind = 'arm' and tags.arm = 'none'")
    client.set_tag(arms[0].info.run_id, "trials", "1")
    client.delete_tag(arms[0].info.run_id, "n")


def _forget_scores(client: MlflowClient, run: Run) -> None:
    client.set_tag(run.info.run_id, "test_opening", "0")


DIFFERENCES: dict[str, tuple[Callable[[MlflowClient, Run], None], str]] = {
    "edited": (_edit, "MLflow says otherwise of e.none-1"),
    "left running": (_cut_off, "MLflow says these still run e.none-1"),
    "doubled": (_double, "MLflow has more than one run of e.none-1"),
    "ended otherwise": (_end_otherwise, "MLflow says these ended otherwise e.none-1"),
    "without trials": (_forget_trials, "MLflow says otherwise of e.none#1"),
    "without scores": (_forget_scores, "MLflow says otherwise of e.none-1"),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_mlflow_is_brought_in_line_when_asked(runs: Path, difference: str) -> None:
    """A run that differs is seen; ``mirror`` mends it and ``leftovers`` does not."""
    damage, says = DIFFERENCES[difference]
    client = FolderBackend(runs).open()
    run = run_of(client, "e", "none-1")
    damage(client, run)
    assert said(runs) == [("study e", says, "mirror")]
    assert mended(runs, "leftovers") == []
    assert said(runs) == [("study e", says, "mirror")]
    assert len(mended(runs, "mirror")) == 2
    assert said(runs) == []
    run = run_of(client, "e", "none-1")
    assert (run.info.status, run.data.tags["test_opening"]) == ("FINISHED", "1")


def test_a_lost_store_is_made_again(runs: Path) -> None:
    """Without MLflow's database every trial lacks there; ``mirror`` sends them all."""
    (runs / "mlflow.db").unlink()
    names = [f.says for f in problems(runs)]
    assert names == [
        "MLflow lacks s.none-0, s.none-1, s.none-2 and 6 more",
        "MLflow lacks e.none-0, e.none-1, e.dropout-0 and 2 more",
    ]
    assert mended(runs, "mirror") == [
        "s: 8 of 8 trials were sent to MLflow",
        "e: 4 of 4 trials were sent to MLflow",
    ]
    assert said(runs) == []


# Files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "study"),
    [("trials/s/checkpoints/s.none-1.pt", "s"), ("trials/e/predictions/plain/e.none-0.npz", "e")],
)
def test_lost_and_changed_results_are_seen(runs: Path, file: str, study: str) -> None:
    """They are a person's to bring back: nothing is offered, and nothing removes what is there."""
    path = runs / file
    path.write_bytes(b"other" + path.read_bytes())
    about = f"study {study}"
    assert said(runs) == [(about, f"not as it was recorded: {path.name}", None)]
    assert mended(runs, "leftovers") == []
    assert path.exists()
    path.unlink()
    assert said(runs) == [(about, f"missing: {path.name}", None)]
    assert f"`fashion-bench study rm {study}`" in problems(runs)[0].remedy


def _killed_write(path: Path, faults: Path) -> Path:
    """Have a process killed while it writes a file; what it left."""
    (faults / "before-rename").write_text("kill")
    script = "import sys; from pathlib import Path; from fashion_bench.training.files import *; "
    script += "write_whole(Path(sys.argv[1]), b'half')"
    environment = os.environ | {SWITCH: str(faults)}
    assert subprocess.run([sys.executable, "-c", script, path], env=environment).returncode == -9
    (half,) = path.parent.glob(f".{path.name}.*")
    return half


def test_left_over_files_are_removed_when_asked(runs: Path, tmp_path: Path) -> None:
    """A state nobody will go on from and a half of a dead process go, all else stays."""
    files_of_s = RunsFolder(runs).files("s")
    before = files(runs)
    state = files_of_s.state("s.none-0", 1)
    half = _killed_write(state, tmp_path)
    state.write_bytes(b"a state")
    living = files_of_s.checkpoint(f".s.none-0.pt.{os.getpid()}").with_suffix("")
    unknown = files_of_s.state("s.none-99", 1)
    for path in (living, unknown):
        path.write_bytes(b"somebody else's")
    says = f"files that nothing needs: {half.name}, {state.name}"
    assert said(runs) == [("study s", says, "leftovers")]
    mended(runs, "mirror")
    assert said(runs) == [("study s", says, "leftovers")]
    assert mended(runs, "leftovers") == [f"{half} is removed", f"{state} is removed"]
    assert said(runs) == []
    assert set(files(runs)) == set(before) | {str(living), str(unknown)}


def test_folders_of_unknown_studies_are_removed_only_if_empty_of_results(runs: Path) -> None:
    """What may be somebody's weights is told and stays."""
    for name, file in (("x", "resume/x.none-0@1.pt"), ("y", "checkpoints/y.none-0.pt")):
        path = runs / "trials" / name / file
        path.parent.mkdir(parents=True)
        path.write_bytes(b"something")
    x, y = (f"{runs}/trials/{name}: a study that is not in the ledger" for name in "xy")
    assert said(runs) == [("studies", x, "leftovers"), ("studies", y, None)]
    assert mended(runs, "leftovers") == [f"{runs}/trials/x is removed"]
    assert said(runs) == [("studies", y, None)]
    assert (runs / "trials" / "y" / "checkpoints" / "y.none-0.pt").exists()


def test_a_study_that_is_being_run_is_not_judged(runs: Path) -> None:
    """It is told, the others are looked at, and nothing of it is mended."""
    state = RunsFolder(runs).files("s").state("s.none-0", 1)
    state.parent.mkdir(exist_ok=True)
    state.write_bytes(b"a state")
    with RunsFolder(runs).driving("s"):
        assert said(runs) == []
        found = {finding.about: finding for finding in examine(runs)}
        assert found["study s"].state == "note"
        assert "is being run by" in found["study s"].says
        assert found["study e"].state == "ok"
        assert mended(runs, "leftovers", "mirror")[0].startswith("s is not mended: s: is being run")
    assert state.exists()


# Databases ---------------------------------------------------------------------------------------


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def _torn(path: Path) -> None:
    """Overwrite pages from the middle to the end."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))


def _old(path: Path) -> None:
    path.unlink()
    load(path.parent, path.name)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "garbage": (_garbage, "file is not a database"),
    "torn": (_torn, "malformed"),
    "a folder": (_folder, "Is a directory"),
    "old": (_old, "was written by an older"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_ledger_that_cannot_be_read_leaves_the_rest_to_be_looked_at(
    runs: Path, damage: str
) -> None:
    """It is the problem; MLflow's database is looked at, and nothing of the studies is judged."""
    make, says = DAMAGE[damage]
    make(runs / "ledger.db")
    (problem,) = problems(runs)
    assert problem.about == "ledger"
    assert says in problem.says
    found = {finding.about: finding.state for finding in examine(runs)}
    assert found["mlflow"] == "ok"
    if damage != "torn":  # Optuna may yet read what it needs
        assert mended(runs, "leftovers", "mirror")[0].startswith("the folder of runs is not mended")
    assert (runs / "trials" / "s" / "checkpoints" / "s.none-0.pt").exists()


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_mlflow_that_cannot_be_read_leaves_the_rest_to_be_looked_at(
    runs: Path, damage: str
) -> None:
    """It is a problem of itself and of each study; weights are looked at all the same."""
    make, says = DAMAGE[damage]
    make(runs / "mlflow.db")
    (runs / "trials" / "s" / "checkpoints" / "s.none-0.pt").unlink()
    found = said(runs)
    assert ("study s", "missing: s.none-0.pt", None) in found
    assert any(about == "mlflow" and says in told for about, told, _ in found)
    assert {finding.about: finding.state for finding in examine(runs)}["ledger"] == "ok"


def test_a_lost_ledger_is_missed(runs: Path) -> None:
    """Weights without a ledger are no fresh folder; nothing takes them for left over."""
    (runs / "ledger.db").unlink()
    says = f"{runs}/ledger.db is not there, but weights of e, s are"
    assert said(runs) == [("ledger", says, None)]
    before = files(runs)
    assert mended(runs, "leftovers", "mirror") == []
    assert files(runs) == before


# The machine -------------------------------------------------------------------------------------


def about(name: str, runs: Path, data: Path | None = None) -> Finding:
    """What is found of one thing."""
    (finding,) = (found for found in examine(runs, data) if found.about == name)
    return finding


def test_images_that_are_missing_or_wrong_are_told(tmp_path: Path) -> None:
    """With the command that brings them."""
    missing = about("data", tmp_path / "runs", tmp_path / "data")
    assert (missing.state, "data fetch" in missing.remedy) == ("problem", True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train-images-idx3-ubyte").write_bytes(b"no images")
    wrong = about("data", tmp_path / "runs", tmp_path / "data")
    assert (wrong.state, "not the published file" in wrong.says) == ("problem", True)


def test_a_disk_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little free, or a file where the folder should be."""
    assert about("disk", tmp_path / "runs").state == "ok"
    monkeypatch.setattr("fashion_bench.app.health.machine.LEAST_FREE", 2**80)
    assert about("disk", tmp_path / "runs").remedy.startswith("make room")
    (tmp_path / "file").touch()
    assert "Not a directory" in about("disk", tmp_path / "file").says


def test_a_torch_whose_import_hangs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one on a disk of a network that is away: it is waited for no longer than a bound."""
    hanging = tmp_path / "python"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hanging))
    monkeypatch.setattr("fashion_bench.app.health.machine._SECONDS", 0.1)
    assert trying_torch()().says == "not imported within 0.1 seconds"


def test_versions_outside_what_is_asked_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python, a package that is too old, one that is not there; an extra's does not count."""
    asked = Message()
    asked["Requires-Python"] = ">=99"
    for requirement in ("torch<2", "not-there>=1", "optuna>=5", "not-there-either; extra == 'dev'"):
        asked["Requires-Dist"] = requirement
    monkeypatch.setattr("fashion_bench.app.health.machine.metadata", lambda _: asked)
    found = about("versions", tmp_path / "runs")
    python, torch, lacking = found.says.split(", ")
    assert found.state == "problem"
    assert python.startswith("Python 3.")
    assert torch.endswith(" is not <2")
    assert lacking == "not-there>=1 is not installed"


# The command -------------------------------------------------------------------------------------


def test_the_command_exits_as_all_is(runs: Path, real_data: Path, say: Say) -> None:
    """1 with a problem, also under --json; mended by name it says so and exits 0."""
    client = FolderBackend(runs).open()
    run = run_of(client, "s", "none-1")
    client.set_terminated(run.info.run_id, "FAILED")
    words = ("doctor", "--runs", runs, "--data", real_data)
    ill = say(*words, "--json")
    assert (ill.code, ill.told) == (1, "")
    plain = json.loads(ill.printed)
    assert plain["well"] is False
    assert [found for found in plain["findings"] if found["state"] == "problem"] == [
        {
            "about": "study s",
            "state": "problem",
            "says": "MLflow says these ended otherwise s.none-1",
            "remedy": "`fashion-bench doctor --fix mirror`",
            "fix": "mirror",
        }
    ]
    mending = say(*words, "--fix", "mirror")
    assert mending.code == 0
    assert mending.told.splitlines()[0] == "s: 1 of 8 trials were sent to MLflow"
    assert mending.printed.splitlines()[-1] == "All is well."
