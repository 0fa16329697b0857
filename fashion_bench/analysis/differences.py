"""The arms of an experiment against each other as a tidy table: one row a pair and metric."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fashion_bench.analysis.comparison import Comparison
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.paired import PairedComparison

__all__ = ["differences_table"]

_STATISTICS = (
    *("mean", "low", "high", "p"),
    *("adjusted_low", "adjusted_high", "adjusted_p"),
    *("superiority", "effect_size", "smallest"),
)
_TYPES = {"metric": "str", "a": "str", "b": "str", "n": "int64", "left_out": "int64"}
_TYPES |= dict.fromkeys(_STATISTICS, "float64")


def differences_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return one row a comparison; what cannot be told is missing.

    ``mean`` is of the differences a - b, an accuracy's in fractions, with its 95 % interval ``low``
    to ``high``; ``adjusted_…`` are corrected by Holm's method, and the verdict rests on them.
    ``superiority`` is P(A > B), ``smallest`` the least difference found with 80 % power.
    """
    rows = [_row(one) for one in comparisons]
    return pd.DataFrame(rows, columns=[*_TYPES, "verdict"]).astype(_TYPES | {"verdict": "str"})


def _row(one: Comparison) -> dict[str, Any]:
    found = one.statistics
    row = {
        "metric": one.metric.value,
        "a": one.a,
        "b": one.b,
        "n": len(one.seeds),
        "left_out": one.left_out,
        "smallest": one.smallest,
        "verdict": "cannot tell" if found is None else found.verdict.value,
    }
    return row if found is None else row | _statistics(found)


def _statistics(found: PairedComparison) -> dict[str, Any]:
    low, high = _ends(found.interval)
    adjusted_low, adjusted_high = _ends(found.adjusted_interval)
    return {
        "mean": found.mean,
        "low": low,
        "high": high,
        "p": found.p,
        "adjusted_low": adjusted_low,
        "adjusted_high": adjusted_high,
        "adjusted_p": found.adjusted_p,
        "superiority": found.superiority,
        "effect_size": found.effect_size,
    }


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)
