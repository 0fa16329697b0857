"""What all pictures share: the function that makes them, one colour an arm, a choice of images.

Shapes of arrays: N images of H x W pixels, S seeds, K classes, U units.
"""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from math import ceil
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

# Okabe & Ito (2008), legible to the colour-blind; without black and the yellow lost on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

DPI = 100
TITLE = 11  # points


def draw_picture(
    title: str,
    size: tuple[float, float],
    draw: Callable[[Figure], Sequence[Artist] | None],
    *,
    note: str = "",
    empty: str = "",
) -> bytes:
    """Return a picture as PNG; equal pictures give equal bytes.

    Args:
        title: says what is shown.
        size: width and height, inches.
        draw: draws on an empty figure and returns the entries of a legend below it, if any.
        note: stands below the title.
        empty: the sentence that stands in the place of a drawing; empty where there is one.
    """
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    letters = int(size[0] * 120 / TITLE)  # as many as stand in a line
    figure.suptitle("\n".join([title, *wrap(note, letters)]), fontsize=TITLE)
    if empty:
        say(figure.subplots(), empty)
    elif handles := draw(figure):
        _add_legend(figure, handles)
    # What ``savefig`` does, but for a drawing that nobody sees: a quarter of the time.
    if figure.axes and (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    buffer = BytesIO()
    canvas = FigureCanvasAgg(figure)
    canvas.print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def say(axes: Axes, sentence: str) -> None:
    """Write a sentence where a drawing would be."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, ha="center", va="center", transform=axes.transAxes)


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


MOST_CLASSES = 30  # that a picture tells apart by rows, numbers or a legend
LONGEST_NAME = 24  # letters of a class, beside a row or in a legend


def class_label(name: str) -> str:
    """Return the name of a class as matplotlib shows it: whatever it is, and not too long.

    A dollar sign would begin a formula, and what begins with an underscore is in no legend.
    """
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    plain = short.replace("$", r"\$")
    return f" {plain}" if plain.startswith("_") else plain


def _add_legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put one legend below all axes of a figure, in the fewest rows that fit, evenly filled."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    fit = int(figure.get_figwidth() * 13 / (longest + 5))  # 13 letters to the inch at this size
    rows = ceil(len(handles) / max(1, fit))
    columns = ceil(len(handles) / rows)
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )


# Images chosen ----------------------------------------------------------------------------------

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Pixels = NDArray[np.uint8]


def choose(places: Integers, most: int, seed: int) -> Integers:
    """Return up to ``most`` of these places, ascending, drawn by the seed without replacement."""
    random = np.random.default_rng(seed)
    return np.sort(random.choice(places, size=min(most, len(places)), replace=False))
