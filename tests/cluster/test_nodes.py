"""Which nodes get work, and what is told of them."""

import logging
import os
from functools import partial
from pathlib import Path

import made_up_training as made_up
import pytest

from fashion_bench.errors import MachineError
from fashion_bench.execution.cluster.executor import RayExecutor
from fashion_bench.execution.cluster.joining import Cluster
from fashion_bench.execution.cluster.station import own_facts
from tests.cluster.ray_nodes import Node, Ray

pytestmark = pytest.mark.cluster

OTHER_CPU = {"ATEN_CPU_CAPABILITY": "default"}  # torch then uses other kernels, as on another CPU


def test_nodes_that_compute_otherwise_get_no_work(
    ray: Ray, joined: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They are refused by name, and the others train; where there are no others, that is told."""
    newer = tmp_path / "fashion_bench-9.9.dist-info"
    newer.mkdir()
    (newer / "METADATA").write_text("Metadata-Version: 2.1\nName: fashion-bench\nVersion: 9.9\n")
    path = {"PYTHONPATH": os.pathsep.join((ray.environment["PYTHONPATH"], str(tmp_path)))}
    ray.add(environment=OTHER_CPU)
    ray.add(environment=path)
    make = partial(RayExecutor, made_up.make_train, joined, expected=partial(own_facts, False))
    segments = made_up.segments(3)
    with make() as executor, pytest.raises(MachineError, match="Ray: no node computes as this"):
        executor.run(segments, made_up.ignore)
    told = sorted(record.getMessage().partition("gets")[2] for record in caplog.records)
    assert len(told) == 2
    assert told[0].startswith(" no work: it has fashion-bench 9.9, and here is fashion-bench")
    assert told[1].startswith(" no work: it rounds otherwise (with DEFAULT; here with")
    ray.add()
    with make() as executor:
        assert made_up.results_of(executor, segments) == made_up.curves(segments)


def test_a_task_is_given_a_gpu_of_its_own(ray: Ray, joined: Cluster, tmp_path: Path) -> None:
    """With GPUs, here made up, a segment takes one, and its child sees that alone."""
    ray.add("--num-gpus=2", "--num-cpus=2", environment={"CUDA_VISIBLE_DEVICES": "0,1"})
    cards = tmp_path / "cards"
    cards.mkdir()
    meet = partial(made_up.meet, tmp_path / "met", 2)
    (tmp_path / "met").mkdir()
    make = partial(
        made_up.make_train, {"s.a-0": meet, "s.a-1": meet}, partial(made_up.leave_card, cards)
    )
    with RayExecutor(make, joined, on_gpus=True) as executor:
        segments = made_up.segments(2)
        assert made_up.results_of(executor, segments) == made_up.curves(segments)
    assert sorted(card.read_text() for card in cards.iterdir()) == ["0", "1"]


def test_that_nothing_moves_is_told_once(
    ray: Ray, joined: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a node that takes work it is told, once, and a node that is added has work soon."""
    added: list[Node] = []

    class AddsANode(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not added:
                added.append(ray.add(wait=False))

    adds = AddsANode()
    logging.getLogger("fashion_bench").addHandler(adds)
    try:
        with RayExecutor(made_up.make_train, joined, still=0.5) as executor:
            segments = made_up.segments(2)
            assert made_up.results_of(executor, segments) == made_up.curves(segments)
    finally:
        logging.getLogger("fashion_bench").removeHandler(adds)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert told[0].startswith("Ray: nothing has moved for 0 s (given: '0 CPUs free'); see `ray")
