import pytest

from fashion_bench.analysis.plots.points import ParamAxis, varying_axes
from fashion_bench.config import ParamValue
from tests.analysis.conftest import make_trial


def axes_of(*values: ParamValue) -> tuple[ParamAxis, ...]:
    """Return the axes of trials that took these values of one parameter."""
    return varying_axes([make_trial(number=i, params={"p": v}) for i, v in enumerate(values)])


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ((1e-4, 0.05, 0.1), "log"),  # three decades
        ((32, 64, 128, 256, 512), "log"),  # crowded at its lower end
        ((0.1, 0.2, 0.3, 0.4, 0.5), "linear"),
        ((0.0, 0.25, 0.5), "linear"),
        ((0.0, 1e-4, 1e-3), "categorical"),  # crowded, but zero has no logarithm
        ((64, 250, 256, 64, 250, 256), "categorical"),  # two of three marks would run together
        (("cosine", "constant"), "categorical"),
        ((1, "auto"), "categorical"),
    ],
)
def test_the_scale_suits_the_values(values: tuple[ParamValue, ...], scale: str) -> None:
    """Log for decades or crowding, words side by side, anything else linear."""
    (axis,) = axes_of(*values)
    assert axis.scale == scale
    assert axis.marked


def test_a_parameter_that_does_not_vary_has_no_axis() -> None:
    """Fixed values are not drawn; those that vary keep the file's order."""
    trials = [
        make_trial(params={"lr": 0.1, "hidden": 64, "dropout": 0.5}),
        make_trial(params={"lr": 0.2, "hidden": 64, "weight_decay": 0.0, "dropout": 0.2}),
    ]
    assert [axis.name for axis in varying_axes(trials)] == ["lr", "dropout"]


def test_many_values_are_not_marked_one_by_one() -> None:
    """There are more than there is room for."""
    (axis,) = axes_of(*(i / 10 for i in range(10)))
    assert axis.values[-1] == 0.9
    assert not axis.marked


def test_words_keep_the_order_they_came_in() -> None:
    """A category stands at its place among the categories."""
    (axis,) = axes_of("one_cycle", "cosine", "one_cycle", "constant")
    assert axis.values == ("one_cycle", "cosine", "constant")
    assert [axis.position(value) for value in axis.values] == [0.0, 1.0, 2.0]
