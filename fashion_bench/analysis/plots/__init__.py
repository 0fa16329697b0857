"""Pictures of trials and studies as PNG bytes: each computes a record, then draws it.

Nothing here touches pyplot or any other global state, so threads may draw side by side. What rests
on scikit-learn is imported by its own name, as that takes a second: ``confusion``, ``embedding``
and ``per_class``.
"""

from fashion_bench.analysis.plots.arms import draw_arms
from fashion_bench.analysis.plots.curves import draw_curves
from fashion_bench.analysis.plots.differences import Difference, draw_differences
from fashion_bench.analysis.plots.expected import ExpectedCurve, draw_expected
from fashion_bench.analysis.plots.first_weights import draw_first_weights
from fashion_bench.analysis.plots.history import draw_history
from fashion_bench.analysis.plots.importances import draw_importances
from fashion_bench.analysis.plots.learning import draw_learning
from fashion_bench.analysis.plots.parallel import draw_parallel
from fashion_bench.analysis.plots.samples import draw_samples
from fashion_bench.analysis.plots.slices import draw_slices
from fashion_bench.analysis.plots.wrong import draw_wrong

__all__ = [
    "Difference",
    "ExpectedCurve",
    "draw_arms",
    "draw_curves",
    "draw_differences",
    "draw_expected",
    "draw_first_weights",
    "draw_history",
    "draw_importances",
    "draw_learning",
    "draw_parallel",
    "draw_samples",
    "draw_slices",
    "draw_wrong",
]
