"""The processes that a command consists of: it leads a session, and all it starts are in it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

__all__ = ["Role", "gone_after", "members", "until"]

Role = Literal["worker", "server", "writer"]

_SERVER = "execution.forkserver"  # a worker that it forked has its command line, too


def members(session: int, role: Role | None = None) -> list[int]:
    """The processes of a session that still run; its children of a role, or all."""
    return [
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if _runs_in(process, session) and (role is None or _plays(process, role))
    ]


def gone_after(session: int) -> float:
    """Wait until nothing of a session runs; return the seconds it took."""
    began = time.monotonic()
    until(lambda: not members(session), seconds=30)
    return time.monotonic() - began


def until(holds: Callable[[], object], seconds: float = 300) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


def _runs_in(process: Path, session: int) -> bool:
    """Whether a thread of a process runs, in a session; a killed leader may be dead before it."""
    try:
        stats = [stat.read_text() for stat in process.glob("task/*/stat")]
    except OSError:  # a thread ended meanwhile
        return _runs_in(process, session)
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    return any(int(of[3]) == session and of[0] not in "ZX" for of in fields)


def _plays(process: Path, role: Role) -> bool:
    if role == "writer":
        return "app.writer" in _command(process)
    forked = _SERVER in _command(_parent(process))
    return _SERVER in _command(process) and forked == (role == "worker")


def _parent(process: Path) -> Path:
    try:
        stat = (process / "stat").read_text()
    except OSError:
        return process / "gone"
    return process.with_name(stat.rpartition(")")[2].split()[1])


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""
