"""Run segments on the nodes of a Ray, one task each; files stay with the driver."""

import logging
import pickle
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from time import monotonic, sleep
from typing import Any

from fashion_bench.errors import MachineError
from fashion_bench.execution.cluster import station
from fashion_bench.execution.cluster.joining import Cluster, signals_kept
from fashion_bench.execution.cluster.nodes import Node, Nodes, on
from fashion_bench.execution.cluster.parcels import (
    Finished,
    Raised,
    Report,
    Said,
    SetUp,
    put_away,
    reached,
    states_before,
)
from fashion_bench.execution.executor import Executor, MakeTrain, Turn, Waiting, begun, stopped
from fashion_bench.records import OnDone, OnUnderway, Segment, Underway, unheard
from fashion_bench.training.files import TrialFiles

_log = logging.getLogger(__name__)

_DEATHS = 3  # of Ray workers at one segment, on nodes that live: then a person has to judge
_WAIT = 0.5  # seconds for Ray to say something; then we look around


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What travels with the segments of a study.

    Attributes:
        files: the driver's, where all of them stay.
        digest: of the training images.
        images: returns them as a file holds them; called once, where a node may need them.
    """

    files: TrialFiles
    digest: str
    images: Callable[[], bytes]


class RayExecutor(Executor):
    """Trains on a Ray's nodes; what each is at, and what is lost, is known here.

    A segment whose node is lost runs again elsewhere. When ``run`` raises, all that trains is
    killed.

    Args:
        make_train: called once in each worker's child; pickled here. With ``carried`` it is given
            the node's ``TrialFiles`` and the path of the images there.
        cluster: joined when there is something to run; left open.
        trial_seconds: as of ``ProcessExecutor``.
        workers: segments at once, at most; ``None`` for as many as the nodes take.
        carried: what travels; ``None`` where a training needs nothing.
        on_gpus: whether a segment takes a GPU.
        expected: what decides how nodes compute; see ``Nodes``.
        still: seconds without a word while CPUs are free, after which that is told.
    """

    def __init__(
        self,
        make_train: MakeTrain | Callable[..., Any],
        cluster: Cluster,
        *,
        trial_seconds: float = inf,
        workers: int | None = None,
        carried: Carried | None = None,
        on_gpus: bool = False,
        expected: Callable[[], dict[str, str]] | None = None,
        still: float = 60.0,
    ) -> None:
        self._set_up = SetUp(
            make=pickle.dumps(make_train),
            trial_seconds=trial_seconds,
            level=logging.getLogger("fashion_bench").getEffectiveLevel(),
            digest=None if carried is None else carried.digest,
        )
        self._cluster = cluster
        self._most = workers
        self._carried = carried
        self._on_gpus = on_gpus
        self._expected = expected
        self._still = still
        self._nodes: Nodes | None = None
        self._sent_once: tuple[Any, str, Any, Any] | None = None

    def run(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway = unheard
    ) -> None:
        """Run the segments, as many at a time as nodes take; see ``Executor.run``.

        Raises:
            MachineError: no node computes as this machine does.
            SegmentError: Ray workers die of a segment.
        """
        if not segments:
            return
        self._cluster.join()
        if self._nodes is None:
            expected = self._expected() if self._expected and self._cluster.address else None
            self._nodes = Nodes(on_gpus=self._on_gpus, expected=expected)
        work = _Work(segments, on_done, on_underway)
        try:
            with signals_kept():
                while len(work.waiting) or work.tasks:
                    self._nodes.look()
                    self._hand_out(work, self._nodes)
                    self._listen(work, self._nodes)
                    self._tell_if_still(work, self._nodes)
        except BaseException:
            self._end(work)
            raise

    def close(self) -> None:
        """Do nothing: what runs ended with ``run``, and the Ray is left to who opened it."""

    def _hand_out(self, work: "_Work", nodes: Nodes) -> None:
        most = inf if self._most is None else self._most
        while len(work.waiting):
            node = max(nodes.admitted, key=lambda each: each.free, default=None)
            if node is None or not node.free or len(work.tasks) >= most:
                return
            turn = work.waiting.take()
            assert turn is not None  # some wait
            if self._carried and (progress := reached(self._carried.files, turn.segment)):
                work.on_underway(turn.segment, begun(turn.segment))
                work.waiting.finish(turn.segment, progress)
                continue
            work.tasks[self._sent(turn.segment, node)] = _Task(turn, node)
            node.taken += 1

    def _sent(self, segment: Segment, node: Node) -> Any:  # noqa: ANN401  # Ray's are untyped
        """Send a segment to a node; return the stream of its reports."""
        import ray

        if self._sent_once is None:
            task = ray.remote(station.train)  # pickled once
            key = sha256(pickle.dumps(self._set_up)).hexdigest()
            images = b"" if self._carried is None else self._carried.images()
            self._sent_once = task, key, ray.put(self._set_up), ray.put(images)
        task, key, set_up, images_ref = self._sent_once
        states = {} if self._carried is None else states_before(self._carried.files, segment)
        options = {**on(node), "num_cpus": 1, "num_gpus": int(self._on_gpus)}
        # References in a list: as arguments of their own they would stay after a killed driver.
        refs = [ray.put((segment, states)), set_up, images_ref]
        return task.options(num_returns="streaming", **options).remote(node.folder, key, refs)

    def _listen(self, work: "_Work", nodes: Nodes) -> None:
        """Wait until a task or a node says something."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        refs = [*work.tasks, *nodes.questions]
        if not refs:
            sleep(_WAIT)
            return
        heard, _ = ray.wait(refs, num_returns=1, timeout=_WAIT)
        for ref in heard:
            if ref not in work.tasks:
                nodes.heed(ref)
                work.moved()
                continue
            try:
                reports: list[Report] = ray.get(next(ref))
            except RayTaskError:
                raise  # a bug of ours
            except (RayError, StopIteration) as error:
                self._bury(work, nodes, ref, error)
            else:
                self._heed(work, ref, reports)

    def _heed(self, work: "_Work", ref: Any, reports: Sequence[Report]) -> None:  # noqa: ANN401
        work.moved()
        task = work.tasks[ref]
        task.began = True
        for report in reports:
            match report:
                case Said(0, text):
                    print(text, file=sys.stderr)
                case Said(level, text):
                    _log.log(level, "%s", text)
                case Underway():
                    work.on_underway(task.turn.segment, report)
                case Raised(error):
                    raise error
                case Finished():
                    work.let_go(ref)
                    if self._carried is not None:
                        put_away(self._carried.files, task.turn.segment, report.left)
                    work.waiting.finish(task.turn.segment, report.progress)

    def _bury(self, work: "_Work", nodes: Nodes, ref: Any, error: Exception) -> None:  # noqa: ANN401
        """Let a segment wait again whose node or Ray worker was lost."""
        from ray.exceptions import NodeDiedError, ObjectLostError, TaskUnschedulableError

        task = work.let_go(ref)
        work.waiting.put_back(task.turn)
        if isinstance(error, NodeDiedError | ObjectLostError | TaskUnschedulableError):
            nodes.lost(task.node)
            return
        how = f"a Ray worker died ({type(error).__name__}) on {task.node.name}"
        _log.warning("%s%s.", how[0].upper(), how[1:])
        deaths = work.deaths[task.turn.number]
        deaths.append(task.node)
        if sum(node.state == "admitted" for node in deaths) >= _DEATHS:
            raise stopped(task.turn.segment, f"{how}, as three did")

    def _tell_if_still(self, work: "_Work", nodes: Nodes) -> None:
        """Say once when nothing moves although something waits and a CPU is free for it."""
        waits = len(work.waiting) or any(not task.began for task in work.tasks.values())
        if work.told_still or not waits or monotonic() - work.last < self._still:
            return
        import ray

        kind = "GPU" if self._on_gpus else "CPU"
        free = int(ray.available_resources().get(kind, 0))
        if free or not nodes.admitted:
            work.told_still = True
            problem = f"nothing has moved for {self._still:.0f} s"
            remedy = "see `ray status`, start nodes, or run the same command again: it goes on"
            told = MachineError("Ray", problem, given=f"{free} {kind}s free", remedy=remedy)
            _log.warning("%s", told)

    def _end(self, work: "_Work") -> None:
        """Kill what trains: its Ray workers, and so their children."""
        import ray

        for ref in list(work.tasks):
            ray.cancel(ref, force=True)
            work.let_go(ref)


@dataclass(slots=True)
class _Task:
    """A segment that a node has, and whether it has told of it."""

    turn: Turn
    node: Node
    began: bool = False


class _Work:
    """One run: the segments that wait and those that nodes are at."""

    def __init__(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway
    ) -> None:
        self.waiting = Waiting(segments, on_done)
        self.tasks: dict[Any, _Task] = {}
        self.deaths: defaultdict[int, list[Node]] = defaultdict(list)  # by the number of a turn
        self.on_underway = on_underway
        self.moved()

    def moved(self) -> None:
        """Note that something happened."""
        self.last, self.told_still = monotonic(), False

    def let_go(self, ref: Any) -> _Task:  # noqa: ANN401
        """Forget a task, and free its place."""
        task = self.tasks.pop(ref)
        task.node.taken -= 1
        return task
