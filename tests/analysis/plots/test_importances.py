from math import nan

from fashion_bench.analysis.plots.importances import draw_importances, importances_info


def test_the_most_important_parameter_comes_first() -> None:
    """Parameters are ordered by their highest share in any arm; arms keep their order."""
    info = importances_info({"b": {"lr": 0.6, "hidden": 0.4}, "a": {"hidden": 0.1, "dropout": 0.9}})
    assert info.params == ("dropout", "lr", "hidden")
    assert list(info.shares) == ["b", "a"]
    assert info.shares["b"] == (None, 0.6, 0.4)
    assert info.shares["a"] == (0.9, None, 0.1)


def test_an_importance_that_is_not_a_number_is_none() -> None:
    """An evaluator that gives up leaves no bar."""
    assert importances_info({"a": {"lr": nan, "hidden": 0.2}}).shares == {"a": (0.2, None)}


def test_arms_without_importances_can_be_drawn() -> None:
    """Too few trials to tell: a picture that says so."""
    assert draw_importances({"a": {}, "b": {}}, "made up", {}).startswith(b"\x89PNG")
    assert draw_importances({"a": {}, "b": {"lr": 1.0}}, "made up", {"b": 3}).startswith(b"\x89PNG")
    assert draw_importances({}, "made up", {}).startswith(b"\x89PNG")


def test_each_interval_is_at_its_parameter() -> None:
    """An interval goes with its arm and parameter; one that is not finite is none."""
    info = importances_info(
        {"a": {"lr": 0.6, "hidden": 0.4}, "b": {"lr": 0.5}},
        {"a": {"hidden": (0.3, 0.5), "lr": (nan, 0.7)}},
    )
    assert info.params == ("lr", "hidden")
    assert info.intervals == {"a": (None, (0.3, 0.5)), "b": (None, None)}


def test_an_interval_is_in_the_picture() -> None:
    """Another interval gives another picture, also where the bar's end lies outside of it."""
    wide, narrow = (
        draw_importances({"a": {"lr": 0.6}}, "made up", {"a": 9}, intervals={"a": {"lr": bounds}})
        for bounds in ((0.1, 0.5), (0.2, 0.4))
    )
    assert wide != narrow
