"""A Ray: one on this machine that ends with the run, or one that others started and we join.

It carries code, so it is never open to others: it asks for a token, and one of ours listens at
loopback alone.
"""

import logging
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Self

from fashion_bench.errors import DeviceError, MachineError, SpecError, said, shown
from fashion_bench.execution.cluster.folders import make_folder
from fashion_bench.records import unheard

OLDEST = (2, 60)  # with tokens
INSTALL = "pip install 'fashion-bench[ray]'"
_SOON = 2.0  # seconds in which what is at an address says that it speaks HTTP/2, if it does
_SECONDS = 4.0  # to wait for an answer of it
_SETTINGS = b"\0\0\0\4\0\0\0\0\0"  # an empty frame, as either side of HTTP/2 begins with one
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS
_LONGEST = 30  # of a folder's path: sockets lie 70 characters below, and may have 107

# Of this process's own Ray; a Ray that is left to it writes one into the home folder.
_TOKEN = secrets.token_hex(32)

_SET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what its next version does, and it warns of
}


class Cluster:
    """A Ray, joined when it is first needed.

    Args:
        address: ``HOST:PORT`` of one that runs; ``None`` for one of our own on this machine.
        cpus: of one of our own.

    Raises:
        SpecError: Ray is not installed, nothing that can be joined is at the address, or the token
            is another; within five seconds.
    """

    def __init__(self, address: str | None, cpus: int) -> None:
        self.address = address
        self._cpus = cpus
        self._joined = False
        with ExitStack() as undo:
            undo.enter_context(_environment(address is None))
            _require_ray()
            if address is not None:
                _refuse_dead(address)
                _refuse_foreign(address)
            self._undo = undo.pop_all()

    def join(self) -> None:
        """Start it, or join it, unless that is done.

        Raises:
            SpecError: it is of another version, or was stopped meanwhile.
            MachineError: it does not start.
        """
        if self._joined:
            return
        from ray._private import worker

        # It prints pages of a lost node's log, which we tell in a line.
        self._undo.callback(setattr, worker, "print_to_stdstream", worker.print_to_stdstream)
        worker.print_to_stdstream = unheard
        with signals_kept():
            if self.address is None:
                self._start()
            else:
                _join(self.address)
        self._joined = True

    def require_gpus(self, count: int) -> None:
        """Refuse to train on more GPUs than there are.

        Raises:
            DeviceError: there are fewer.
        """
        self.join()
        import ray

        there = int(ray.cluster_resources().get("GPU", 0))
        if there < count:
            told = f"{there} GPU" if there == 1 else f"{there or 'no'} GPUs"
            remedy = "start nodes that have some, or use --device cpu"
            if there:
                remedy = f"say --workers {there}, or start nodes that have more"
            raise DeviceError("--workers", f"this Ray has {told}", given=count, remedy=remedy)

    def _start(self) -> None:
        import ray
        from ray._private import ray_constants

        place = Path(gettempdir())
        place = place if len(str(place)) < _LONGEST else Path("/tmp")
        folder = make_folder(place, f"fb-{os.getuid()}-")
        self._undo.callback(folder.remove)
        ray_constants.ENABLE_RAY_CLUSTER = False  # so it listens at loopback
        self._undo.callback(setattr, ray_constants, "ENABLE_RAY_CLUSTER", True)
        try:
            ray.init(
                address="local",
                num_cpus=self._cpus,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _temp_dir=str(folder.path),
            )
        except Exception as error:
            remedy = "free memory or disk, or leave out --executor ray"
            raise MachineError("Ray", f"did not start ({said(error)})", remedy=remedy) from error

    def close(self) -> None:
        """Leave it; one of our own ends."""
        if self._joined:
            import ray

            with signals_kept():
                ray.shutdown()
        self._joined = False
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_ray() -> None:
    try:
        import ray
    except ImportError as error:
        raise SpecError(
            "--executor", "Ray is not installed", given="ray", remedy=INSTALL
        ) from error
    if tuple(map(int, ray.__version__.split(".")[:2])) < OLDEST:
        problem = f"Ray {ray.__version__} is too old to ask for a token"
        raise SpecError("--executor", problem, given="ray", remedy=INSTALL)
    from ray import _raylet

    inner: Any = _raylet
    inner.Config.initialize("")  # it may have been imported with another environment
    inner.AuthenticationTokenLoader.instance().reset_cache()


def _refuse_dead(address: str) -> None:
    """Refuse an address where nothing speaks HTTP/2, as Ray does, which would try for a minute."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_SOON) as probe:
            probe.sendall(_PREFACE)
            answer = probe.recv(9)
    except (OSError, OverflowError) as error:
        remedy = "see `ray status` there, or start it with `ray start --head`"
        problem = f"no Ray answers ({said(error)})"
        raise SpecError("--address", problem, given=address, remedy=remedy) from error
    if answer[3:4] != _SETTINGS[3:4]:
        remedy = "give the host and port that `ray start --head` printed"
        raise SpecError("--address", "what answers is no Ray", given=address, remedy=remedy)


def _refuse_foreign(address: str) -> None:
    """Refuse a Ray that does not take our token, or has no node on this machine."""
    from ray import _raylet
    from ray._private.services import find_node_ids
    from ray.exceptions import AuthenticationError

    inner: Any = _raylet
    remedy = "set RAY_AUTH_TOKEN_PATH to the file that it was started with"
    asks = os.environ["RAY_AUTH_MODE"] == "token"
    if asks and not inner.AuthenticationTokenLoader.instance().has_token(ignore_auth_mode=True):
        raise SpecError("--address", "no token for it is here", given=address, remedy=remedy)
    try:
        with _nothing_printed():
            nodes = inner.GcsClient(address=address).get_all_node_info(timeout=_SECONDS)
    except AuthenticationError as error:
        problem = "the token of this Ray is another"
        raise SpecError("--address", problem, given=address, remedy=remedy) from error
    except Exception as error:
        raise _not_joined(address, error) from error
    alive = {node.hex() for node, told in nodes.items() if told.state == told.ALIVE}
    if alive.isdisjoint(find_node_ids()):
        remedy = f"run `ray start --address={address}` here first"
        problem = "this machine is no node of that Ray"
        raise SpecError("--address", problem, given=address, remedy=remedy)


def _join(address: str) -> None:
    import ray

    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise _not_joined(address, error) from error


def _not_joined(address: str, error: Exception) -> SpecError:
    told = shown(" ".join(str(error).split()), 200)
    remedy = "install the same versions on all machines, then start Ray again"
    return SpecError("--address", f"cannot be joined ({told})", given=address, remedy=remedy)


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Leave out what Ray's C++ says of its own accord: what matters of it is raised."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _environment(own: bool) -> Iterator[None]:
    """Set what Ray reads, and what the processes read that it starts."""
    settings = {**_SET, "RAY_AUTH_MODE": os.environ.get("RAY_AUTH_MODE", "token")}
    if own:
        settings |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _TOKEN}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def signals_kept() -> Iterator[None]:
    """Keep what a signal does here.

    Ray takes SIGTERM for itself, and where it waits it wraps what a handler raises, unless that is
    ``KeyboardInterrupt``, into a ``SystemError``.
    """
    handler: Any = signal.getsignal(signal.SIGTERM)
    try:
        yield
    except SystemError as error:
        raised = error.__cause__
        if raised is None or isinstance(raised, Exception):
            raise
        raise raised from None
    finally:
        with suppress(ValueError):  # not the main thread, where nothing was changed
            signal.signal(signal.SIGTERM, handler)
