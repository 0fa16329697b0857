"""One try at a segment: what fails in a trial is data, what fails for all is raised."""

from dataclasses import dataclass
from traceback import format_exc

from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.executor import Train
from fashion_bench.records import Progress, Segment

__all__ = ["Attempt", "attempt", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one try.

    Attributes:
        progress: of each trial of the segment, in order.
        traceback: of the exception that ended the training, as text; ``None`` without one.
    """

    progress: tuple[Progress, ...]
    traceback: str | None = None


def attempt(train: Train, segment: Segment) -> Attempt:
    """Train a segment; an exception becomes the reason why its trials have no result.

    Raises:
        FashionBenchError: as the training raised it.
    """
    try:
        return Attempt(progress=train(segment))
    except FashionBenchError:
        raise
    except Exception as error:
        return Attempt(progress=failed(segment, _sentence(error)), traceback=format_exc())


def failed(segment: Segment, reason: str) -> tuple[Progress, ...]:
    """Return the progress of trials that have no result."""
    return tuple(
        Progress(trial_id=trial.trial_id, history=(), failure=reason) for trial in segment.trials
    )


def _sentence(error: Exception) -> str:
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
