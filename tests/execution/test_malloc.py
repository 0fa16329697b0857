"""Which malloc workers are given."""

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.execution import malloc
from fashion_bench.execution.forkserver import ForkServer
from fashion_bench.execution.malloc import LIBRARY, SWITCH, better_malloc, chosen_malloc, preloaded

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it is preloaded on Linux alone")


@pytest.fixture(autouse=True)
def python_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Python that is not conda's."""
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "prefix"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """It is there."""
    (tmp_path / LIBRARY).touch()
    return tmp_path / LIBRARY


@LINUX
def test_tcmalloc_is_found(library: Path, tmp_path: Path) -> None:
    """In the first folder that has it; without any it is the system's malloc."""
    assert better_malloc({}, [tmp_path / "none", tmp_path]) == library
    assert better_malloc({}, [tmp_path / "none"]) is None


def test_the_user_has_the_last_word(library: Path, tmp_path: Path) -> None:
    """A variable leaves the system's malloc, and one that is preloaded already stays."""
    assert better_malloc({SWITCH: "system"}, [tmp_path]) is None
    assert better_malloc({"LD_PRELOAD": "/opt/libjemalloc.so.2"}, [tmp_path]) is None


def test_condas_c_plus_plus_library_stays(library: Path, tmp_path: Path) -> None:
    """The system's may be too old for conda's torch."""
    (tmp_path / "prefix" / "conda-meta").mkdir(parents=True)
    assert better_malloc({}, [tmp_path]) is None


def test_a_malloc_of_the_user_is_told() -> None:
    """By what is preloaded; other libraries are none."""
    assert chosen_malloc({"LD_PRELOAD": "/a/libx.so:libjemalloc.so.2"}) == "libjemalloc.so.2"
    assert chosen_malloc({"LD_PRELOAD": "/a/libx.so"}) is None
    assert chosen_malloc({}) is None


def test_what_else_is_preloaded_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own libraries come behind it."""
    monkeypatch.setattr(malloc, "better_malloc", lambda _: Path("/lib/tc.so"))
    assert preloaded({}) == {"LD_PRELOAD": "/lib/tc.so"}
    assert preloaded({"LD_PRELOAD": "/lib/a.so:/lib/b.so"}) == {
        "LD_PRELOAD": "/lib/tc.so:/lib/a.so:/lib/b.so"
    }


@pytest.mark.skipif(better_malloc() is None, reason="there is none here, or it is not wanted")
def test_it_is_in_the_memory_of_workers() -> None:
    """What workers are forked from has it, and stays single-threaded; the driver has it not."""
    server = ForkServer()
    maps = server.ask(Path("/proc/self/maps").read_text)
    threads = server.ask(partial(os.listdir, "/proc/self/task"))
    server.close()
    assert LIBRARY.partition(".")[0] in maps
    assert len(threads) == 1
    assert os.environ.get("LD_PRELOAD") is None
