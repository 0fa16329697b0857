"""What cannot be joined is told in one line."""

import os
import signal
import socket
from pathlib import Path

import pytest

from fashion_bench.errors import DeviceError, SpecError
from fashion_bench.execution.cluster.joining import Cluster
from tests.cluster.ray_nodes import Ray

pytestmark = pytest.mark.cluster


@pytest.fixture
def as_a_node(head: Ray, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of the Ray's nodes; returns its address."""
    for name, value in head.environment.items():
        monkeypatch.setenv(name, value)
    return head.address


def test_a_ray_is_left_as_it_was(as_a_node: str) -> None:
    """What is joined goes on, and a signal does here what it did."""
    before = signal.getsignal(signal.SIGTERM)
    for _ in range(2):
        with Cluster(as_a_node, cpus=1) as cluster:
            cluster.join()
            assert signal.getsignal(signal.SIGTERM) is before
            with pytest.raises(DeviceError, match=r"--workers: this Ray has no GPUs \(given: 2\)"):
                cluster.require_gpus(2)
    assert os.environ["RAY_AUTH_MODE"] == "token"


def test_another_token_is_told(as_a_node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong token is one line, before anything is begun."""
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    with pytest.raises(SpecError, match="--address: the token of this Ray is another"):
        Cluster(as_a_node, cpus=1)


def test_no_token_is_told(as_a_node: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without one none is made up, in the home folder neither."""
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SpecError, match="--address: no token for it is here"):
        Cluster(as_a_node, cpus=1)
    assert not list(tmp_path.iterdir())


def test_an_address_without_a_ray_is_told() -> None:
    """Whether nobody listens there, somebody who says nothing, or somebody who is no Ray."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SpecError, match=r"no Ray answers \(ConnectionRefusedError"):
            Cluster(address, cpus=1)
        silent.listen()
        with pytest.raises(SpecError, match=r"no Ray answers \(TimeoutError"):
            Cluster(address, cpus=1)
