"""What runs in a worker process: segments come in and answers go out, over one pipe."""

import os
from dataclasses import dataclass
from traceback import format_exc
from typing import Any

from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.child import MessagePipe, Messages
from fashion_bench.execution.executor import Attempt, Train, attempt, set_up
from fashion_bench.faults import reached
from fashion_bench.records import Segment, Tell, Underway


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker, a process of this id, is set up and waits for a segment."""

    process: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fatal:
    """What went wrong concerns every segment.

    Attributes:
        error: what to raise in the driver.
        traceback: where it was raised here, as text.
    """

    error: Exception
    traceback: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The reply to a question that is no segment; see ``Asking``."""

    reply: object


Answer = Ready | Underway | Attempt | Replied | Fatal


def main(pipe: MessagePipe, messages: Messages) -> None:
    """Set up once, then answer each segment that comes; ends when the driver does.

    Args:
        pipe: for the answers.
        messages: first comes a ``MakeTrain``, then segments; or what ``Asking`` sends.
    """
    try:
        train = set_up(messages.get())
    except Exception as error:
        pipe.send(_fatal(error))
        return
    reached("worker-ready")
    pipe.send(Ready(os.getpid()))
    while True:
        pipe.send(_answer(train, messages.get(), pipe.send))


def _answer(made: Any, asked: object, tell: Tell) -> Attempt | Replied | Fatal:  # noqa: ANN401
    try:
        if isinstance(asked, Segment):
            train: Train = made
            return attempt(train, asked, tell)
        return Replied(made(asked))
    except Exception as error:
        return _fatal(error)


def _fatal(error: Exception) -> Fatal:
    if not isinstance(error, FashionBenchError):  # it may not survive the journey
        error = RuntimeError(f"A worker could not go on.\n{format_exc()}")
    return Fatal(error=error, traceback=format_exc())
