"""A disk that is full, read-only, or holds what is not ours costs a line, and no trial."""

import resource
import shutil
from itertools import cycle
from pathlib import Path
from signal import SIGKILL

import pytest

from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.backend import FolderBackend
from tests.faults.disks import mounted
from tests.faults.tiny_study import (
    EXPERIMENT,
    FILE,
    end,
    listed,
    order,
    record,
    rows,
    start,
)
from tests.faults.unharmed import assert_unharmed
from tests.finished import start as start_command

REAL = FILE.replace('source = "synthetic"\n', "")
IMAGES = "train-images-idx3-ubyte"


def refused(folder: Path, code: int, *options: str, file_text: str = FILE) -> str:
    """Run the command; return the one line of the error that it ends with."""
    _, told = end(start(folder, *options, file_text=file_text), code)
    assert "Traceback" not in told, told
    *_, last = told.splitlines()
    assert told.count("Error: ") == 1
    assert last.startswith("Error: ")
    return last


def behind(folder: Path) -> None:
    """Run the command to its end, though MLflow cannot be written."""
    printed, told = end(start(folder))
    assert "12 of 12 trials finished" in printed
    assert "Traceback" not in told, told
    assert sum(line.startswith("MLflow is behind: ") for line in told.splitlines()) == 1


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replace_by_text(path: Path) -> None:
    """Put something foreign in its place."""
    path.write_text("not what it was")


def replace_by_folder(path: Path) -> None:
    """Put a folder in its place."""
    remove(path)
    path.mkdir(parents=True)


