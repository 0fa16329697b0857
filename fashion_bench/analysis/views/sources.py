"""Where the spread between trainings comes from, arm by arm."""

from math import sqrt

from fashion_bench.analysis.document import Block, Column, Row, Table, columns_of
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.sources import Spread, deciding, spreads
from fashion_bench.analysis.text import NONE
from fashion_bench.records import StudyRecord


def sources_tables(study: StudyRecord) -> tuple[Block, ...]:
    """Return what each source makes of the spread; nothing where its trials do not cross them."""
    found, metric = spreads(study), deciding(study)
    if not found:
        return ()
    table = Table(
        title=f"Where the spread in {metric.words} comes from",
        columns=(
            *columns_of("source", kind="words"),
            *columns_of("seeds"),
            Column("sd", lambda row: metric.shown(sqrt(max(0.0, row["variance"])))),
            Column("share", lambda row: f"{100 * row['share']:z.0f} %"),
            Column("95 % interval", lambda row: _interval(row["interval"])),
        ),
        rows=tuple(row for one in found for row in _rows(metric, one)),
        group=(lambda row: row["arm"]) if len(study.arms) > 1 else None,
        note=f"sd: in {metric.unit}; shares add up to 100 %, one below 0 is an estimate of none; "
        "combinations: what is left, with all that no seed sets; these trainings share seeds, and "
        "so they spread a little less",
        key="sources",
    )
    return (table,)


def _rows(metric: Metric, one: Spread) -> list[Row]:
    whole = (
        ("all, no seed shared", one.total, None),
        ("these trainings", one.sample, None),
    )
    parts = [(part.source, part.variance, part.interval) for part in one.parts]
    return [
        {
            "arm": one.arm,
            "metric": metric,
            "source": source,
            "seeds": None if place >= len(one.parts) - 1 else one.levels,
            "n": one.n,
            "variance": variance,
            "share": variance / one.total,
            "interval": interval,
        }
        for place, (source, variance, interval) in enumerate([*parts, *whole])
    ]


def _interval(interval: Interval | None) -> str:
    return NONE if interval is None else f"{100 * interval.low:.0f} to {100 * interval.high:.0f} %"
