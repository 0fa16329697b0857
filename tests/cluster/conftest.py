"""What the tests of this folder share: a Ray whose head only drives."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fashion_bench.execution.cluster.joining import Cluster
from tests.cluster.ray_nodes import ROOT, Ray
from tests.faults.tiny_study import FILE, end, end_all, listed, start
from tests.shared import made_once

sys.path.insert(0, str(ROOT / "tests" / "execution"))  # what is made up there, nodes import too


@pytest.fixture(scope="session")
def head() -> Iterator[Ray]:
    """A Ray that has a head, to which each test adds nodes."""
    ray = Ray()
    try:
        ray.start_head()
        yield ray
    finally:
        ray.end()


@pytest.fixture
def ray(head: Ray) -> Iterator[Ray]:
    """That Ray; what a test starts ends with it."""
    yield head
    end_all()
    for node in head.nodes[1:]:
        node.leave()


@pytest.fixture
def joined(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """That Ray, as a driver in this process joins it."""
    for name, value in ray.environment.items():
        monkeypatch.setenv(name, value)
    with Cluster(ray.address, cpus=1) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def local_list(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The list of trials of the same study where one machine trained it."""

    def run(folder: Path) -> list[tuple[object, ...]]:
        end(start(folder, "--no-mlflow", file_text=FILE))
        return listed(folder)

    return made_once(tmp_path_factory, "local", run)
