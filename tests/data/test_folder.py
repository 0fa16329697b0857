import errno
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.data.fashion_mnist import FILES, read
from fashion_bench.data.folder import data_folder, fetch
from fashion_bench.data.origins import from_folder
from fashion_bench.errors import DataError, MachineError

LABELS = "t10k-labels-idx1-ubyte"
FETCH = """
import resource, sys
from functools import partial
from pathlib import Path
from fashion_bench.data.folder import fetch
from fashion_bench.data.origins import from_folder
from fashion_bench.errors import MachineError

folder, origin, limit = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
try:
    fetch(Path(folder), print, {"here": partial(from_folder, folder=Path(origin))})
except MachineError as error:
    print(error)
"""


def _start(folder: Path, origin: Path, limit: int = -1) -> subprocess.Popen[str]:
    """Fetch in a process of its own, no file larger than ``limit`` bytes."""
    command = [sys.executable, "-c", FETCH, folder, origin, str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _closed(names):
    raise MachineError("http://mirror/", "cannot be downloaded from (no route)", remedy="connect")


@pytest.fixture
def here(real_data):
    """The real files as an origin."""
    return {"here": partial(from_folder, folder=real_data)}


def test_the_folder_given_comes_first(monkeypatch, tmp_path):
    """The argument, then FASHION_BENCH_DATA, then the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FASHION_BENCH_DATA", str(tmp_path / "named"))
    assert data_folder(tmp_path / "given") == tmp_path / "given"
    assert data_folder() == tmp_path / "named"
    monkeypatch.delenv("FASHION_BENCH_DATA")
    assert data_folder() == tmp_path / "cache" / "fashion_bench" / "data"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / ".cache" / "fashion_bench" / "data"


def test_the_folder_is_the_same_from_everywhere(monkeypatch, tmp_path):
    """A relative folder and a ~ are resolved at once: a worker may stand elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert data_folder(Path("data")) == tmp_path / "data"
    assert data_folder(Path("~/data")) == Path("/home/someone/data")


def test_a_fetch_fills_the_folder(tmp_path, here, real_data):
    """The four files arrive, and one line says from where."""
    said = []
    assert fetch(tmp_path / "new" / "data", said.append, here) == tmp_path / "new" / "data"
    for name in FILES:
        assert read(tmp_path / "new" / "data", name) == read(real_data, name)
    assert said == [f"{tmp_path}/new/data: Fashion-MNIST, verified, from here"]


def test_a_full_folder_is_left_alone(real_data):
    """With all files there, no origin is asked and nothing is said."""
    assert fetch(real_data, pytest.fail, {}) == real_data


def test_only_what_is_missing_is_asked_for(tmp_path, here):
    """One file lost is one file fetched."""
    fetch(tmp_path, str, here)
    (tmp_path / LABELS).unlink()
    asked = []

    def origin(names):
        asked.extend(names)
        return here["here"](names)

    fetch(tmp_path, str, {"here": origin})
    assert asked == [LABELS]


def test_a_wrong_file_in_the_folder_is_named_and_kept(tmp_path, here):
    """A user's file that is not the published one is refused by name, never overwritten."""
    (tmp_path / LABELS).write_bytes(b"mine")
    with pytest.raises(DataError, match=f"{LABELS}: is cut or is not the published file"):
        fetch(tmp_path, str, here)
    assert (tmp_path / LABELS).read_bytes() == b"mine"


def test_a_wrong_file_from_an_origin_is_never_used(tmp_path, here):
    """An origin with one wrong file is passed over; nothing of it is kept."""

    def wrong(names):
        return here["here"](names) | {LABELS: b"wrong"}

    with pytest.raises(MachineError, match=f"far: {LABELS} is cut or is not the published file"):
        fetch(tmp_path, str, {"far": wrong})
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    said = []
    fetch(tmp_path, said.append, {"far": wrong} | here)
    assert said[0].endswith("from here")


def test_when_all_fails_every_origin_is_named(tmp_path):
    """One line: each origin tried, why it failed, what to do."""
    origins = {"a mirror": _closed, "a folder": partial(from_folder, folder=tmp_path / "none")}
    with pytest.raises(MachineError) as caught:
        fetch(tmp_path / "data", str, origins)
    assert str(caught.value) == (
        f"{tmp_path}/data: Fashion-MNIST is not here and could not be fetched "
        "(a mirror: http://mirror/ cannot be downloaded from (no route); "
        f"a folder: {tmp_path}/none holds no train-images-idx3-ubyte); "
        "connect to the internet, or name a folder that holds it with --data"
    )


def test_a_file_is_no_folder(tmp_path, here):
    """A file given as the data folder is the user's mistake."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DataError, match="is not a folder"):
            fetch(folder, str, here)


def test_a_full_disk_elsewhere_is_named(tmp_path):
    """When the temporary folder is what is full, the error names it and not the data folder."""

    def full(names):
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/scratch")

    with pytest.raises(MachineError, match=r"^/tmp/scratch: cannot be written: No space"):
        fetch(tmp_path, str, {"full": full})


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_folder_that_cannot_be_made_is_the_machines_fault(here):
    """Where nothing can be written the error says so."""
    with pytest.raises(MachineError, match="/proc/data: cannot be written"):
        fetch(Path("/proc/data"), str, here)


def test_what_a_killed_fetch_left_is_no_file(tmp_path, here):
    """A half-written file is neither used nor in the way."""
    (tmp_path / f"{LABELS}.part").write_bytes(b"half")
    fetch(tmp_path, str, here)
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, ".lock"}


def test_a_full_disk_leaves_nothing_half_written(tmp_path, real_data):
    """When a write fails there is one line, and no part of the file that did not fit."""
    process = _start(tmp_path, real_data, limit=10_000_000)
    said, errors = process.communicate()
    assert errors == ""
    assert said.startswith(f"{tmp_path}: cannot be written: File too large; name another folder")
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_four_fetches_at_once_do_no_harm(tmp_path, real_data):
    """Of four processes meeting a fresh folder one fills it and all end well."""
    processes = [_start(tmp_path / "data", real_data) for _ in range(4)]
    outcomes = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outcomes
    assert sum("Fashion-MNIST, verified" in said for said, _ in outcomes) == 1
    assert {path.name for path in (tmp_path / "data").iterdir()} == {*FILES, ".lock"}


def test_importing_the_data_floor_does_not_import_torchvision():
    """Torchvision is needed for a download alone, and loads when one is made."""
    code = "import sys, fashion_bench.data; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ).returncode == 0
