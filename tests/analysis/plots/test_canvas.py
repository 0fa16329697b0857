import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import combinations
from subprocess import run

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from fashion_bench.analysis.plots.canvas import (
    DPI,
    PALETTE,
    _add_legend,
    arm_colors,
    arm_handles,
    draw_picture,
)
from fashion_bench.analysis.plots.curves import draw_arms, draw_learning
from fashion_bench.analysis.plots.importances import Importances, draw_importances
from fashion_bench.analysis.plots.points import draw_history, draw_slices
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import lone_studies, make_study, make_trial, studies

PNG = b"\x89PNG\r\n\x1a\n"
DRAWERS = (draw_arms, draw_history, draw_learning, draw_slices)


@pytest.mark.parametrize("name", lone_studies())
@pytest.mark.parametrize("draw", DRAWERS)
def test_a_study_with_little_to_tell_has_a_picture(
    draw: Callable[[StudyRecord], bytes], name: str
) -> None:
    """One trial, none, or none that ended well: a picture that says so, never a traceback."""
    assert draw(lone_studies()[name]).startswith(PNG)


@settings(max_examples=5, deadline=None)
@given(studies())
def test_any_study_has_its_pictures(study: StudyRecord) -> None:
    """Whatever a study holds can be drawn without a warning."""
    for draw in DRAWERS:
        assert draw(study).startswith(PNG)


def test_where_there_is_nothing_to_draw_a_sentence_stands() -> None:
    """Nothing is then drawn, and another sentence is another picture."""

    def draw(_: Figure) -> None:
        raise AssertionError("it must not be asked")

    nothing, less = (draw_picture("made up", (3, 2), draw, empty=empty) for empty in ("no", "less"))
    assert nothing.startswith(PNG)
    assert nothing != less


def test_a_picture_is_what_matplotlib_saves() -> None:
    """Byte for byte, legend and room for labels included, though it is drawn only once."""

    def draw(figure: Figure) -> list[Artist]:
        for axes in figure.subplots(1, 2, sharey=True):
            axes.plot([1, 20_000], [1e-4, 3.0], label="a line")
            axes.set(xlabel="below", ylabel="a long word\nbeside it", yscale="log")
        return arm_handles(arm_colors(["plain", "dropout"]))

    figure, buffer = Figure(figsize=(6, 4), dpi=DPI, layout="constrained"), BytesIO()
    figure.suptitle("made up", fontsize=11)
    _add_legend(figure, draw(figure))
    figure.savefig(buffer, format="png", metadata={"Software": None})
    assert draw_picture("made up", (6, 4), draw) == buffer.getvalue()


def test_a_note_is_in_the_picture() -> None:
    """It stands below the title."""
    plain, noted = (draw_picture("made up", (3, 2), lambda _: None, note=n) for n in ("", "n = 3"))
    assert plain != noted


@pytest.mark.parametrize("inches", [4, 8, 12])
def test_a_long_note_is_no_wider_than_the_picture(inches: int) -> None:
    """It takes more lines, and no letter is cut off at a side."""
    note = "a point of the survey each, black rings: enqueued; line: mean with 95 % band; " * 2
    picture = draw_picture("made up", (inches, 4), lambda _: None, note=note)
    pixels = np.asarray(Image.open(BytesIO(picture)).convert("L"))
    assert pixels.min() < 128
    assert (pixels[:, [0, 1, -2, -1]] == 255).all()


def test_threads_draw_the_same_as_one() -> None:
    """Pictures drawn side by side are equal, byte for byte, to one drawn alone."""
    studies = [make_study(make_trial((0.8, 0.9 + number / 100))) for number in range(4)] * 2
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw_arms, studies))
    assert together == [draw_arms(study) for study in studies]


def test_no_global_figure_is_left_behind() -> None:
    """Nothing is registered with pyplot, where figures would pile up."""
    draw_history(make_study(make_trial()))
    draw_importances(Importances(evaluator="made up", shares={"plain": {"lr": 1.0}}), {})
    assert plt.get_fignums() == []


@pytest.mark.parametrize("count", [1, 2, len(PALETTE), len(PALETTE) + 1, 20])
def test_every_arm_has_a_colour_of_its_own(count: int) -> None:
    """However many arms, no two look the same."""
    colors = [to_rgb(color) for color in arm_colors([str(i) for i in range(count)]).values()]
    assert len(colors) == count
    for one, other in combinations(colors, 2):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.05


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (3, 3), (10, 5), (11, 6)])
def test_a_legend_fills_its_rows_evenly(count: int, columns: int) -> None:
    """What does not fit in one row leaves no row of one or two behind."""
    figures: list[Figure] = []

    def draw(figure: Figure) -> list[Artist]:
        figures.append(figure)
        return arm_handles(arm_colors([f"arm{i}" for i in range(count)]))

    draw_picture("made up", (6, 4), draw)  # holds 8 of these columns
    (figure,) = figures
    starts = {round(text.get_window_extent().x0) for text in figure.legends[0].get_texts()}
    assert len(starts) == columns


def test_studies_are_drawn_without_scikit_learn() -> None:
    """Who draws a study's pictures does not wait for a library they do not need."""
    check = "import sys, fashion_bench.analysis.plots; sys.exit('sklearn' in sys.modules)"
    assert run([sys.executable, "-c", check], check=False).returncode == 0
