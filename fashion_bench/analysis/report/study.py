"""The report of a study: what was tried, what it reached, and what it cannot say."""

from collections.abc import Iterator, Mapping, Sequence

from fashion_bench.analysis.document import Block, Picture, Placeholder, Section, Text
from fashion_bench.analysis.plots.curves import draw_arms
from fashion_bench.analysis.plots.importances import Importances, draw_importances
from fashion_bench.analysis.plots.points import draw_history, draw_slices
from fashion_bench.analysis.summary import complete_trials, summarise_arms
from fashion_bench.analysis.text import number
from fashion_bench.records import StudyRecord


def study_sections(
    study: StudyRecord,
    drawn: Mapping[str, Picture],
    importances: Sequence[Importances | Placeholder],
) -> tuple[Section, ...]:
    """Return the pictures of a study.

    Args:
        study: as the ledger holds it.
        drawn: pictures by name, if there are such: ``expected``, what a number of trials may be
            expected to reach, and ``audit``, of the pruner.
        importances: by one or several evaluators, or why one has none.
    """
    return (
        Section(title="How the search went", blocks=tuple(_search(study, drawn))),
        Section(title="What the parameters do", blocks=tuple(_parameters(study, importances))),
    )


def _search(study: StudyRecord, drawn: Mapping[str, Picture]) -> Iterator[Block]:
    best = ", ".join(f"{arm.arm} {number(arm.best)}" for arm in summarise_arms(study))
    alt = f"Value of each trial in the order asked, and the best so far; in the end: {best}."
    yield Picture(name="history", alt=alt, content=draw_history(study))
    alt = "Validation accuracy by epoch: median and quartiles of each arm's trials, of those that "
    alt += "a rung stopped where it did."
    yield Picture(name="arms", alt=alt, content=draw_arms(study))
    absent = Placeholder(what="Expected best by number of trials", why="no trial has a value")
    yield drawn.get("expected", absent)
    if "audit" in drawn:
        yield drawn["audit"]


def _parameters(
    study: StudyRecord, importances: Sequence[Importances | Placeholder]
) -> Iterator[Block]:
    varying = ", ".join(study.varying) or "none"
    alt = f"Value of each trial against each parameter that varies: {varying}."
    yield Picture(name="slices", alt=alt, content=draw_slices(study))
    complete = complete_trials(study)
    for one in importances:
        if isinstance(one, Placeholder):
            yield one
        else:
            rests_on = ", ".join(f"{arm} {complete.get(arm, 0)}" for arm in one.shares)
            words = f"{one.evaluator}, of complete trials ({rests_on}): "
            yield Text(words=f"{words}{one.remark}{_fewer(one, complete)}")
            alt = f"Importance by {one.evaluator}. {_most_important(one.shares)}"
            name = f"importances-{one.evaluator.lower()}"
            yield Picture(name=name, alt=alt, content=draw_importances(one, complete))


def _most_important(shares: Mapping[str, Mapping[str, float]]) -> str:
    highest = {
        arm: max(of_arm, key=lambda name: of_arm[name]) for arm, of_arm in shares.items() if of_arm
    }
    told = (f"{arm}: most by {name}, {shares[arm][name]:.0%}" for arm, name in highest.items())
    return "; ".join(told) + "." if highest else "Too few trials to tell."


def _fewer(told: Importances, complete: Mapping[str, int]) -> str:
    """Say which parameters are judged among fewer trials, and among how many."""
    counts = (
        f"{arm}: " + ", ".join(f"{name} {n} of {complete[arm]}" for name, n in of_arm.items())
        for arm, of_arm in told.fewer(complete).items()
        if of_arm
    )
    words = "; ".join(counts)
    return (
        f" A parameter that only some trials use is judged among those: {words}." if words else ""
    )
