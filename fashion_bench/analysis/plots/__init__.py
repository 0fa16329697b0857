"""Pictures of trials and studies as PNG bytes: each is made by ``canvas.draw_picture``.

Nothing here touches pyplot or any other global state, so threads may draw side by side. What rests
on scikit-learn is imported by its own name, as that takes a second: ``classes`` and ``embedding``.
"""

from fashion_bench.analysis.plots.curves import (
    draw_arms,
    draw_curves,
    draw_expected,
    draw_learning,
)
from fashion_bench.analysis.plots.differences import Difference, draw_differences
from fashion_bench.analysis.plots.images import draw_first_weights, draw_samples, draw_wrong
from fashion_bench.analysis.plots.importances import draw_importances
from fashion_bench.analysis.plots.points import draw_history, draw_slices

__all__ = [
    "Difference",
    "draw_arms",
    "draw_curves",
    "draw_differences",
    "draw_expected",
    "draw_first_weights",
    "draw_history",
    "draw_importances",
    "draw_learning",
    "draw_samples",
    "draw_slices",
    "draw_wrong",
]
