"""Pictures as a network sees them, each beside the probabilities of its classes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from fashion_bench.analysis.document import Row
from fashion_bench.analysis.plots.canvas import PALETTE, Pixels, class_label, draw_picture
from fashion_bench.analysis.views.prediction import likeliest

MOST_DRAWN = 20  # pictures; more would be no page
_MOST_BARS = 10  # classes of each


def draw_predictions(title: str, images: Sequence[Row], seen: Sequence[Pixels]) -> bytes:
    """Draw them, one below the other.

    Args:
        title: whose predictions they are.
        images: as of ``prediction_document``.
        seen: what the network was shown of each, uint8 ``[C, H, W]``.
    """
    drawn = images[:MOST_DRAWN]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(drawn), 2, squeeze=False, width_ratios=(1, 2))
        for (left, right), row, pixels in zip(axes, drawn, seen, strict=False):
            style: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 255}
            left.imshow(pixels.transpose(1, 2, 0), **style)
            left.set_axis_off()
            left.set_title(class_label(Path(str(row["file"])).name), fontsize=9)
            likely = likeliest(row["probabilities"])[:_MOST_BARS]
            names = [class_label(name) for name, _ in likely]
            bars = right.barh(range(len(likely)), [value for _, value in likely], color=PALETTE[0])
            right.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
            right.set_yticks(range(len(likely)), names, fontsize=8)
            right.set(xlim=(0, 1.12), ylim=(len(likely) - 0.5, -0.5), xlabel="probability")
            right.spines[["top", "right"]].set_visible(False)

    note = f"the first {len(drawn)} of {len(images):,} pictures" if len(drawn) < len(images) else ""
    return draw_picture(title, (8, 0.8 + 2.4 * len(drawn)), draw, note=note)