def remove(path: Path) -> None:
    """Remove a file or a folder, if there is one."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


# Full ------------------------------------------------------------------------------------------


def test_a_file_that_may_not_grow_stops_it(tmp_path: Path) -> None:
    """The ledger meets the limit of this process first: one line, exit 1."""
    run = start(tmp_path, "--workers", "1")
    resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (50_000, 50_000))
    _, told = end(run, 1)
    assert told.startswith("Error: ")
    assert told.endswith("then run the same command again\n")
    assert len(told.splitlines()) == 1


@pytest.mark.faults
def test_a_full_disk_stops_it_resumably(whole: Path, tmp_path: Path) -> None:
    """Whichever file it strikes, there is one line; with room again it ends as ever."""
    with mounted(tmp_path / "runs", 64) as disk:
        before: list[tuple[object, ...]] = []
        # The first generation takes 1,750 kilobytes at most, each later one 2,200 or more.
        for kilobytes in (64, 300, 2000):
            disk.grow(kilobytes)
            assert refused(tmp_path, 1).endswith("then run the same command again")
            now = listed(tmp_path) if rows(tmp_path) else []
            assert set(map(str, before)) <= set(map(str, now))
            before = now
        disk.grow()
        end(start(tmp_path))
        assert set(map(str, before)) <= set(map(str, listed(tmp_path)))
        assert_unharmed(tmp_path, whole)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"kilobytes": 700}, "No space left on device; free space"),
        ({"files": 20}, "no inodes (files) are left; remove files"),
    ],
    ids=["bytes", "files"],
)
def test_a_disk_that_is_full_of_weights_stops_it_resumably(
    whole: Path, tmp_path: Path, limits: dict[str, int], said: str
) -> None:
    """A state that cannot be written is named, and nothing half-written stays."""
    with mounted(tmp_path / "runs" / "trials", **limits) as disk:
        line = refused(tmp_path, 1)
        assert line.startswith(f"Error: {disk.folder}/tiny/")
        assert f"cannot be written: {said}" in line
        assert not [path for path in disk.folder.rglob(".*") if path.is_file()]
        disk.grow()
        end(start(tmp_path))
        assert_unharmed(tmp_path, whole)


@pytest.mark.faults
def test_a_disk_that_is_full_of_trials_stops_it_resumably(whole: Path, tmp_path: Path) -> None:
    """A ledger that can take no more names itself; what it has, it keeps."""
    ledger = tmp_path / "runs" / "ledger.db"
    Ledger(ledger)
    with mounted(tmp_path / "disk", ledger.stat().st_size // 1024 + 160) as disk:
        shutil.move(ledger, disk.folder)
        ledger.symlink_to(disk.folder / "ledger.db")
        line = refused(tmp_path, 1)
        assert line.startswith(f"Error: {ledger}: the ledger cannot be read or written")
        assert "full" in line
        disk.grow()
        end(start(tmp_path))
        assert_unharmed(tmp_path, whole)


@pytest.mark.faults
def test_a_disk_that_is_full_of_artifacts_stops_no_training(whole: Path, tmp_path: Path) -> None:
    """It is told at the end that MLflow is behind; `sync` catches up."""
    with mounted(tmp_path / "runs" / "artifacts", 300) as disk:
        behind(tmp_path)
        disk.grow()
        caught_up(tmp_path)
        assert_unharmed(tmp_path, whole)


@pytest.mark.faults
def test_a_full_database_of_mlflow_stops_no_training(whole: Path, tmp_path: Path) -> None:
    """Likewise."""
    database = tmp_path / "runs" / "mlflow.db"
    database.parent.mkdir()
    FolderBackend(database.parent).open()
    with mounted(tmp_path / "disk", database.stat().st_size // 1024 + 500) as disk:
        for file in database.parent.glob("mlflow.db*"):
            shutil.move(file, disk.folder)
        database.symlink_to(disk.folder / "mlflow.db")
        behind(tmp_path)
        disk.grow()
        caught_up(tmp_path)
        assert_unharmed(tmp_path, whole)


def caught_up(folder: Path) -> None:
    """Run `sync`."""
    with start_command("sync", "--runs", folder / "runs") as sync:
        printed, told = sync.communicate(timeout=300)
    assert sync.returncode == 0, told
    assert "of 12 trials were sent to MLflow" in printed


# Read-only -------------------------------------------------------------------------------------


@pytest.mark.faults
def test_a_read_only_folder_is_told(whole: Path, tmp_path: Path) -> None:
    """Before the first trial and in the middle of a study: one line; writable again, it goes on."""
    with mounted(tmp_path / "runs") as disk:
        disk.allow_writing(False)
        assert "cannot be written: Read-only file system" in refused(tmp_path, 1)
        disk.allow_writing(True)
        order(tmp_path, "ledger-written")
        end(start(tmp_path), -SIGKILL)
        disk.allow_writing(False)
        assert "cannot be written: Read-only file system" in refused(tmp_path, 1)
        disk.allow_writing(True)
        end(start(tmp_path))
        assert_unharmed(tmp_path, whole)


# What is not as it was left --------------------------------------------------------------------


@pytest.mark.faults
def test_what_is_damaged_is_trained_again(whole: Path, tmp_path: Path) -> None:
    """Checkpoints or states of trials that are not yet recorded: the result is the same."""
    for kind in ("checkpoints", "resume"):
        order(tmp_path, "trained")
        end(start(tmp_path), -SIGKILL)
        assert rows(tmp_path) == 0
        files = sorted((tmp_path / "runs" / "trials" / "tiny" / kind).glob("*.pt"))
        assert len(files) >= 3
        for path, damage in zip(files, cycle([flip, cut, replace_by_text])):
            damage(path)
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


@pytest.mark.faults
def test_a_damaged_checkpoint_is_not_measured(whole_experiment: Path, tmp_path: Path) -> None:
    """It is named, and the test images stay closed; restored, all are measured."""
    order(tmp_path, "ledger-written")
    end(start(tmp_path, file_text=EXPERIMENT), -SIGKILL)
    path = tmp_path / "runs" / "trials" / "tiny" / "checkpoints" / "tiny.dropout-1.pt"
    content = path.read_bytes()
    for damage in (flip, cut, replace_by_text, replace_by_folder):
        damage(path)
        line = refused(tmp_path, 2, file_text=EXPERIMENT)
        assert line.startswith(f"Error: {path}: ")
        assert not record(tmp_path).openings
        remove(path)
        path.write_bytes(content)
    end(start(tmp_path, file_text=EXPERIMENT))
    assert_unharmed(tmp_path, whole_experiment)


@pytest.mark.faults
def test_images_that_changed_are_refused(tmp_path: Path, real_data: Path) -> None:
    """Between two runs: the file is named; put back, the study ends as without."""
    end(start(tmp_path / "whole", "--data", str(real_data), file_text=REAL))
    data = shutil.copytree(real_data, tmp_path / "data")
    order(tmp_path, "ledger-written")
    end(start(tmp_path, "--data", str(data), file_text=REAL), -SIGKILL)
    for damage in (flip, cut):
        damage(data / IMAGES)
        line = refused(tmp_path, 2, "--data", str(data), file_text=REAL)
        assert line.startswith(f"Error: {data / IMAGES}: is cut or is not the published file")
        shutil.copy(real_data / IMAGES, data)
    end(start(tmp_path, "--data", str(data), file_text=REAL))
    assert_unharmed(tmp_path, tmp_path / "whole")


# What is in the way ----------------------------------------------------------------------------


@pytest.mark.faults
def test_what_stands_in_the_way_is_told(whole: Path, tmp_path: Path) -> None:
    """A folder for a file or a file for a folder: one line; out of the way, all is as ever.

    What is not ours stays as it is: the files beside ours, at every level, and one in the place
    of the folder of runs itself.
    """
    runs = tmp_path / "runs"
    runs.write_text("mine")
    assert refused(tmp_path, 2).startswith("Error: --runs: is a file, and no folder")
    assert runs.read_text() == "mine"
    runs.unlink()

    trials = tmp_path / "runs" / "trials"
    ledger = tmp_path / "runs" / "ledger.db"
    for path, put, code in (
        (trials, replace_by_text, 1),
        (trials / "tiny", replace_by_text, 1),
        (trials / "tiny.lock", replace_by_folder, 1),
        (trials / "tiny" / "checkpoints" / "tiny.none-0.pt", replace_by_folder, 1),
        (trials / "tiny" / "resume" / "tiny.none-0@1.pt", replace_by_folder, 1),
        (ledger, replace_by_folder, 1),
        (ledger, replace_by_text, 1),
    ):
        remove(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path)
        assert str(trials.parent) in refused(tmp_path, code)
        remove(path)

    foreign = put_what_is_not_ours(runs)
    end(start(tmp_path))
    assert {path.read_text() for path in foreign} == {"mine"}
    assert_unharmed(tmp_path, whole)


def put_what_is_not_ours(runs: Path) -> list[Path]:
    """Put foreign files and folders beside ours, at every level, to be left alone."""
    foreign = [
        runs / "notes.txt",
        runs / "trials" / "notes.txt",
        runs / "trials" / "another" / "checkpoints" / "another.a-0.pt",
        runs / "artifacts" / "notes.txt",
    ]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    return foreign


@pytest.mark.faults
def test_what_stands_in_the_way_of_predictions_is_told(
    whole_experiment: Path, tmp_path: Path
) -> None:
    """Measuring stops there; removed, it goes on with the same opening."""
    path = tmp_path / "runs/trials/tiny/predictions/plain/tiny.dropout-0.npz"
    replace_by_folder(path)
    line = refused(tmp_path, 1, file_text=EXPERIMENT)
    assert line.startswith(f"Error: {path}: cannot be written")
    remove(path)
    end(start(tmp_path, file_text=EXPERIMENT))
    assert len(record(tmp_path).openings) == 1
    assert_unharmed(tmp_path, whole_experiment)


@pytest.mark.faults
def test_what_stands_in_the_way_of_mlflow_stops_no_training(whole: Path, tmp_path: Path) -> None:
    """It is behind, and says so; out of the way, `sync` catches up."""
    runs = tmp_path / "runs"
    runs.mkdir()
    for path, put in (
        (runs / "artifacts", replace_by_text),
        (runs / ".mlflow", replace_by_text),
        (runs / "mlflow.db", replace_by_text),
        (runs / "mlflow.db", replace_by_folder),
    ):
        remove(path)
        put(path)
        behind(tmp_path)
        remove(path)
    caught_up(tmp_path)
    assert_unharmed(tmp_path, whole)
