"""The locks of GPUs: one run at a time on each."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from fashion_bench.errors import MachineError
from fashion_bench.execution.cards import Cards, user_of
from fashion_bench.execution.gpus import Gpu

ONE, TWO = Gpu("GPU-1", "Tesla Z"), Gpu("MIG-GPU-2/7/0", "Tesla Z MIG 1g.5gb")

HOLDER = """
import time
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.gpus import Gpu
cards = Cards([Gpu("GPU-1", "Tesla Z")], None, "first")
print("here", flush=True)
time.sleep(3600)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, those of other processes too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@contextmanager
def another_run() -> Iterator["subprocess.Popen[str]"]:
    """Have another process hold the first card."""
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "here\n"
            yield process
        finally:
            process.kill()


def test_a_card_of_another_run_is_left_to_it_until_that_is_killed() -> None:
    """It is told who has it; a kill leaves no lock."""
    with another_run() as other:
        told = f"Tesla Z is in use by process {other.pid} (study first)"
        with pytest.raises(MachineError) as caught:
            Cards([ONE], None, "second")
        assert str(caught.value).startswith(f"cuda: {told}; wait until that ends")
        assert user_of(ONE) == f"process {other.pid} (study first)"
        with closing(Cards([ONE, TWO], None, "second")) as cards:
            assert (cards.gpus, cards.others) == ((TWO,), [told])
    assert user_of(ONE) is None
    with closing(Cards([ONE, TWO], None, "second")) as cards:
        assert cards.gpus == (ONE, TWO)


def test_no_more_cards_are_taken_than_are_wanted() -> None:
    """The others are left to other runs."""
    with closing(Cards([ONE, TWO], 1, "first")) as first, closing(Cards([TWO], 1, "s")) as second:
        assert (first.gpus, second.gpus) == ((ONE,), (TWO,))
        assert user_of(TWO) == f"process {os.getpid()} (study s)"


def test_a_folder_that_is_not_this_users_is_refused(folder: Path) -> None:
    """Whoever put it there could hold every lock, or have files written elsewhere."""
    (folder / "elsewhere").mkdir()
    (folder / f"fashion_bench-{os.getuid()}").symlink_to(folder / "elsewhere")
    with pytest.raises(MachineError, match="is another user's; set TMPDIR to another folder"):
        Cards([ONE], None, "s")
