"""What the arms of a study may be expected to reach, and what that rests on: no verdict."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType

from fashion_bench.analysis.expected_best import ExpectedBest, expected_best
from fashion_bench.analysis.value import counted_value
from fashion_bench.records import StudyRecord, TrialRecord

__all__ = ["Expectation", "dependence", "expectations", "is_listed"]

# Why the trials of a sampler are not drawn independently from one distribution; random's are.
_SAMPLERS = MappingProxyType(
    {
        "tpe": "the sampler tpe learns from earlier trials",
        "gp": "the sampler gp learns from earlier trials",
        "qmc": "the sampler qmc spreads trials evenly",
        "grid": "a grid lists its trials",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The expected best value of one arm.

    Attributes:
        arm: its name.
        best: by number of trials, fractions 0-1; of no number where no trial has a value.
    """

    arm: str
    best: ExpectedBest


def expectations(study: StudyRecord) -> tuple[Expectation, ...]:
    """Return what to expect of each arm, in the study's order, of values as they are counted."""
    return tuple(
        Expectation(arm=arm, best=expected_best(_values(study.of_arm(arm)))) for arm in study.arms
    )


def dependence(study: StudyRecord) -> tuple[str, ...]:
    """Return why its trials are not independent draws from one distribution, if they are not."""
    return tuple(_reasons(study))


def is_listed(study: StudyRecord) -> bool:
    """Tell whether a study lists its trials, as one that confirms others does."""
    return "seeds" in study.spec


def _values(trials: Iterable[TrialRecord]) -> list[float]:
    values = [value for trial in trials if (value := counted_value(trial)) is not None]
    # What is left after dropping one that is not finite would flatter the arm.
    return values if all(map(isfinite, values)) else []


def _reasons(study: StudyRecord) -> Iterator[str]:
    if is_listed(study):
        yield "its trials are listed"
        return
    search = study.spec.get("search", {})
    if (sampler := search.get("sampler")) in _SAMPLERS:
        yield _SAMPLERS[sampler]
    if (pruner := search.get("pruner", "none")) != "none":
        yield f"the pruner {pruner} stops trials early"
    if enqueued := len(study.spec.get("enqueue", ())):
        yield f"configurations were enqueued ({enqueued})"
