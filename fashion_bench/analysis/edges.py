"""Best values at the end of what was searched: the range, not the network, may have set them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import Any, Literal

from fashion_bench.analysis.compare import best_trial
from fashion_bench.records import ParamValue, StudyRecord

__all__ = ["Edge", "edges"]

NEAR = 0.02  # of the range; of its logarithm where it spans orders of magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A tuned parameter whose value in an arm's best trial is at an end of its range.

    Attributes:
        arm: the arm.
        param: the parameter.
        value: its value in the best trial.
        end: which end that is.
        low: the range's lower end.
        high: its upper end.
    """

    arm: str
    param: str
    value: float
    end: Literal["lower", "upper"]
    low: float
    high: float


def edges(study: StudyRecord) -> tuple[Edge, ...]:
    """Return every such parameter, arm by arm.

    A list of numbers counts as the range from its least to its greatest, if it has more than
    these two. 0 is no end: no parameter goes below it.
    """
    return tuple(edge for arm in study.arms for edge in _edges_of(study, arm))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    low: float
    high: float
    log: bool

    def end(self, value: float) -> Literal["lower", "upper"] | None:
        low, here, high = (log(x) if self.log else x for x in (self.low, value, self.high))
        place = (here - low) / (high - low)
        if place <= NEAR and self.low > 0:
            return "lower"
        return "upper" if place >= 1 - NEAR else None


def _edges_of(study: StudyRecord, arm: str) -> Iterator[Edge]:
    best = best_trial(study.of_arm(arm))
    for name, span in _ranges(study.spec, arm).items():
        value = None if best is None else best.params.get(name)
        if isinstance(value, float | int) and (end := span.end(value)) is not None:
            yield Edge(arm=arm, param=name, value=value, end=end, low=span.low, high=span.high)


def _ranges(spec: Mapping[str, Any], arm: str) -> dict[str, _Range]:
    written = {**spec.get("nuisance", {}), **spec.get("arms", {}).get(arm, {})}
    read = {name: _range(given) for name, given in written.items()}
    return {name: span for name, span in read.items() if span is not None}


def _range(written: Mapping[str, Any] | list[ParamValue] | ParamValue) -> _Range | None:
    if isinstance(written, Mapping):
        return _Range(low=written["low"], high=written["high"], log=written["log"])
    if not isinstance(written, list) or any(isinstance(value, str) for value in written):
        return None
    numbers = [float(value) for value in written]
    low, high = min(numbers), max(numbers)
    return _Range(low=low, high=high, log=low > 0) if len(numbers) > 2 else None
