"""Promotion: each arm's best configurations, confirmed on fresh seeds, and what is told of them.

The best of many single values is high partly by luck; what it has on seeds that took no part in
the choice is not.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from math import sqrt
from statistics import NormalDist, fmean, stdev, variance

from fashion_bench.analysis.metric import Metric, chance_of, imputed_value
from fashion_bench.analysis.power import POWER, PairsNeeded, pairs_for_superiority, pairs_needed
from fashion_bench.analysis.text import number
from fashion_bench.config import ParamValue
from fashion_bench.errors import StudyError
from fashion_bench.records import Outcome, StudyRecord, TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A configuration that a search found.

    Attributes:
        arm: which arm it is of.
        number: of its first complete trial.
        params: what was set.
        value: the mean, over its complete and diverged trials, of their values with chance
            imputed (see ``imputed_value``).
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
        values: by seed, with chance imputed; a failed trial has none.
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


def leaders(
    study: StudyRecord, candidates: Mapping[str, Sequence[Candidate]]
) -> dict[str, tuple[Confirmation, ...]]:
    """Return each arm's first by the search, on the fresh seeds of the study's own confirmation.

    Nothing is chosen by what those came to.

    Raises:
        StudyError: the confirmation has not ended, or an arm's first has no result in it.
    """
    confirm = study.confirm
    if confirm is None or len(confirm.trials) < confirm.planned:
        remedy = "run the study on to its end"
        raise StudyError(study.name, "is not confirmed yet", remedy=remedy)
    found: dict[str, tuple[Confirmation, ...]] = {}
    for arm, (first, *_) in candidates.items():
        trials = [t for t in confirm.of_arm(arm) if dict(t.params) == dict(first.params)]
        led = _confirmation(first, trials, chance_of(study))
        if not led.values:
            remedy = f"see why with `fashion-bench study show {confirm.name}`"
            raise StudyError(study.name, f"has no result of {first.name}", remedy=remedy)
        found[arm] = (led,)
    return found


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
    candidates = [
        candidate
        for trials in replicates.values()
        for candidate in _candidate(trials, chance_of(study))
    ]
    if not candidates:
        raise StudyError(
            study.name,
            f"has no complete trial in arm {arm}",
            remedy="raise its [budget] and run it on, or ask another question",
        )
    return sorted(candidates, key=lambda candidate: (-candidate.value, candidate.number))


def _candidate(replicates: Sequence[TrialRecord], chance: float) -> Iterator[Candidate]:
    """Pool the trials of one configuration, if one of them is complete."""
    ended = [t for t in replicates if t.outcome in (Outcome.COMPLETE, Outcome.DIVERGED)]
    first = next((trial for trial in ended if trial.outcome is Outcome.COMPLETE), None)
    values = Metric.VALID_ACCURACY.values(ended, chance)
    if first is not None and values:
        yield Candidate(
            arm=first.arm,
            number=first.number,
            params=first.params,
            value=fmean(values),
            trials=len(values),
        )


def _ranked(trained: StudyRecord, arm: str, candidates: Sequence[Candidate]) -> list[Confirmation]:
    chance = chance_of(trained)
    found = [_confirmation(one, trained.of_arm(one.name), chance) for one in candidates]
    with_value = [one for one in found if one.values]
    if not with_value:
        raise StudyError(
            trained.name,
            f"has no result for any candidate of arm {arm}",
            remedy=f"see why with `fashion-bench study show {trained.name}`",
        )
    return sorted(with_value, key=lambda one: -one.mean)


def _confirmation(
    candidate: Candidate, trials: Sequence[TrialRecord], chance: float
) -> Confirmation:
    pairs = ((trial.config.seed, imputed_value(trial, chance)) for trial in trials)
    values = {seed: value for seed, value in pairs if value is not None}
    complete = all(trial.outcome is Outcome.COMPLETE for trial in trials)
    return Confirmation(candidate=candidate, values=values, complete=complete)


def _differences(a: Confirmation, b: Confirmation) -> list[float]:
    return [a.values[seed] - b.values[seed] for seed in a.values if seed in b.values]


# What a promotion tells --------------------------------------------------------------------------


def winner_lines(
    candidates: Mapping[str, Sequence[Candidate]], found: Mapping[str, Sequence[Confirmation]]
) -> Iterator[str]:
    """Tell of each arm how optimistic its search was, and what is promoted.

    Args:
        candidates: arm by arm, the search's best first.
        found: the same on fresh seeds, the best first.
    """
    for arm, (leader, *_) in candidates.items():
        best = found[arm][0]
        if best.values:
            yield f"{arm}: {leader.name} led the search with {_held(leader, found[arm])}"
            yield f"{arm}: promoted {best.candidate.name}, {_mean_sd(best)}"
        else:
            yield (
                f"{arm}: promoted {leader.name}, {number(leader.value)} in the search; the best "
                "of many, unconfirmed, is optimistic"
            )


def pairs_lines(
    found: Mapping[str, Sequence[Confirmation]], points: float, measured: int
) -> Iterator[str]:
    """Tell how many pairs find a difference of so many percentage points, or that it is less.

    Where the file has fewer seeds to measure on, how to have as many is told. Arms are held against
    the first, as differences on the same seed. Nothing is told of two that share fewer than two
    seeds.
    """
    (first, of_first), *others = found.items()
    for arm, of_arm in others:
        sd = paired_sd(of_arm, of_first)
        if sd is not None:
            seeds = len(of_arm[0].values.keys() & of_first[0].values.keys())
            needed = pairs_needed(points / 100, sd, power=POWER)
            yield (
                f"{arm} against {first}: to find a difference of {points:g} points with "
                f"{100 * POWER:g} % power takes {_pairs(needed, points / 100, sd)}; that rests on "
                f"an sd of {_points(sd)}, a guess from {seeds} seeds"
                f"{_fewer(needed.difference, measured)}"
            )


def _fewer(needed: int | None, measured: int) -> str:
    if needed is None or needed <= measured:
        return ""
    return f"; the file has {measured} seeds: `--measure {needed}` writes as many"


def remark(study: StudyRecord, best: Confirmation) -> str:
    """Return where an arm's values in the experiment are from."""
    held = _mean_sd(best) if best.values else f"{number(best.candidate.value)} in the search"
    return f"{study.name}.{best.candidate.name}, {held}"


