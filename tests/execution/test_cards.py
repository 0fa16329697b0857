"""The lock of a GPU: real processes and files, made-up cards."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fashion_bench.errors import MachineError
from fashion_bench.execution.cards import Cards, user_of
from fashion_bench.execution.gpus import Gpu

A, B = Gpu("GPU-a1", "Tesla Z"), Gpu("MIG-GPU-b2/3/0", "Tesla Y MIG 1g.5gb")
HOLD = """
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.gpus import Gpu
held = Cards([Gpu({id!r}, "Tesla")], None, "theirs")
print("held", flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, of this process and of others."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def another(gpu: Gpu) -> "Iterator[subprocess.Popen[str]]":
    """A process that has a card."""
    argv = [sys.executable, "-c", HOLD.format(id=gpu.id)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("gpu", [A, B])
def test_whoever_wants_a_card_that_another_has_is_told(gpu: Gpu) -> None:
    """In one line: which process, of which study. Killed, it has the card no more."""
    with another(gpu) as process:
        told = f"{gpu.name} is in use by process {process.pid} (study theirs)"
        assert user_of(gpu) == f"process {process.pid} (study theirs)"
        with pytest.raises(MachineError) as caught:
            Cards([gpu], None, "ours")
        assert str(caught.value) == (
            f"cuda: {told}; wait until that ends, or let it have fewer GPUs with --workers"
        )
        process.kill()
        process.wait()
        assert user_of(gpu) is None
        Cards([gpu], None, "ours").close()


def test_the_others_are_taken() -> None:
    """As many as are wanted; of those that are not free somebody tells."""
    with another(A) as process:
        held = Cards([A, B], None, "ours")
        assert held.gpus == (B,)
        assert held.others == [f"Tesla Z is in use by process {process.pid} (study theirs)"]
        held.close()
    held = Cards([A, B], 1, "ours")
    assert (held.gpus, held.others) == ((A,), [])
    assert user_of(A) == f"process {os.getpid()} (study ours)"
    assert user_of(B) is None
    held.close()
    assert user_of(A) is None


def test_its_folder_is_this_users_alone(temporary: Path) -> None:
    """Nobody else can write there, and the name of a card leads nowhere else."""
    Cards([B], None, "ours").close()
    [folder] = temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in folder.iterdir()] == ["MIG-GPU-b2_3_0.lock"]


def test_a_folder_of_another_users_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock there would be theirs to take."""
    Cards([A], None, "ours").close()
    mine = os.getuid()
    folder = Path(tempfile.gettempdir(), f"fashion_bench-{mine}")
    folder.rename(folder.with_name(f"fashion_bench-{mine + 1}"))
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(MachineError, match="is another user's; set TMPDIR to another folder"):
        Cards([A], None, "ours")


@pytest.mark.parametrize("made", ["link", "file"])
def test_what_is_no_folder_is_refused(temporary: Path, made: str) -> None:
    """A link might lead anywhere."""
    place = temporary / f"fashion_bench-{os.getuid()}"
    if made == "link":
        (temporary / "elsewhere").mkdir()
        place.symlink_to(temporary / "elsewhere")
    else:
        place.touch()
    with pytest.raises(MachineError) as caught:
        Cards([A], None, "ours")
    assert "set TMPDIR to another" in str(caught.value)
