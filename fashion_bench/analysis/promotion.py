"""What is worth measuring: each arm's best configurations, and which of them fresh seeds confirm.

The best of many single values is high partly by luck; what it has on seeds that took no part in
the choice is not.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from math import sqrt
from statistics import fmean, variance

from fashion_bench.analysis.value import counted_value
from fashion_bench.errors import StudyError
from fashion_bench.records import Outcome, ParamValue, StudyRecord, TrialRecord

__all__ = [
    "Candidate",
    "Confirmation",
    "choose_candidates",
    "confirm",
    "fresh_seeds",
    "paired_sd",
    "unconfirmed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A configuration that a search found.

    Attributes:
        arm: which arm it is of.
        number: of its first complete trial.
        params: what was set.
        value: the mean, over its complete and diverged trials, of their values as they are
            counted (see ``counted_value``).
        trials: how many those are.
    """

    arm: str
    number: int
    params: Mapping[str, ParamValue]
    value: float
    trials: int

    @property
    def name(self) -> str:
        """What it is called when it is trained again: ``<arm>-<number>``."""
        return f"{self.arm}-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A candidate on fresh seeds.

    Attributes:
        candidate: which.
        values: by seed, as they are counted; a failed trial has none.
        complete: whether every trial was trained for all its epochs.
    """

    candidate: Candidate
    values: Mapping[int, float] = field(default_factory=dict)
    complete: bool = False

    @property
    def mean(self) -> float:
        """The mean of its values."""
        return fmean(self.values.values())

    @property
    def optimism(self) -> float:
        """By how much the search promised more."""
        return self.candidate.value - self.mean


def choose_candidates(study: StudyRecord, top: int) -> dict[str, tuple[Candidate, ...]]:
    """Return each arm's best configurations, the best first, the earlier of equals.

    Args:
        study: whose trials are looked at.
        top: how many of an arm, at most.

    Raises:
        StudyError: an arm has no complete trial.
    """
    return {arm: tuple(_best(study, arm)[:top]) for arm in study.arms}


def unconfirmed(
    candidates: Mapping[str, Sequence[Candidate]],
) -> dict[str, tuple[Confirmation, ...]]:
    """Return each arm's candidates as the search left them: without a fresh seed."""
    return {
        arm: tuple(Confirmation(candidate=one) for one in of_arm)
        for arm, of_arm in candidates.items()
    }


def confirm(
    trained: StudyRecord, candidates: Mapping[str, Sequence[Candidate]]
) -> dict[str, tuple[Confirmation, ...]]:
    """Return each arm's candidates on fresh seeds, the best mean first.

    Args:
        trained: has an arm for each candidate, of its name.
        candidates: arm by arm, the search's best first.

    Raises:
        StudyError: none of an arm's candidates has a value.
    """
    return {arm: tuple(_ranked(trained, arm, of_arm)) for arm, of_arm in candidates.items()}


def fresh_seeds(used: Collection[int], number: int) -> tuple[int, ...]:
    """Return the first whole numbers from 1 on that are not used."""
    unused = (seed for seed in count(1) if seed not in used)
    return tuple(next(unused) for _ in range(number))


def paired_sd(first: Sequence[Confirmation], second: Sequence[Confirmation]) -> float | None:
    """Return the standard deviation of the difference between two arms on one seed.

    It is pooled over all pairs of their candidates: from three seeds of one pair it would be next
    to nothing. Candidates that did not complete have a spread of another kind and stay out.
    ``None`` without two seeds that both arms have.
    """
    variances = [
        variance(differences)
        for a, b in product(first, second)
        if a.complete and b.complete and len(differences := _differences(a, b)) > 1
    ]
    return sqrt(fmean(variances)) if variances else None


def _best(study: StudyRecord, arm: str) -> list[Candidate]:
    replicates: dict[tuple[object, ...], list[TrialRecord]] = {}
    for trial in study.of_arm(arm):
        replicates.setdefault(tuple(trial.params.items()), []).append(trial)
    candidates = [candidate for trials in replicates.values() for candidate in _candidate(trials)]
    if not candidates:
        raise StudyError(
            study.name,
            f"has no complete trial in arm {arm}",
            remedy="raise its [budget] and run it on, or ask another question",
        )
    return sorted(candidates, key=lambda candidate: (-candidate.value, candidate.number))


def _candidate(replicates: Sequence[TrialRecord]) -> Iterator[Candidate]:
    """Pool the trials of one configuration, if one of them is complete."""
    ended = [t for t in replicates if t.outcome in (Outcome.COMPLETE, Outcome.DIVERGED)]
    first = next((trial for trial in ended if trial.outcome is Outcome.COMPLETE), None)
    values = [value for trial in ended if (value := counted_value(trial)) is not None]
    if first is not None and values:
        yield Candidate(
            arm=first.arm,
            number=first.number,
            params=first.params,
            value=fmean(values),
            trials=len(values),
        )


def _ranked(trained: StudyRecord, arm: str, candidates: Sequence[Candidate]) -> list[Confirmation]:
    found = [_confirmation(candidate, trained.of_arm(candidate.name)) for candidate in candidates]
    with_value = [one for one in found if one.values]
    if not with_value:
        raise StudyError(
            trained.name,
            f"has no result for any candidate of arm {arm}",
            remedy=f"see why with `fashion-bench study show {trained.name}`",
        )
    return sorted(with_value, key=lambda one: -one.mean)


def _confirmation(candidate: Candidate, trials: Sequence[TrialRecord]) -> Confirmation:
    return Confirmation(
        candidate=candidate,
        values={
            trial.config.seed: value
            for trial in trials
            if (value := counted_value(trial)) is not None
        },
        complete=all(trial.outcome is Outcome.COMPLETE for trial in trials),
    )


def _differences(a: Confirmation, b: Confirmation) -> list[float]:
    return [a.values[seed] - b.values[seed] for seed in a.values if seed in b.values]
