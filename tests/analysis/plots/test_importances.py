from math import nan
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fashion_bench.analysis.plots.importances import (
    Importances,
    Shares,
    draw_bars,
    draw_importances,
    ranked_params,
)
from tests.analysis.conftest import near


def made_up(shares: Shares, **more: Any) -> Importances:
    """Return importances by an evaluator that is not there."""
    return Importances(evaluator="made up", shares=shares, **more)


def bars_of(axes: Axes) -> list[Rectangle]:
    """Return the bars, arm by arm."""
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_the_most_important_parameter_comes_first() -> None:
    """Parameters are ordered by their highest share in any arm; arms keep their order."""
    importances = {"b": {"lr": 0.6, "hidden": 0.4}, "a": {"hidden": 0.1, "dropout": 0.9}}
    assert ranked_params(importances) == ["dropout", "lr", "hidden"]
    axes = Figure().subplots()
    draw_bars(axes, importances, {})
    assert [label.get_text() for label in axes.get_yticklabels()] == ["dropout", "lr", "hidden"]
    assert [bar.get_width() for bar in bars_of(axes)] == [0.0, 0.6, 0.4, 0.9, 0.0, 0.1]
    assert len({bar.get_y() for bar in bars_of(axes)}) == 6


def test_an_importance_that_is_not_a_number_is_none() -> None:
    """An evaluator that gives up leaves no bar."""
    axes = Figure().subplots()
    draw_bars(axes, {"a": {"lr": nan, "hidden": 0.2}}, {})
    assert [label.get_text() for label in axes.get_yticklabels()] == ["hidden", "lr"]
    assert [bar.get_width() for bar in bars_of(axes)] == [0.2, 0.0]


def test_arms_without_importances_can_be_drawn() -> None:
    """Too few trials to tell: a picture that says so."""
    assert draw_importances(made_up({"a": {}, "b": {}}), {}).startswith(b"\x89PNG")
    assert draw_importances(made_up({"a": {}, "b": {"lr": 1.0}}), {"b": 3}).startswith(b"\x89PNG")
    assert draw_importances(made_up({}), {}).startswith(b"\x89PNG")


def test_each_interval_is_at_its_parameter() -> None:
    """An interval goes with its arm and parameter; one that is not finite is none."""
    axes = Figure().subplots()
    importances = {"a": {"lr": 0.6, "hidden": 0.4}, "b": {"lr": 0.5}}
    draw_bars(axes, importances, {"a": {"hidden": (0.3, 0.5), "lr": (nan, 0.7)}})
    (line,) = axes.lines
    assert np.array(line.get_xdata()).tolist() == [0.3, 0.5]
    hidden = bars_of(axes)[1]
    assert hidden.get_width() == 0.4
    middle = near(hidden.get_y() + hidden.get_height() / 2)
    assert np.array(line.get_ydata()).tolist() == [middle, middle]


def test_an_interval_is_in_the_picture() -> None:
    """Another interval gives another picture, also where the bar's end lies outside of it."""
    wide, narrow = (
        draw_importances(made_up({"a": {"lr": 0.6}}, intervals={"a": {"lr": bounds}}), {"a": 9})
        for bounds in ((0.1, 0.5), (0.2, 0.4))
    )
    assert wide != narrow
