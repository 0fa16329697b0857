"""What all pictures share: a figure of its own, one colour an arm, a legend, PNG bytes.

Shapes of arrays: N images of H x W pixels, S seeds, K classes, U units.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from math import ceil
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

# Okabe & Ito (2008), legible to the colour-blind; without black and the yellow lost on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

DPI = 100


def new_figure(width: float, height: float, title: str, note: str = "") -> Figure:
    """Return an empty figure of this size in inches, its note in a second line of the title."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    figure.suptitle(f"{title}\n{note}" if note else title, fontsize=11)
    return figure


def arm_colors(arms: Sequence[str]) -> dict[str, str]:
    """Return the colour of each arm: the same in every picture of a study.

    More arms than the palette holds take shades of viridis, which stay apart by lightness.
    """
    if len(arms) <= len(PALETTE):
        return dict(zip(arms, PALETTE, strict=False))
    viridis = colormaps["viridis"]
    return {arm: to_hex(viridis(i / len(arms))) for i, arm in enumerate(arms)}


def arm_handles(colors: Mapping[str, str]) -> list[Artist]:
    """Return a legend entry for each arm."""
    return [Line2D([], [], color=color, linewidth=3, label=arm) for arm, color in colors.items()]


def add_legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put one legend below all axes of a figure, in the fewest rows that fit, evenly filled."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    fit = int(figure.get_figwidth() * 13 / (longest + 5))  # 13 letters to the inch at this size
    rows = ceil(len(handles) / max(1, fit))
    columns = ceil(len(handles) / rows)
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )


def say(axes: Axes, sentence: str) -> None:
    """Write a sentence where a picture would be."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, ha="center", va="center", transform=axes.transAxes)


def blank(figure: Figure, sentence: str) -> bytes:
    """Return a figure that holds nothing but a sentence."""
    say(figure.subplots(), sentence)
    return png(figure)


def png(figure: Figure) -> bytes:
    """Return the drawn figure; equal figures give equal bytes."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


# Arrays, and images laid out side by side --------------------------------------------------------

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Pixels = NDArray[np.uint8]


def mosaic(tiles: NDArray[Any], columns: int, gap: int = 1) -> NDArray[np.float64]:
    """Lay tiles ``[N, H, W]`` out in rows of one image, NaN in the gaps and after the last."""
    count, height, width = tiles.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap, width + gap), np.nan)
    cells[:count, :height, :width] = tiles
    grid = cells.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    sheet = grid.reshape(rows * (height + gap), columns * (width + gap))
    return sheet[: sheet.shape[0] - gap, : sheet.shape[1] - gap]
