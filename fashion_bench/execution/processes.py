"""Run segments in worker processes, one thread each: one per core of a CPU, or per GPU."""

import logging
import pickle
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from multiprocessing.connection import wait
from pathlib import Path

from fashion_bench.clock import BEAT, awake
from fashion_bench.errors import GpuError, MachineError
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.executor import (
    Attempt,
    Executor,
    MakeTrain,
    Turn,
    Waiting,
    begun,
    failed,
    stopped,
)
from fashion_bench.execution.forkserver import ForkServer, Worker
from fashion_bench.execution.gpus import VISIBLE, Gpu
from fashion_bench.execution.worker import Answer, Fatal, Ready
from fashion_bench.records import OnDone, OnUnderway, Segment, Underway, unheard

_log = logging.getLogger(__name__)

# The first death may be a neighbour's fault (out of memory); of the third a person has to judge.
_DEATHS = 3


class ProcessExecutor(Executor):
    """Trains in ``workers`` processes, started when needed and kept until ``close``.

    A worker that dies, or meets a trouble of the machine, is replaced and its segment run again, up
    to three times. When ``run`` raises, all workers are killed; the next ``run`` starts new ones.

    Whose fault it is (decision 72): what a worker answers is its trials', an exception as much as a
    result, and so is the time over which it is silent. What ended it in place of an answer, a
    signal, an exit or a lack of memory, files or disk, nobody knows: the third time ends the run
    and fails no trial. On a GPU time is the same, but for a trial that is alone, in its segment and
    in those before it.

    Args:
        make_train: called once in each worker; pickled here.
        workers: how many processes, at least one.
        trial_seconds: a segment that takes longer than this for each of its trials has failed.
            Setting up does not count, nor time in which it or this process was stopped.
        server: what they are forked from, which goes on after ``close``; by default one of its own.
        cards: the GPUs that they train on, one for each, until ``close``; ``None`` on a CPU.
    """

    def __init__(
        self,
        make_train: MakeTrain,
        workers: int,
        trial_seconds: float = inf,
        server: ForkServer | None = None,
        cards: Cards | None = None,
    ) -> None:
        self._make_train = pickle.dumps(make_train)
        self._size = workers
        self._trial_seconds = trial_seconds
        self._owns = server is None
        self._server = ForkServer() if server is None else server
        self._cards = cards
        self._workers: list[Worker] = []
        self._ready: set[Worker] = set()
        self._card_of: dict[Worker, Gpu] = {}
        self._home_of: dict[str, Worker] = {}  # on a GPU, of trials by their id

    def run(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway = unheard
    ) -> None:
        """Run the segments, several at a time; see ``Executor.run``.

        Raises:
            MachineError: workers die before they are set up.
            SegmentError: they die of a segment.
        """
        work = _Work(segments, on_done, on_underway)
        try:
            while work.unfinished:
                self._hire(work.unfinished)
                self._hand_out(work)
                self._listen(work)
                self._end_late(work)
        except BaseException:
            self._dismiss()
            raise

    def close(self) -> None:
        """Kill the workers; what they were at is lost, as far as it was not saved."""
        self._dismiss()
        if self._cards is not None:
            self._cards.close()

    def _dismiss(self) -> None:
        if self._workers and not self._ready:  # the server may be busy loading: nothing to wait for
            self._server.close()
        self._end(*self._workers)
        if self._owns:
            self._server.close()

    def _hire(self, unfinished: int) -> None:
        while len(self._workers) < min(self._size, unfinished):
            if self._cards is None:
                worker = self._server.start()
            else:
                taken = [self._card_of[one] for one in self._workers]
                gpu = next(gpu for gpu in self._cards.gpus if gpu not in taken)
                worker = self._server.start({VISIBLE: gpu.id})
                self._card_of[worker] = gpu
            self._workers.append(worker)
            with suppress(OSError):  # dead already, as _listen will find
                worker.pipe.send_bytes(self._make_train)

    def _end(self, *workers: Worker) -> list[str]:
        self._workers = [worker for worker in self._workers if worker not in workers]
        self._ready.difference_update(workers)
        return self._server.end(*workers) if workers else []

    def _hand_out(self, work: "_Work") -> None:
        for worker in self._ready - work.tasks.keys():
            turn = work.waiting.take(partial(self._suits, worker))
            if turn is None:
                continue
            try:
                worker.pipe.send(turn.segment)
            except OSError:  # it died idle, as _listen will find: not the segment's fault
                work.waiting.put_back(turn)
                continue
            deadline = awake() + self._trial_seconds * _trials(turn.segment)
            work.tasks[worker] = _Task(turn, deadline)
            work.on_underway(turn.segment, begun(turn.segment))

    def _suits(self, worker: Worker, segment: Segment) -> bool:
        """Whether no other worker has the states of more of a segment's trials on its GPU."""
        if not segment.before:
            return True
        homes = [self._home_of.get(trial.trial_id) for trial in segment.trials]
        counts = Counter(home for home in homes if home in self._workers)
        return not counts or counts[worker] == max(counts.values())

    def _listen(self, work: "_Work") -> None:
        """Wait until a worker speaks, dies or is late."""
        before, deadline = awake(), min((t.deadline for t in work.tasks.values()), default=inf)
        # No longer than a beat: what passes while a worker is stopped is to be seen.
        timeout = None if deadline == inf else min(BEAT, max(0.0, deadline - before))
        heard = wait([worker.pipe for worker in self._workers], timeout)
        if timeout is not None:
            work.wait_for_stopped(awake() - before)
        for worker in [worker for worker in self._workers if worker.pipe in heard]:
            try:
                answer: Answer = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker, work)
            else:
                self._heed(worker, answer, work)

    def _heed(self, worker: Worker, answer: Answer, work: "_Work") -> None:
        match answer:
            case Ready(process):
                self._ready.add(worker)
                work.processes[worker] = process
                work.failed_starts = 0
            case Underway():
                work.on_underway(work.tasks[worker].turn.segment, answer)
            case Attempt(trouble=str(trouble)):
                _log.debug("A worker met a trouble.\n%s", answer.traceback)
                self._bury(worker, work, trouble)
            case Attempt():
                if answer.traceback:
                    _log.warning("Training failed.\n%s", answer.traceback)
                segment = work.tasks.pop(worker).turn.segment
                if self._cards is not None:
                    self._home_of.update((trial.trial_id, worker) for trial in segment.trials)
                work.waiting.finish(segment, answer.progress)
            case Fatal(error=GpuError() as error) if self._cards is not None:
                self._bury(worker, work, error.problem)
            case Fatal():
                _log.debug("A worker gave up.\n%s", answer.traceback)
                raise answer.error

    def _bury(self, worker: Worker, work: "_Work", said: str = "") -> None:
        """End a worker that died, or said that it can do no more; its segment waits again."""
        was_ready = worker in self._ready
        [ended] = self._end(worker)
        how = said or ended
        _log.warning("A worker died (%s).", how)
        if worker in work.tasks:
            turn = work.tasks.pop(worker).turn
            if not work.put_back(turn):
                if self._cards is not None:
                    raise self._of_the_gpu(worker, how, turn.segment)
                how = f"{how if said else f'worker ended by {ended}'} three times"
                raise stopped(turn.segment, how)
        elif not was_ready:
            self._count_failed_start(worker, work, how)

    def _of_the_gpu(self, worker: Worker, how: str, segment: Segment | None = None) -> MachineError:
        name, looks = self._card_of[worker].name, "see what `nvidia-smi` and the system's log say"
        if segment is not None:
            return stopped(segment, f"failed three times ({how})", where=name, remedy=looks)
        remedy = f"{looks}, then run the same command again"
        return MachineError(name, f"failed three times before training ({how})", remedy=remedy)

    def _count_failed_start(self, worker: Worker, work: "_Work", how: str) -> None:
        work.failed_starts += 1
        if work.failed_starts == _DEATHS:
            if self._cards is not None:
                raise self._of_the_gpu(worker, how)
            raise MachineError(
                "workers",
                f"{_DEATHS} died ({how}) before they were set up",
                given=self._size,
                remedy="look for free memory, or ask for fewer workers",
            )

    def _end_late(self, work: "_Work") -> None:
        for worker in work.late():
            reason = f"no result within {self._trial_seconds:g} seconds per trial"
            if self._cards is not None and _trials(work.tasks[worker].turn.segment) > 1:
                self._bury(worker, work, reason)  # nobody knows whose fault it is
                continue
            self._end(worker)
            _log.warning("A worker was killed: %s.", reason)
            segment = work.tasks.pop(worker).turn.segment
            work.waiting.finish(segment, failed(segment, reason))


