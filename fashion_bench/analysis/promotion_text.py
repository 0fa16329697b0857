"""What a promotion tells: on the terminal, and in the files it writes."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist, stdev

from fashion_bench.analysis.power import pairs_for_difference, pairs_for_superiority
from fashion_bench.analysis.promotion import Candidate, Confirmation, paired_sd
from fashion_bench.analysis.text import number
from fashion_bench.records import StudyRecord

__all__ = ["confirmation_comment", "experiment_comment", "pairs_lines", "remark", "winner_lines"]

POWER = 0.8  # the custom of the field


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


def pairs_lines(found: Mapping[str, Sequence[Confirmation]], points: float) -> Iterator[str]:
    """Tell how many pairs find a difference of so many percentage points, arm by arm.

    Arms are held against the first, as differences on the same seed. Nothing is told of two that
    share fewer than two seeds.
    """
    (first, of_first), *others = found.items()
    for arm, of_arm in others:
        sd = paired_sd(of_arm, of_first)
        if sd is not None:
            seeds = len(of_arm[0].values.keys() & of_first[0].values.keys())
            yield (
                f"{arm} against {first}: to find a difference of {points:g} points with "
                f"{100 * POWER:g} % power takes {_pairs(points / 100, sd)}; that rests on an sd "
                f"of {_points(sd)}, a guess from {seeds} seeds"
            )


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
        f"(optimism of the search: {_points(led.optimism)})"
    )


def _mean_sd(found: Confirmation) -> str:
    values = list(found.values.values())
    spread = f" ± {number(stdev(values))}" if len(values) > 1 else ""
    return f"{number(found.mean)}{spread} on fresh seeds (n = {len(values)})"


def _pairs(difference: float, sd: float) -> str:
    by_t = pairs_for_difference(difference, sd, power=POWER)
    above = NormalDist().cdf(difference / sd) if sd else 1.0
    by_sign = pairs_for_superiority(above, power=POWER)
    return f"{_count(by_t)} pairs (paired t test) or {_count(by_sign)} (sign test)"


def _count(pairs: int | None) -> str:
    return "endless" if pairs is None else f"{pairs:,}"


def _points(fraction: float) -> str:
    return f"{100 * fraction:.2f} points"
