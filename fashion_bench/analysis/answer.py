"""The answer of a comparison in one sentence, for those who read nothing else."""

from collections.abc import Iterable, Sequence
from itertools import count
from math import isfinite

from fashion_bench.analysis.comparison import Comparison, is_over
from fashion_bench.analysis.foreseen import MIN_PAIRS
from fashion_bench.analysis.interval import Interval, critical_t
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import SETTLED, Design, PairedComparison, Verdict
from fashion_bench.analysis.sources import where_from
from fashion_bench.analysis.text import NONE, number
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

ALPHA = 0.05
MOST_TOLD = 3  # settled pairs of arms; of more, a table tells


def answer(study: StudyRecord, comparisons: Sequence[Comparison]) -> str:
    """Return what an experiment says of its arms, in its primary metric."""
    if problem := _unanswerable(study):
        return problem
    if study.plan.sources is not None:
        return where_from(study)
    return verdict(study, comparisons)


def verdict(study: StudyRecord, comparisons: Sequence[Comparison]) -> str:
    """Return what comparisons of some of its arms come to, in the primary metric."""
    deciding = [one for one in comparisons if one.primary]
    return _of_pair(deciding[0]) if len(deciding) == 1 else _of_pairs(study, deciding)


def no_verdict(study: StudyRecord) -> str:
    """Return what a study says of its arms: how to measure them."""
    if not study.trials:
        return f"Cannot tell: no trial of {study.name} has finished."
    return f"{_ahead(study)}, which may be luck. {_how_to_measure(study)}"


def _ahead(study: StudyRecord) -> str:
    """Return which arm's best complete trial is ahead, and by how much.

    Those that a rung stopped have values of other epochs (decision 40).
    """
    found = {arm: _values(study.of_arm(arm)) for arm in study.arms}
    best = {arm: max(values) for arm, values in found.items() if values}
    if not best:
        return "No trial is complete with a value"
    first, *others = sorted(best, key=lambda arm: -best[arm])
    of = f"best of {_trials(len(found[first]))}"
    if not others:
        return f"Best so far: {number(best[first])} in {first} ({of})"
    second = others[0]
    alike = len(found[first]) == len(found[second])
    n = f"{of} each" if alike else f"{of} and of {_trials(len(found[second]))}"
    if best[first] == best[second]:
        return f"Level so far: {first} and {second} with {number(best[first])} ({n})"
    lead = Metric.VALID_ACCURACY.with_unit(best[first] - best[second])
    return f"Ahead so far: {first} with {number(best[first])}, {lead} over {second} ({n})"


def _values(trials: Iterable[TrialRecord]) -> list[float]:
    complete = (trial.value for trial in trials if trial.outcome is Outcome.COMPLETE)
    return [value for value in complete if value is not None and isfinite(value)]


def _trials(n: int) -> str:
    return "1 complete trial" if n == 1 else f"{n:,} complete trials"


def _how_to_measure(study: StudyRecord) -> str:
    complete = {trial.arm for trial in study.trials if trial.outcome is Outcome.COMPLETE}
    without = [arm for arm in study.arms if arm not in complete]
    if without:
        return f"It cannot be settled yet: no trial of {', '.join(without)} is complete."
    if study.plan.listed:
        return "To settle it: `fashion-bench study promote`, of the study it confirms."
    return f"To settle it: `fashion-bench study promote {study.name}`."


def _unanswerable(study: StudyRecord) -> str | None:
    finished, name = len(study.trials), study.name
    if len(study.arms) < 2 and study.plan.sources is None:
        return f"Nothing to compare: {name} has one arm, {study.arms[0]}."
    if not finished:
        return f"Cannot tell: no trial of {name} has finished."
    if not is_over(study):
        known = f"{finished} of {study.planned} trials of {name} have finished"
        if study.plan.look is None:
            return f"Cannot tell yet: {known}, and the test images are opened after the last."
        return (
            f"Not settled yet: {finished} of at most {study.planned} trials of {name} have "
            "finished, and the test images are opened after the look that settles it, or the last."
        )
    if any(trial.tests for trial in study.trials):
        return None
    return f"Cannot tell: no trial of {name} has been measured on the test images."


# Pairs of arms -----------------------------------------------------------------------------------


def _of_pair(one: Comparison) -> str:
    cannot = f"Cannot tell whether {one.a} is better than {one.b} in {one.metric.words}"
    if lacking := _lacking([one]):
        return f"{cannot}: {lacking}."
    told = _settled(one) or f"{cannot}: {_unclear(one)}"
    return f"{told[0].upper() if _verdict(one) is Verdict.SAME else told[0]}{told[1:]}."


def _of_pairs(study: StudyRecord, comparisons: Sequence[Comparison]) -> str:
    metric = comparisons[0].metric.words
    cannot = f"Cannot tell any two of the {len(study.arms)} arms apart in {metric}"
    if comparisons[0].pairs == "survey points":  # of a survey each is held against the first
        others = f"any of the {len(comparisons)} other arms"
        cannot = f"Cannot tell {others} from {comparisons[0].b} in {metric}"
    if lacking := _lacking(comparisons):
        return f"{cannot}: {lacking}."
    settled = [told for one in comparisons if (told := _settled(one)) is not None]
    if not settled:
        return f"{cannot}: {_correction(comparisons)}, no difference is settled."
    verb = "are settled" if any(_verdict(one) is Verdict.SAME for one in comparisons) else "differ"
    told = f"{len(settled)} of {len(comparisons)} pairs of arms {verb} in {metric}"
    if max(len(settled), len(comparisons) if study.plan.margin else 0) > MOST_TOLD:
        return f"{told}: see the table."
    open_ones = [f"cannot tell {one.a} from {one.b}: {_unclear(one)}" for one in _open(comparisons)]
    return f"{told}: {'; '.join([*settled, *(open_ones if study.plan.margin else [])])}."


