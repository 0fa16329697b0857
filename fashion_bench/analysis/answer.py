"""The answer of a comparison in one sentence, for those who read nothing else."""

from collections.abc import Sequence
from itertools import count

from fashion_bench.analysis.comparison import Comparison
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import MIN_PAIRS, Verdict
from fashion_bench.records import Outcome, StudyRecord

ALPHA = 0.05
MOST_TOLD = 3  # settled pairs of arms; of more, a table tells


def answer(study: StudyRecord, comparisons: Sequence[Comparison]) -> str:
    """Return what an experiment says of its arms, in the metric that comes first."""
    if problem := _unanswerable(study):
        return problem
    deciding = [one for one in comparisons if one.metric is comparisons[0].metric]
    return _of_pair(deciding[0]) if len(deciding) == 1 else _of_pairs(study, deciding)


def no_verdict(study: StudyRecord) -> str:
    """Return what a study says of its arms: how to measure them."""
    if not study.trials:
        return f"Cannot tell: no trial of {study.name} has finished."
    alone = "" if len(study.arms) > 1 else f" of one arm, {study.arms[0]}"
    return (
        f"No verdict: this is exploration{alone}, and the best of many trials is partly luck. "
        f"{_how_to_measure(study)}"
    )


def _how_to_measure(study: StudyRecord) -> str:
    complete = {trial.arm for trial in study.trials if trial.outcome is Outcome.COMPLETE}
    without = [arm for arm in study.arms if arm not in complete]
    if without:
        return f"It cannot be measured yet: no trial of {', '.join(without)} is complete."
    if study.plan.listed:
        return "To measure: `fashion-bench study promote`, of the study it confirms."
    return f"To measure: `fashion-bench study promote {study.name}`."


def _unanswerable(study: StudyRecord) -> str | None:
    finished, name = len(study.trials), study.name
    if len(study.arms) < 2:
        return f"Nothing to compare: {name} has one arm, {study.arms[0]}."
    if not finished:
        return f"Cannot tell: no trial of {name} has finished."
    if any(trial.tests for trial in study.trials):
        return None
    if finished < study.planned:
        return (
            f"Cannot tell yet: {finished} of {study.planned} trials of {name} have finished, "
            "and the test images are opened after the last."
        )
    return f"Cannot tell: no trial of {name} has been measured on the test images."


# Pairs of arms -----------------------------------------------------------------------------------


def _of_pair(one: Comparison) -> str:
    cannot = f"Cannot tell whether {one.a} is better than {one.b} in {one.metric.words}"
    if lacking := _lacking([one]):
        return f"{cannot}: {lacking}."
    return f"{_settled(one) or f'{cannot}: {_unclear(one)}'}."


def _of_pairs(study: StudyRecord, comparisons: Sequence[Comparison]) -> str:
    metric = comparisons[0].metric.words
    cannot = f"Cannot tell any two of the {len(study.arms)} arms apart in {metric}"
    if lacking := _lacking(comparisons):
        return f"{cannot}: {lacking}."
    settled = [told for one in comparisons if (told := _settled(one)) is not None]
    if not settled:
        return f"{cannot}: corrected for {len(comparisons)} pairs (Holm), no difference is settled."
    told = "; ".join(settled) if len(settled) <= MOST_TOLD else "see the table"
    return f"{len(settled)} of {len(comparisons)} pairs of arms differ in {metric}: {told}."


def _lacking(comparisons: Sequence[Comparison]) -> str | None:
    """Return what is lacking to tell any of these pairs of arms apart."""
    found = [one.statistics for one in comparisons if one.statistics is not None]
    if not any(one.seeds for one in comparisons):
        return "no seed has a value in both"
    if not found:
        return "a value is not finite"
    if any(statistics.verdict is not Verdict.TOO_FEW for statistics in found):
        return None
    needed = next(n for n in count(MIN_PAIRS) if len(found) * 2.0 ** (1 - n) < ALPHA)
    return f"{max(one.n for one in found)} pairs of seeds are too few, a verdict takes {needed}"


def _settled(one: Comparison) -> str | None:
    """Return the verdict on a pair of arms; ``None`` where nobody can tell."""
    found = one.statistics
    if found is None or found.verdict not in (Verdict.BETTER, Verdict.WORSE):
        return None
    assert found.mean is not None
    assert found.adjusted_interval is not None
    sign = 1 if found.mean > 0 else -1
    return (
        f"{one.a} is {found.verdict} than {one.b} by {one.metric.shown(sign * found.mean)} "
        f"{one.metric.unit} of {one.metric.words} "
        f"({_interval(one.metric, found.adjusted_interval, sign)}, n = {found.n} seeds)"
        f"{_on_these_images(one, sign)}"
    )


def _on_these_images(one: Comparison, sign: int) -> str:
    interval = None if one.images is None else one.images.difference.interval
    if interval is None or interval.leaves_out_zero:
        return ""
    shown = _interval(one.metric, interval, sign)
    return f", but other test images might say otherwise (over images: {shown})"


def _unclear(one: Comparison) -> str:
    found = one.statistics
    assert found is not None
    assert found.mean is not None
    assert found.interval is not None
    return (
        f"the difference is {one.metric.shown(found.mean)} {one.metric.unit} "
        f"({_interval(one.metric, found.interval)}, n = {found.n} seeds, "
        f"sign-flip p = {found.p:.2g})"
    )


def _interval(metric: Metric, interval: Interval, sign: int = 1) -> str:
    low, high = sorted((sign * interval.low, sign * interval.high))
    return f"{100 * interval.level:.3g} % interval {metric.shown(low)} to {metric.shown(high)}"
