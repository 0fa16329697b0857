"""Ask another process: whatever ends it is an answer, and its memory is free afterwards."""

import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from fashion_bench.clock import BEAT, awake
from fashion_bench.errors import FashionBenchError, GpuError
from fashion_bench.execution.forkserver import ForkServer, Worker
from fashion_bench.execution.worker import Fatal, Ready, Replied

Question = TypeVar("Question")
Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended in place of an answer.

    Attributes:
        how: it did, or what ended it, as a few words.
    """

    how: str


class Asking(Generic[Question, Reply]):
    """A process that answers questions: started when first asked, and anew when one has ended it.

    Args:
        make: called once in it, to set up; returns what answers. It travels pickled.
        environment: what it has in its environment besides ours.
        server: what it is forked from, which goes on after ``close``; by default one of its own.
    """

    def __init__(
        self,
        make: Callable[[], Callable[[Question], Reply]],
        environment: Mapping[str, str] = {},
        server: ForkServer | None = None,
    ) -> None:
        self._make, self._environment = pickle.dumps(make), environment
        self._owns = server is None
        self._server = ForkServer() if server is None else server
        self._worker: Worker | None = None

    def begin(self) -> Worker:
        """Let it set up; nobody waits for that."""
        if self._worker is None:
            self._worker = self._server.start(self._environment)
            with suppress(OSError):  # dead already, as who asks will find
                self._worker.pipe.send_bytes(self._make)
        return self._worker

    def __call__(self, question: Question, seconds: float) -> Reply | Ended:
        """Return the answer, or how the process ended; it has so many seconds, setting up included.

        Raises:
            FashionBenchError: as the process raised it, but for an error of its GPU.
        """
        pipe, deadline = self.begin().pipe, awake() + seconds
        try:
            with suppress(OSError):
                pipe.send(question)
            while (left := deadline - awake()) > 0:
                if not pipe.poll(min(BEAT, left)):  # a poll takes no more than some weeks
                    continue
                match pipe.recv():
                    case Ready():
                        continue
                    case Replied(reply):
                        return cast("Reply", reply)
                    case Fatal(error=error):
                        self.end()
                        if isinstance(error, GpuError):
                            return Ended(error.problem)
                        if not isinstance(error, FashionBenchError):
                            return Ended(str(error).strip().rpartition("\n")[2][:200])
                        raise error
        except (EOFError, OSError):
            return Ended(self.end())
        self.end()
        return Ended(f"no answer within {seconds:g} seconds")

    def end(self) -> str:
        """End the process, and return how it ended; the next question gets another."""
        worker, self._worker = self._worker, None
        return "" if worker is None else self._server.end(worker)[0]

    def close(self) -> None:
        """End it, and what it came from."""
        self.end()
        if self._owns:
            self._server.close()
