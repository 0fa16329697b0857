"""The arms side by side, of an experiment or of a study, for a terminal and as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fashion_bench.analysis.answer import answer, no_verdict
from fashion_bench.analysis.caveats import caveats, fixed
from fashion_bench.analysis.comparison import Comparison, OverImages
from fashion_bench.analysis.exploration import Expectation, ExpectedBest, dependence
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import PairedComparison
from fashion_bench.analysis.power import POWER
from fashion_bench.analysis.text import (
    NONE,
    as_json,
    new_table,
    number,
    param,
    summary_text,
    to_jsonable,
)
from fashion_bench.records import StudyRecord


def comparison_text(study: StudyRecord, comparisons: Sequence[Comparison]) -> RenderableType:
    """Return the answer, what each arm scored, how far arms are apart, and what to keep in mind."""
    return Group(
        Text(f"{answer(study, comparisons)}\n", style="bold"),
        summary_text(study),
        *(part for table in _tables(comparisons) for part in (table, Text())),
        remarks_text(study, _missing(comparisons)),
    )


def comparison_json(study: StudyRecord, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return the same as plain data, accuracies as fractions."""
    told = {
        "answer": answer(study, comparisons),
        "comparisons": [asdict(one) for one in comparisons],
        "caveats": [*caveats(study), *_missing(comparisons)],
        "fixed": fixed(study),
    }
    return as_json(study) | {name: to_jsonable(item) for name, item in told.items()}


def remarks_text(study: StudyRecord, further: Sequence[str] = ()) -> Text:
    """Return what to keep in mind when the arms of a study are compared."""
    same = ", ".join(f"{name} {param(value)}" for name, value in fixed(study).items())
    sentences = [*caveats(study), *further, *([f"the same in every trial: {same}"] if same else [])]
    return Text("\n".join(f"* {sentence}" for sentence in sentences))


def _missing(comparisons: Sequence[Comparison]) -> list[str]:
    problems = [
        f"{one.metric.words}: the sampling error of its images is missing: {one.images_problem}"
        for one in comparisons
        if one.images_problem
    ]
    return list(dict.fromkeys(problems))


def _tables(comparisons: Sequence[Comparison]) -> Iterator[Table]:
    found = [(one, one.statistics) for one in comparisons if one.statistics is not None]
    over_images = [(one, one.images) for one in comparisons if one.images is not None]
    if comparisons:
        yield _differences(comparisons)
    if found:
        yield _certainty(found)
    if len({(one.a, one.b) for one, _ in found}) > 1:
        yield _corrected(found)
    if over_images:
        yield _over_images(over_images)


def _differences(comparisons: Sequence[Comparison]) -> Table:
    table = new_table("Mean differences, paired by seed", "n", "difference", "verdict", "found")
    table.caption = (
        "accuracies in percentage points, losses in nats; difference: with its 95 % interval "
        "over seeds, on one set of images; found: the least difference found with "
        f"{100 * POWER:.0f} % power at this n and spread; the answer rests on the first metric"
    )
    return _filled(table, [(one, _difference_cells(one)) for one in comparisons])


def _difference_cells(one: Comparison) -> list[str]:
    seeds, found = len(one.seeds), one.statistics
    return [
        f"{seeds} of {seeds + one.left_out}" if one.left_out else str(seeds),
        NONE if found is None else _mean(one.metric, found.mean, found.interval),
        NONE if found is None else found.verdict.value,
        NONE if one.smallest is None else one.metric.shown(one.smallest),
    ]


def _certainty(statistics: Sequence[tuple[Comparison, PairedComparison]]) -> Table:
    table = new_table("How certain that is", "p", "P(A > B)", "effect size")
    table.caption = "p: of the sign-flip test; effect size: mean by deviation of the differences"
    return _filled(table, [(one, _certainty_cells(found)) for one, found in statistics])


def _certainty_cells(found: PairedComparison) -> list[str]:
    above, within, effect = found.superiority, found.superiority_interval, found.effect_size
    return [
        f"{found.p:.2g}",
        NONE if within is None else f"{above:.2f} [{within.low:.2f}, {within.high:.2f}]",
        NONE if effect is None else f"{effect:+.2f}",
    ]


def _corrected(statistics: Sequence[tuple[Comparison, PairedComparison]]) -> Table:
    table = new_table("Corrected for the number of pairs (Holm)", "p", "interval", "of")
    table.caption = "the verdicts rest on these"
    return _filled(table, [(one, _corrected_cells(one.metric, found)) for one, found in statistics])


def _corrected_cells(metric: Metric, found: PairedComparison) -> list[str]:
    interval = found.adjusted_interval
    if interval is None:
        return [f"{found.adjusted_p:.2g}", NONE, NONE]
    level = f"{100 * interval.level:.1f} %"
    return [f"{found.adjusted_p:.2g}", _range(metric, interval), level]


def _over_images(comparisons: Sequence[tuple[Comparison, OverImages]]) -> Table:
    table = new_table("The same over images", "images", "seeds", "difference", "standard error")
    table.caption = (
        "with the sampling error of the test images, paired by image, these networks given"
    )
    return _filled(table, [(one, _image_cells(one.metric, found)) for one, found in comparisons])


def _image_cells(metric: Metric, found: OverImages) -> list[str]:
    difference, error = found.difference, found.difference.standard_error
    return [
        f"{difference.images:,}",
        str(found.seeds),
        _mean(metric, difference.mean, difference.interval),
        NONE if error is None else metric.shown(error),
    ]


def _filled(table: Table, rows: Sequence[tuple[Comparison, Sequence[str]]]) -> Table:
    """Fill a table: a row for each pair of arms, below the metric that they are compared in."""
    table.columns[0].header = "A - B"
    table.caption_justify = "left"
    for metric, of_metric in groupby(rows, lambda row: row[0].metric):
        table.add_row(metric.words)
        for one, cells in of_metric:
            table.add_row(Text(f"  {one.a} - {one.b}"), *cells)
    return table


def _mean(metric: Metric, mean: float | None, interval: Interval | None) -> str:
    if mean is None:
        return NONE
    shown = metric.shown(mean, "+")
    return shown if interval is None else f"{shown} {_range(metric, interval)}"


def _range(metric: Metric, interval: Interval) -> str:
    return f"[{metric.shown(interval.low, '+')}, {metric.shown(interval.high, '+')}]"


# Of a study, without a verdict -------------------------------------------------------------------

BUDGETS = (1, 4, 16)  # trials; and all there are


def exploration_text(study: StudyRecord, expected: Sequence[Expectation]) -> RenderableType:
    """Return what each arm took, reached and may be expected to reach: no verdict."""
    return Group(
        Text(f"{no_verdict(study)}\n", style="bold"),
        summary_text(study),
        Text(),
        *([_expected_best(expected)] if any(one.best.n for one in expected) else []),
        remarks_text(study, _not_independent(study)),
    )


def exploration_json(study: StudyRecord, expected: Sequence[Expectation]) -> dict[str, Any]:
    """Return the same as plain data."""
    told = {
        "answer": no_verdict(study),
        "expected_best": [_told_expectation(one) for one in expected],
        "not_independent": dependence(study),
        "caveats": caveats(study),
        "fixed": fixed(study),
    }
    return as_json(study) | {name: to_jsonable(item) for name, item in told.items()}


def _expected_best(expected: Sequence[Expectation]) -> Table:
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


def _told_expectation(one: Expectation) -> dict[str, Any]:
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