def confirmation_comment(study: StudyRecord) -> tuple[str, ...]:
    """Return what the file of a confirmation opens with."""
    return (
        f"Which of the best configurations of the study {study.name} hold on fresh seeds?",
        "Of each arm the one with the best mean validation accuracy is promoted. Made and run by "
        "`fashion-bench study promote`: the test images stay closed.",
    )


def experiment_comment(study: StudyRecord, seeds: int) -> tuple[str, ...]:
    """Return what the file of the experiment opens with.

    Args:
        study: from which its arms come.
        seeds: fresh seeds that they were chosen on; 0 for none.
    """
    chosen = f"mean validation accuracy over {seeds} fresh seeds" if seeds else "validation value"
    settled = (
        "An arm is ahead if the interval of its paired difference over the seeds below leaves out "
        "0; short of that the question is open."
        if len(study.arms) > 1
        else "The answer is its mean over the seeds below, as far as their spread lets it be told."
    )
    return (
        study.question,
        f"{settled} Promoted from the study {study.name}: of each arm the configuration with the "
        f"best {chosen}.",
    )


def _held(leader: Candidate, found: Sequence[Confirmation]) -> str:
    searched = number(leader.value)
    led = next((one for one in found if one.candidate is leader), None)
    if led is None:
        return f"{searched}; on fresh seeds it has no result"
    return (
        f"{searched}; on {len(led.values)} fresh seeds it has {number(led.mean)} "
        f"({_optimism(led.optimism)})"
    )


def _optimism(by: float) -> str:
    how = "under" if by < 0 else "over"
    return f"the search had {how}estimated it by {_points(abs(by))}"


def _mean_sd(found: Confirmation) -> str:
    values = list(found.values.values())
    spread = f" ± {number(stdev(values))}" if len(values) > 1 else ""
    return f"{number(found.mean)}{spread} on fresh seeds (n = {len(values)})"


def _pairs(needed: PairsNeeded, difference: float, sd: float) -> str:
    above = NormalDist().cdf(difference / sd) if sd else 1.0
    by_sign = pairs_for_superiority(above, power=POWER)
    return (
        f"{_count(needed.difference)} pairs (paired t test) or {_count(by_sign)} (sign test); to "
        f"say that it is less, where there is none, {_count(needed.same)} (two one-sided t tests)"
    )


def _count(pairs: int | None) -> str:
    return "too many" if pairs is None else f"{pairs:,}"


def _points(fraction: float) -> str:
    return f"{100 * fraction:.2f} points"
