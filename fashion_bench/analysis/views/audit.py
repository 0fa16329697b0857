"""The audit of a pruner as tables: ranks at each rung, what it let pass, arms at each rung."""

from collections.abc import Iterator

from fashion_bench.analysis.audit import Audit, RungAudit, Shift, Survival
from fashion_bench.analysis.document import Block, Column, Table, columns_of, unless_empty
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.text import NONE, param, with_interval
from fashion_bench.config import ParamValue

_points = Metric.VALID_ACCURACY.signed


def _span(row: Survival, values: tuple[ParamValue, ...]) -> str:
    if not values:
        return NONE
    return (" to " if row.is_range else ", ").join(map(param, values))


_RANKS: tuple[Column[RungAudit], ...] = (
    *columns_of("arm", kind="words"),
    Column("epoch", lambda row: f"{row.rung}"),
    *columns_of("n", "controls"),
    Column(
        "rank correlation",
        lambda row: with_interval(row.correlation, row.interval, "{:.2f}".format),
    ),
)

_PASSED: tuple[Column[Survival], ...] = (
    *columns_of("arm", kind="words"),
    Column("parameter", lambda row: row.param, "words"),
    Column("searched", lambda row: _span(row, row.searched), "words"),
    Column("tried", lambda row: _span(row, row.tried), "words"),
    Column("let pass", lambda row: _span(row, row.survived), "words"),
    *columns_of("n"),
)

_SHIFTS: tuple[Column[Shift], ...] = (
    Column("A - B", lambda row: f"{row.a} - {row.b}", "words"),
    Column("n", lambda row: f"{row.n[0]}, {row.n[1]}"),
    Column("epoch", lambda row: f"{row.rung}"),
    Column("there", lambda row: _points(row.at_rung)),
    Column("in the end", lambda row: _points(row.at_end)),
    Column("move", lambda row: with_interval(row.at_end - row.at_rung, row.interval, _points)),
)


def audit_tables(found: Audit) -> Iterator[Block]:
    """Yield what a study's trials say of its pruner."""
    told = "Spearman's, of complete trials, with its 95 % interval (Bonett & Wright)"
    if any(row.n > row.controls for row in found.rungs):
        told += "; those that were let pass are alike at a rung, which makes it lower"
    if not any(row.controls for row in found.rungs):
        told += ": `controls` in [search] adds others"
    yield unless_empty(
        Table(
            title="Pruner: ranks at a rung and in the end",
            columns=_RANKS,
            rows=found.rungs,
            note=told,
            key="audit_rungs",
        )
    )
    yield unless_empty(
        Table(
            title="Pruner: what it let pass",
            columns=_PASSED,
            rows=found.params,
            note="n: complete trials, without those that pass whatever they score",
            key="audit_params",
        )
    )
    yield unless_empty(
        Table(
            title="Pruner: arms at a rung and in the end",
            columns=_SHIFTS,
            rows=found.shifts,
            note="differences in points, of complete trials; move: with Welch's 95 % interval",
            key="audit_shifts",
        )
    )
