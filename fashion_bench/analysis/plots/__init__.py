"""Pictures of trials and studies as PNG bytes: each computes a record, then draws it.

Nothing here touches pyplot or any other global state, so threads may draw side by side.
"""

from fashion_bench.analysis.plots.arms import draw_arms
from fashion_bench.analysis.plots.curves import draw_curves
from fashion_bench.analysis.plots.history import draw_history
from fashion_bench.analysis.plots.importances import draw_importances
from fashion_bench.analysis.plots.parallel import draw_parallel
from fashion_bench.analysis.plots.slices import draw_slices

__all__ = [
    "draw_arms",
    "draw_curves",
    "draw_history",
    "draw_importances",
    "draw_parallel",
    "draw_slices",
]
