"""The nodes of a Ray, as they come and go: which of them may train, and what is free there."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from fashion_bench.errors import MachineError, said
from fashion_bench.execution.cluster import station

_log = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between two looks at who is there: an added node has work soon after


@dataclass(eq=False, slots=True, kw_only=True)
class Node:
    """A node.

    Attributes:
        id: Ray's.
        name: for people.
        folder: for passing files of ours.
        size: segments that are trained there at once.
        state: whether it may train; asked until it is known.
        taken: of its size.
    """

    id: str
    name: str
    folder: str
    size: int
    state: Literal["asked", "admitted", "refused", "lost"] = "asked"
    taken: int = 0

    @property
    def free(self) -> int:
        """How many segments more it takes."""
        return self.size - self.taken if self.state == "admitted" else 0


@dataclass(slots=True, kw_only=True)
class Nodes:
    """Those that are there.

    Attributes:
        on_gpus: whether a segment takes a GPU, or a CPU.
        expected: what decides how they compute; ``None`` lets all in: they are this machine's.
    """

    on_gpus: bool
    expected: Mapping[str, str] | None
    _known: dict[str, Node] = field(default_factory=dict)
    _asked: dict[Any, Node] = field(default_factory=dict)
    _looked: float = -_LOOK

    @property
    def questions(self) -> list[Any]:
        """What Ray is to be waited for: the answers of those that have come."""
        return list(self._asked)

    @property
    def admitted(self) -> list[Node]:
        """Those that may train."""
        return [node for node in self._known.values() if node.state == "admitted"]

    def look(self) -> None:
        """See who has come and who has gone, where the last look was a while ago.

        Raises:
            MachineError: all that are there compute otherwise.
        """
        if monotonic() - self._looked < _LOOK:
            return
        self._looked = monotonic()
        import ray

        alive = {told["NodeID"]: told for told in ray.nodes() if told["Alive"]}
        for name in self._known.keys() - alive.keys():
            self._known.pop(name).state = "lost"
        for name in alive.keys() - self._known.keys():
            self._meet(alive[name])
        states = {node.state for node in self._known.values() if node.size}
        if states == {"refused"}:
            raise MachineError(
                "Ray",
                "no node computes as this machine does, so none is given work",
                remedy="install there what is installed here, or run it on a machine like them",
            )

    def _meet(self, told: Mapping[str, Any]) -> None:
        size = int(told["Resources"].get("GPU" if self.on_gpus else "CPU", 0))
        node = Node(
            id=told["NodeID"],
            name=f"{told['NodeManagerHostname']} ({told['NodeName']}, {told['NodeID'][:8]})",
            folder=str(Path(told["RayletSocketName"]).parents[1] / "fashion_bench"),
            size=size,
        )
        self._known[node.id] = node
        if not size:  # a head, mostly
            return
        if self.expected is None:
            node.state = "admitted"
        else:
            import ray

            options = {**on(node), "num_cpus": 0, "num_gpus": int(self.on_gpus)}
            task: Any = ray.remote(station.facts)
            self._asked[task.options(**options).remote(node.folder, self.on_gpus)] = node

    def heed(self, answer: Any) -> None:  # noqa: ANN401  # a reference of Ray's
        """Admit or refuse a node that has answered."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        node, problem = self._asked.pop(answer), ""
        try:
            problem = differs(self.expected or {}, ray.get(answer))
        except RayTaskError as error:
            problem = f"cannot tell what is installed there ({said(error.cause)})"
        except RayError:  # it has gone, as is seen soon, or its worker died: it is asked again
            self._known.pop(node.id, None)
            return
        if node.state != "asked":  # it has gone
            return
        node.state = "refused" if problem else "admitted"
        if problem:
            remedy = "install there what is installed here"
            where = f"Ray node {node.name}"
            told = MachineError(where, f"gets no work: it {problem}", remedy=remedy)
            _log.warning("%s", told)

    def lost(self, node: Node) -> None:
        """Give a node no more work: Ray takes seconds to see that one is gone."""
        if node.state == "admitted":
            node.state = "lost"
            _log.warning("Ray node %s was lost; what it trained is trained again.", node.name)


def differs(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Return how a node computes otherwise, as the end of a sentence; empty where it does not."""
    names = [name for name in expected if name not in ("arithmetic", "cpu_capability")]
    others = [name for name in names if found.get(name) != expected[name]]
    if others:
        there = ", ".join(f"{name} {found.get(name)}" for name in others)
        here = ", ".join(f"{name} {expected[name]}" for name in others)
        return f"has {there}, and here is {here}"
    if found.get("arithmetic") != expected.get("arithmetic"):
        kinds = found.get("cpu_capability"), expected.get("cpu_capability")
        words = "" if kinds[0] == kinds[1] else " (with {}; here with {})".format(*kinds)
        return f"rounds otherwise{words}"
    return ""


def on(node: Node) -> dict[str, Any]:
    """Return the options of a task that runs on a node or not at all, and is not run again by Ray.

    A stream that Ray began anew would have to be the same message by message.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    strategy = NodeAffinitySchedulingStrategy(node.id, soft=False)
    return {"scheduling_strategy": strategy, "max_retries": 0}
