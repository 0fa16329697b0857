"""Looks: an experiment that may be looked at while it goes on, and ends where it is settled."""

from dataclasses import replace

from fashion_bench.analysis.comparison import compare_in
from fashion_bench.analysis.metric import valid_metric
from fashion_bench.analysis.paired import SETTLED
from fashion_bench.records import StudyRecord


def settled_after(study: StudyRecord) -> int | None:
    """Return after how many seeds the first look settled every pair of arms, if one did.

    Looks are at the metric in validation, at whole multiples of the plan's ``look`` that every
    arm has come to: so it hangs on the first trials alone, whatever is trained after them.
    """
    look = study.plan.look
    if look is None:
        return None
    trained = min((len(study.of_arm(arm)) for arm in study.arms), default=0)
    return next((n for n in range(look, trained + 1, look) if _settled(study, n)), None)


def is_over(study: StudyRecord) -> bool:
    """Tell whether all trials are in that there will be: those planned, or up to a look."""
    return len(study.trials) >= study.planned or settled_after(study) is not None


def _settled(study: StudyRecord, seeds: int) -> bool:
    seen = replace(study, trials=tuple(trial for trial in study.trials if trial.number < seeds))
    return all(
        one.statistics is not None and one.statistics.verdict in SETTLED
        for one in compare_in(seen, [valid_metric(study)])
    )
