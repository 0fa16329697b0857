"""The arms of a study side by side, for a terminal and as plain data."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fashion_bench.analysis.answer import no_verdict
from fashion_bench.analysis.caveats import caveats, fixed
from fashion_bench.analysis.comparison_text import remarks_text
from fashion_bench.analysis.expected_best import ExpectedBest
from fashion_bench.analysis.exploration import Expectation, dependence
from fashion_bench.analysis.text import as_json, new_table, number, plain, summary_text
from fashion_bench.records import StudyRecord

__all__ = ["exploration_json", "exploration_text"]

BUDGETS = (1, 4, 16)  # trials; and all there are


def exploration_text(study: StudyRecord, expected: Sequence[Expectation]) -> RenderableType:
    """Return what each arm took, reached and may be expected to reach: no verdict."""
    return Group(
        Text(f"{no_verdict(study)}\n", style="bold"),
        summary_text(study),
        Text(),
        *([_expected(expected)] if any(one.best.n for one in expected) else []),
        remarks_text(study, _not_independent(study)),
    )


def exploration_json(study: StudyRecord, expected: Sequence[Expectation]) -> dict[str, Any]:
    """Return the same as plain data."""
    told = {
        "answer": no_verdict(study),
        "expected_best": [_told(one) for one in expected],
        "not_independent": dependence(study),
        "caveats": caveats(study),
        "fixed": fixed(study),
    }
    return as_json(study) | {name: plain(item) for name, item in told.items()}


def _expected(expected: Sequence[Expectation]) -> Table:
    table = new_table("Expected best value of n trials", "n", "mean", "10 % to 90 %")
    for one in expected:
        for row, place in enumerate(_places(one.best)):
            table.add_row(
                Text("" if row else one.arm),
                f"{one.best.n[place]:,}",
                number(one.best.mean[place]),
                f"{number(one.best.low[place])} to {number(one.best.high[place])}",
            )
    return table


def _not_independent(study: StudyRecord) -> list[str]:
    reasons = "; ".join(dependence(study))
    told = "the expected best describes these trials and is no forecast, as they are not i.i.d."
    return [f"{told}: {reasons}"] if reasons else []


def _told(one: Expectation) -> dict[str, Any]:
    best = one.best
    rows = [
        {"n": best.n[i], "mean": best.mean[i], "low": best.low[i], "high": best.high[i]}
        for i in _places(best)
    ]
    return {"arm": one.arm, "band": best.band, "budgets": rows}


def _places(best: ExpectedBest) -> list[int]:
    """Return where the budgets to show stand in the curve."""
    trials = len(best.n)
    return [n - 1 for n in dict.fromkeys((*BUDGETS, trials)) if 0 < n <= trials]
