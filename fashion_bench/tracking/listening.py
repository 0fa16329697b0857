"""Where the server of ``ui`` listens: its addresses, how they are written, who is there already."""

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeAlias

from fashion_bench.errors import FashionBenchError
from fashion_bench.tracking.served import BY

RUNS = "FASHION_BENCH_SERVED_RUNS"  # by it the server's process knows the folder
PORT = "FASHION_BENCH_SERVED_PORT"
_LISTED = Path("/proc")  # of what runs, where the system keeps such a list

Address: TypeAlias = tuple[Any, Any, int, str, Any]  # as ``getaddrinfo`` returns it

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # and what the machine itself calls it by
_NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def called(host: str) -> str:
    """Return an address at which this machine reaches a server that listens at one."""
    return _EVERYWHERE.get(host, host)


def bracketed(host: str) -> str:
    """Return an address as a URL has it: that of IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def addresses(host: str, port: int) -> list[Address]:
    """Return all that a name stands for: the server listens at every one.

    Raises:
        FashionBenchError: it is no name, and no address.
    """
    try:
        if not host:
            raise OSError
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, ValueError) as error:  # the latter of what can be no name at all
        raise _no_address(host) from error


def refuse_taken(host: str, port: int) -> None:
    """Refuse a port at which nothing more can listen, and say who does if that is one of ours.

    Raises:
        FashionBenchError: it is taken, or no address of this machine.
    """
    for family, kind, _, _, address in addresses(host, port):
        try:
            with closing(socket.socket(family, kind)) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:  # as the server does: the other half is not its own
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
        except OSError as error:
            raise _refusal(host, port, error) from error


def _no_address(host: str) -> FashionBenchError:
    return FashionBenchError(
        "--host",
        "is neither an address of this machine nor a name of one",
        given=host,
        remedy="give 127.0.0.1 or ::1, or an address that `ip address` lists",
    )


def _refusal(host: str, port: int, error: OSError) -> FashionBenchError:
    if error.errno in _NOT_HERE:
        return _no_address(host)
    where, other = f"port {port}", f"choose another, as --port {port % 65535 + 1}"
    if error.errno != errno.EADDRINUSE:
        remedy = "choose one from 1024 on, as --port 5000" if port < 1024 else other
        return FashionBenchError(where, f"cannot be listened at: {error.strerror}", remedy=remedy)
    for known in _servers():
        if known.get(PORT) == str(port):
            who = f"the UI of {known.get(RUNS, 'another folder')} (process {known[BY]})"
            return FashionBenchError(where, f"is taken by {who}", remedy=f"end it, or {other}")
    return FashionBenchError(where, "is taken by another program", remedy=f"end that, or {other}")


def _servers() -> Iterator[Mapping[str, str]]:
    """Yield the environment of each process of a server of ours that may be seen."""
    for file in _LISTED.glob("[0-9]*/environ"):
        with suppress(OSError):
            words = file.read_bytes().split(b"\0")
            known = dict(os.fsdecode(word).partition("=")[::2] for word in words)
            if BY in known:
                yield known
