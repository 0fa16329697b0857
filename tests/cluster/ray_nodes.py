"""A Ray of real processes on this machine; each node is ended by the id of its own group."""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psutil

from fashion_bench.faults import SWITCH, Point
from tests.faults.tiny_study import Fault, order, started

ROOT = Path(__file__).parents[2]
RAY = Path(sys.executable).with_name("ray")


@dataclass(slots=True, eq=False)
class Node:
    """A node: ``ray start --block`` and all that it started, in a session of their own."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    def order(self, fault: Fault, point: Point = "mid-epoch") -> Path:
        """Order what befalls the next process of this node at a point; see ``faults``."""
        return order(self.folder, point, fault)

    def workers(self) -> list[psutil.Process]:
        """Its Ray workers that keep a child, which has one that trains."""
        return [one for one in self._all() if _is_worker(one)]

    def _all(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def leave(self) -> None:
        """End it as ``ray stop`` does: the others know at once."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)

    def lose(self) -> None:
        """Kill all of it at once, as a machine that loses its power."""
        gone = [*self._all(), psutil.Process(self.process.pid)]
        for one in gone:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGSTOP)  # so that none sees another's end first
        for one in gone:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()


@dataclass(slots=True)
class Ray:
    """A head without CPUs, which drivers join, and the nodes that train.

    Attributes:
        folder: of its files, short enough for sockets.
        memory: of each node's object store, in bytes.
    """

    folder: Path = field(default_factory=lambda: Path(mkdtemp(prefix="fbt-", dir="/tmp")))
    memory: int = 100_000_000
    nodes: list[Node] = field(default_factory=list)
    address: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a driver and a node have in their environment."""
        token = self.folder / "token"
        if not token.exists():
            token.touch(mode=0o600)
            token.write_text(secrets.token_hex(32))
        ours = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_USAGE_STATS_ENABLED": "0",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests" / "execution"))),
        }
        return {**os.environ, **ours}

    def start_head(self, cpus: int = 0) -> Node:
        """Start the head."""
        with socket.socket() as free:
            free.bind(("", 0))
            port = free.getsockname()[1]
        self.address = f"{_own_address()}:{port}"
        return self._start(
            *("--head", f"--port={port}", f"--num-cpus={cpus}"),
            *(f"--temp-dir={self.folder}", "--include-dashboard=false"),
        )

    def add(self, *options: str, environment: Mapping[str, str] = {}, wait: bool = True) -> Node:
        """Start a node of one CPU."""
        begin = self._start if wait else self._begin
        options = (f"--address={self.address}", "--num-cpus=1", *options)  # the last one counts
        return begin(*options, environment=environment)

    def drive(self, folder: Path, text: str, *options: str) -> "subprocess.Popen[str]":
        """Start the command that runs a study on it, in a session of its own."""
        file = folder / "study.toml"
        file.write_text(text)
        command = [sys.executable, "-m", "fashion_bench", "study", "run", str(file), "--no-mlflow"]
        where = ["--runs", str(folder / "runs"), "--device", "cpu", "--executor", "ray"]
        run = subprocess.Popen(
            [*command, *where, "--address", self.address, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            start_new_session=True,
            cwd=folder,
        )
        started.append(run)
        return run

    def _start(self, *options: str, environment: Mapping[str, str] = {}) -> Node:
        node = self._begin(*options, environment=environment)
        log = node.folder / "log"
        until(
            lambda: "Ray runtime started" in log.read_text() or node.process.poll() is not None,
            self.nodes[0].process,
        )
        assert node.process.poll() is None, log.read_text()
        return node

    def _begin(self, *options: str, environment: Mapping[str, str] = {}) -> Node:
        folder = self.folder / f"node-{len(self.nodes)}"
        folder.mkdir()
        command = [
            *(str(RAY), "start", "--block", "--disable-usage-stats"),
            f"--object-store-memory={self.memory}",
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**self.environment, SWITCH: str(folder / "faults"), **environment},
                start_new_session=True,
                preexec_fn=partial(_end_with, os.getpid()),
                cwd=folder,
            )
        self.nodes.append(Node(process, folder))
        return self.nodes[-1]

    def end(self) -> None:
        """End all nodes, the head last."""
        for node in reversed(self.nodes):
            with suppress(psutil.NoSuchProcess):
                node.lose()
        rmtree(self.folder, ignore_errors=True)


def until(
    holds: Callable[[], object], process: "subprocess.Popen[bytes] | subprocess.Popen[str]"
) -> None:
    """Wait until something holds; fail if a process ends before."""
    deadline = time.monotonic() + 240
    while not holds():
        assert process.poll() is None, f"{process.args} ended"
        assert time.monotonic() < deadline, f"{process.args}: not in time"
        time.sleep(0.05)


def _end_with(parent: int) -> None:
    """End this process, and so its node, with the one that runs the tests, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)


def _is_worker(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return any(
            "execution.forkserver" in " ".join(child.cmdline()) for child in process.children()
        ) and process.name().startswith("ray::")
    return False


def _own_address() -> str:
    from ray.util import get_node_ip_address  # as its nodes find it

    return str(get_node_ip_address())
