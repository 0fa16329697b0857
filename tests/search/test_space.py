"""What may vary: reading what a file writes, and listing what a space holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.config import Hyper
from fashion_bench.dimensions import Choice, Range
from fashion_bench.errors import SpecError, dotted, nearest, shown
from fashion_bench.parameters import parameters_of
from fashion_bench.search.space import RangeTable, grid, read
from tests.networks import DEFAULT_ARGUMENTS, MODELS

MLP = parameters_of("mlp")


@pytest.mark.parametrize("model", MODELS)
def test_every_hyperparameter_and_width_of_a_model_is_a_parameter(model):
    """Whatever a trial's config holds can be named in a file, and its default is legal."""
    defaults = {name: getattr(Hyper(), name) for name in Hyper.__dataclass_fields__}
    defaults |= DEFAULT_ARGUMENTS[model]
    defaults |= {"batch_size": 64, "optimizer": "adam", "loss": "cross_entropy", "augment": "none"}
    defaults |= {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    assert set(parameters_of(model)) == set(defaults)
    assert {name: parameters_of(model)[name].read(defaults[name], name) for name in defaults} == (
        defaults
    )


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("lr", 0.01, 0.01),
        ("lr", 1, 1.0),
        ("dropout", 0, 0.0),
        ("hidden", 4096, 4096),
        ("schedule", "cosine", "cosine"),
        ("hidden", (64, 250), Choice(values=(64, 250))),
        ("lr", (1, 0.1), Choice(values=(1.0, 0.1))),
        ("hidden", RangeTable(low=64, high=256), Range(low=64, high=256, integer=True)),
        (
            "hidden",
            RangeTable(low=64, high=256, step=64),
            Range(low=64, high=256, step=64, integer=True),
        ),
        (
            "lr",
            RangeTable(low=1e-4, high=1, log=True),
            Range(low=1e-4, high=1.0, log=True, integer=False),
        ),
    ],
)
def test_reading_gives_values_of_the_parameters_own_type(name, written, meant):
    """A whole number may be written for a float; what is read is a float all the same."""
    found = read(MLP[name], written, name)
    assert (found, repr(found)) == (meant, repr(meant))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("lr", 0),
        ("lr", float("nan")),
        ("lr", float("inf")),
        pytest.param("lr", 16**5000, id="of 20,000 bits"),
        ("lr", "0.1"),
        ("dropout", 1.0),
        ("dropout", -0.1),
        ("weight_decay", -1e-9),
        ("label_smoothing", 1),
        ("hidden", 0),
        ("hidden", 64.0),
        ("hidden", 4097),
        ("schedule", "linear"),
        ("schedule", 1),
        ("schedule", RangeTable(low="constant", high="cosine")),
        ("lr", RangeTable(low=0, high=1)),
        ("hidden", RangeTable(low=64, high=256, step=0)),
        ("hidden", RangeTable(low=64, high=256, step=1.5)),
        ("hidden", RangeTable(low=64, high=256, step=100)),
        ("dropout", RangeTable(low=0, high=0.5, step=float("inf"))),
        ("dropout", RangeTable(low=0, high=0.5, step=1)),
        ("dropout", RangeTable(low=0.5, high=0.5)),
        ("dropout", RangeTable(low=0, high=0.5, log=True)),
        ("hidden", ()),
        ("hidden", (64,)),
        ("lr", (1, 1.0)),
    ],
)
def test_what_is_not_legal_is_refused_where_it_stands(name, written):
    """The error names the path it was given, or one below it."""
    with pytest.raises(SpecError) as error:
        read(MLP[name], written, "nuisance.it")
    assert error.value.where.startswith("nuisance.it")


def test_steps_are_counted_in_decimals():
    """0.3 is three steps of 0.1, as a reader counts, though not in binary."""
    dimension = read(MLP["dropout"], RangeTable(low=0, high=0.3, step=0.1), "dropout")
    assert dimension == Range(low=0.0, high=0.3, step=0.1, integer=False)
    assert dimension.points() == (0.0, 0.1, 0.2, 0.3)
    assert dimension.holds(0.3)
    assert not dimension.holds(0.25)


@given(low=st.integers(1, 50), steps=st.integers(1, 20), step=st.integers(1, 9))
def test_a_stepped_range_holds_its_points_and_no_others(low, steps, step):
    """Among whole numbers, a range holds exactly those it lists."""
    high = low + steps * step
    dimension = read(MLP["hidden"], RangeTable(low=low, high=high, step=step), "hidden")
    assert isinstance(dimension, Range)
    held = [value for value in range(low - 2, high + 3) if dimension.holds(value)]
    assert held == list(dimension.points())
    assert all(isinstance(value, int) for value in dimension.points())


def test_a_grid_is_the_product_of_its_lists():
    """Every combination comes once, the last dimension varying fastest."""
    space = {
        "hidden": Choice(values=(64, 250)),
        "dropout": Range(low=0.0, high=0.5, step=0.25, integer=False),
    }
    assert [tuple(point.values()) for point in grid(space)] == [
        (64, 0.0),
        (64, 0.25),
        (64, 0.5),
        (250, 0.0),
        (250, 0.25),
        (250, 0.5),
    ]


def test_a_grid_refuses_what_it_cannot_list():
    """A range without a step has no list, and nobody means a million combinations."""
    with pytest.raises(SpecError, match="lr: a grid cannot list a range"):
        grid({"lr": Range(low=0.1, high=0.2, integer=False)})
    wide = Choice(values=tuple(range(1000)))
    with pytest.raises(SpecError, match="over 10000 combinations"):
        grid({"hidden": wide, "hidden2": wide})


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all():
    """A slip gets its one correction; a stranger gets the list."""
    assert nearest("droput", MLP) == "did you mean 'dropout'?"
    assert nearest("momentum", ["lr", "hidden"]) == "use one of hidden, lr"


@given(st.recursive(st.text() | st.integers() | st.floats() | st.booleans(), st.lists))
def test_a_value_is_shown_short(value):
    """Whatever a file holds, an error stays a line."""
    assert len(repr(shown(value))) < 700  # 60 characters, each escaped at worst


def test_an_odd_key_is_quoted_in_a_path():
    """A path stays readable, whatever a key holds."""
    assert dotted("arms", "drop-out_1", 0) == "arms.drop-out_1.0"
    assert dotted("arms", "a.b\x1b") == r"arms.'a.b\x1b'"