def _trials(segment: Segment) -> int:
    """Return how many trials may have to be trained: those of the segments before, too."""
    return len(segment.trials) + sum(map(_trials, segment.before))


@dataclass(slots=True)
class _Task:
    """What a worker is at, and when it must be done, by ``awake``."""

    turn: Turn
    deadline: float


class _Work:
    """One run: the segments that wait and those that workers are at."""

    def __init__(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway
    ) -> None:
        self.waiting = Waiting(segments, on_done)
        self.tasks: dict[Worker, _Task] = {}
        self.processes: dict[Worker, int] = {}
        self.failed_starts = 0  # since a worker last became ready
        self.on_underway = on_underway
        self._deaths: Counter[int] = Counter()  # by the number of a turn

    @property
    def unfinished(self) -> int:
        return len(self.waiting) + len(self.tasks)

    def late(self) -> list[Worker]:
        """Return the workers whose time is over and who have not answered."""
        now = awake()
        over = [worker for worker, task in self.tasks.items() if task.deadline <= now]
        return [worker for worker in over if not worker.pipe.poll()]

    def wait_for_stopped(self, seconds: float) -> None:
        """Let the last seconds not count of those whose process is stopped, but not this one."""
        for worker, task in self.tasks.items():
            if _is_stopped(self.processes.get(worker)):
                task.deadline += seconds

    def put_back(self, turn: Turn) -> bool:
        """Let a segment whose worker died be the next to run; refuse it after the third."""
        self._deaths[turn.number] += 1
        if again := self._deaths[turn.number] < _DEATHS:
            self.waiting.put_back(turn)
        return again


def _is_stopped(process: int | None) -> bool:
    """Whether a process is stopped, by a signal or a debugger; where no /proc tells, it is not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in ("T", "t")