def _open(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return those that are not settled, though they have values."""
    return [one for one in comparisons if one.statistics and _verdict(one) not in SETTLED]


def _correction(comparisons: Sequence[Comparison]) -> str:
    if _design(comparisons) is Design.ANYTIME:
        return f"corrected for {len(comparisons)} pairs"
    return f"corrected for {sum(one.statistics is not None for one in comparisons)} pairs (max-T)"


def _design(comparisons: Sequence[Comparison]) -> Design | None:
    return next((one.statistics.design for one in comparisons if one.statistics), None)


def _verdict(one: Comparison) -> Verdict | None:
    return None if one.statistics is None else one.statistics.verdict


def _lacking(comparisons: Sequence[Comparison]) -> str | None:
    """Return what is lacking to tell any of these pairs of arms apart."""
    found = [one.statistics for one in comparisons if one.statistics is not None]
    if not any(one.seeds for one in comparisons):
        return f"no {comparisons[0].pairs[:-1]} has a value in both"
    if not found:
        return next(one.problem for one in comparisons if one.seeds)
    if any(statistics.verdict is not Verdict.TOO_FEW for statistics in found):
        return None
    pairs, needed = max(one.n for one in found), MIN_PAIRS
    if _design(comparisons) is Design.ANYTIME:
        level = 1 - ALPHA / len(comparisons)
        needed = next(n for n in count(MIN_PAIRS) if critical_t(n, level=level))
    return f"{pairs} pairs of {comparisons[0].pairs} are too few, a verdict takes {needed}"


def _settled(one: Comparison) -> str | None:
    """Return the verdict on a pair of arms; ``None`` where nobody can tell."""
    found = one.statistics
    if found is None or found.verdict not in SETTLED:
        return None
    if found.verdict is Verdict.SAME:
        return _same(one, found)
    assert found.mean is not None
    assert found.adjusted_interval is not None
    sign = 1 if found.mean > 0 else -1
    return (
        f"{one.a} is {found.verdict} than {one.b} by {one.metric.with_unit(sign * found.mean)} "
        f"of {one.metric.words} "
        f"({_of_design(found, corrected=True)}"
        f"{_interval(one.metric, found.adjusted_interval, sign)}, "
        f"n = {found.n} {one.pairs}){_on_these_images(one, sign)}"
    )


def _same(one: Comparison, found: PairedComparison) -> str:
    """Return that no difference matters, with its interval, and which side is ahead if one is."""
    assert found.margin_interval is not None
    told = (
        f"no difference that matters between {one.a} and {one.b} in {one.metric.words}: less than "
        f"{one.metric.with_unit(found.margin)} either way ({_of_design(found)}"
        f"{_interval(one.metric, found.margin_interval)}, n = {found.n} {one.pairs})"
    )
    if not found.side:
        return told
    assert found.adjusted_interval is not None
    word = "better" if (found.side > 0) is not one.metric.lower_is_better else "worse"
    low, high = _ends(found.adjusted_interval, found.side)
    ahead = f"{one.metric.shown(low)} to {one.metric.with_unit(high)}"
    return f"{told}, though {one.a} is {word} by {ahead}"


def _of_design(found: PairedComparison, *, corrected: bool = False) -> str:
    """Return what kind of interval is told of, before its level."""
    if found.design is Design.ANYTIME:
        return "always-valid "
    return "simultaneous " if corrected and found.adjusted_interval != found.interval else ""


def _on_these_images(one: Comparison, sign: int) -> str:
    if one.images is None or one.images.seeds != len(one.seeds):
        return ""
    both = one.images.of_both
    interval, over = (both, "seeds and images") if both else (one.images.interval, "images")
    if interval is None or interval.leaves_out_zero:
        return ""
    shown = _interval(one.metric, interval, sign)
    return f", but other test images might say otherwise (over {over}: {shown})"


def _unclear(one: Comparison) -> str:
    found = one.statistics
    assert found is not None
    assert found.mean is not None
    method = _p_of(found)
    interval = found.adjusted_interval
    shown = NONE if interval is None else _interval(one.metric, interval)
    return (
        f"the difference is {one.metric.with_unit(found.mean)} "
        f"({_of_design(found, corrected=True)}{shown}, "
        f"n = {found.n} {one.pairs}{method})"
    )


def _p_of(found: PairedComparison) -> str:
    if found.adjusted_p is None:
        return ""
    kind = "always-valid" if found.design is Design.ANYTIME else "sign-flip"
    corrected = "" if found.adjusted_p == found.p else "corrected "
    return f", {corrected}{kind} p = {found.adjusted_p:.2g}"


def _interval(metric: Metric, interval: Interval, sign: int = 1) -> str:
    low, high = _ends(interval, sign)
    return f"{100 * interval.level:.3g} % interval {metric.shown(low)} to {metric.shown(high)}"


def _ends(interval: Interval, sign: int) -> tuple[float, float]:
    low, high = sorted((sign * interval.low, sign * interval.high))
    return low, high
