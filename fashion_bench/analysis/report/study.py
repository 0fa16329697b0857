"""The report of a study: what was tried, what it reached, and what it cannot say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fashion_bench.analysis.document import Block, Picture, Placeholder, Section, Text
from fashion_bench.analysis.plots.curves import draw_arms
from fashion_bench.analysis.plots.importances import Intervals, draw_importances
from fashion_bench.analysis.plots.points import draw_history, draw_slices
from fashion_bench.analysis.summary import summarise_arms
from fashion_bench.analysis.text import number
from fashion_bench.records import StudyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Importances:
    """How much each parameter explains of the value, by one evaluator.

    Attributes:
        evaluator: which one.
        remark: what it tells; evaluators answer different questions.
        shares: of each arm, the share of each parameter, fractions 0-1.
        intervals: of each arm, low and high of those shares that have an interval.
        interval: what it is.
    """

    evaluator: str
    remark: str
    shares: Mapping[str, Mapping[str, float]]
    intervals: Intervals = field(default_factory=dict)
    interval: str = ""


def study_sections(
    study: StudyRecord, expected: Picture | None, importances: Sequence[Importances | Placeholder]
) -> tuple[Section, ...]:
    """Return the pictures of a study.

    Args:
        study: as the ledger holds it.
        expected: the picture of what a number of trials may be expected to reach, if there is one.
        importances: by one or several evaluators, or why one has none.
    """
    return (
        Section(title="How the search went", blocks=tuple(_search(study, expected))),
        Section(title="What the parameters do", blocks=tuple(_parameters(study, importances))),
    )


def _search(study: StudyRecord, expected: Picture | None) -> Iterator[Block]:
    best = ", ".join(f"{arm.arm} {number(arm.best)}" for arm in summarise_arms(study))
    yield Picture(
        name="history",
        alt=f"Value of each trial in the order asked, and the best so far; in the end: {best}.",
        content=draw_history(study),
    )
    yield Picture(
        name="arms",
        alt="Validation accuracy by epoch: median and quartiles of each arm's trials.",
        content=draw_arms(study),
    )
    yield expected or Placeholder(
        what="Expected best by number of trials", why="no trial has a value"
    )


def _parameters(
    study: StudyRecord, importances: Sequence[Importances | Placeholder]
) -> Iterator[Block]:
    varying = ", ".join(study.varying) or "none"
    yield Picture(
        name="slices",
        alt=f"Value of each trial against each parameter that varies: {varying}.",
        content=draw_slices(study),
    )
    for one in importances:
        if isinstance(one, Placeholder):
            yield one
        else:
            yield Text(words=f"{one.evaluator}: {one.remark}")
            yield _importances(study, one)


def _importances(study: StudyRecord, one: Importances) -> Picture:
    complete = {arm.arm: arm.complete for arm in summarise_arms(study)}
    return Picture(
        name=f"importances-{one.evaluator.lower()}",
        alt=f"Importance by {one.evaluator}. {_most_important(one.shares)}",
        content=draw_importances(
            one.shares, one.evaluator, complete, intervals=one.intervals, interval=one.interval
        ),
    )


def _most_important(shares: Mapping[str, Mapping[str, float]]) -> str:
    highest = {
        arm: max(of_arm, key=lambda name: of_arm[name]) for arm, of_arm in shares.items() if of_arm
    }
    told = (f"{arm}: most by {name}, {shares[arm][name]:.0%}" for arm, name in highest.items())
    return "; ".join(told) + "." if highest else "Too few trials to tell."
