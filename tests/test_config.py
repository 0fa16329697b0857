"""A trial, written down."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.parameters import bare_arguments, network_classes, network_parameters
from tests.networks import DEFAULT_ARGUMENTS, DEFAULT_WIDTHS

NOTEBOOK = TrialConfig(
    recipe=Recipe(),
    arguments=tuple(DEFAULT_WIDTHS["mlp"].values()),
    hyper=Hyper(),
    seed=0,
    split_seed=0,
)


def test_the_defaults_are_the_notebooks() -> None:
    """784-250-100-10, Adam at 0.001, batches of 64, 10 epochs, 54,000 and 6,000 images."""
    recipe, hyper = NOTEBOOK.recipe, NOTEBOOK.hyper
    assert NOTEBOOK.arguments == (250, 100)
    assert bare_arguments("mlp", NOTEBOOK.arguments) == ()
    assert (hyper.lr, hyper.dropout, hyper.weight_decay, hyper.label_smoothing) == (1e-3, 0, 0, 0)
    assert (hyper.schedule, hyper.clip, NOTEBOOK.optimizer) == ("constant", 0, ())
    assert (recipe.optimizer, recipe.loss, recipe.augment) == ("adam", "cross_entropy", "none")
    assert (recipe.batch_size, recipe.epochs) == (64, 10)
    assert (recipe.train_images, recipe.valid_images) == (54_000, 6_000)
    assert recipe.steps_per_epoch == 844


@given(images=st.integers(1, 60_000), batch=st.integers(1, 1000))
def test_steps_cover_every_image_once(images: int, batch: int) -> None:
    """The last batch holds what is left: never nothing, never more than a batch."""
    steps = Recipe(train_images=images, batch_size=batch).steps_per_epoch
    assert 0 < images - (steps - 1) * batch <= batch


@pytest.mark.parametrize("part", [NOTEBOOK, NOTEBOOK.recipe, NOTEBOOK.hyper])
def test_a_configuration_cannot_be_changed(part: TrialConfig | Recipe | Hyper) -> None:
    """A configuration is a value: it can be compared, be a key, and be replaced."""
    assert replace(part) == part
    assert hash(replace(part)) == hash(part)
    with pytest.raises(FrozenInstanceError):
        setattr(part, fields(part)[0].name, None)


def test_every_model_has_default_widths() -> None:
    """The notebook's network and a LeNet, in the order of their layers; nobody can change them."""
    defaults = {
        model: [(name, one.default) for name, one in network_parameters(model).items()]
        for model in network_classes()
    }
    assert defaults == {model: [*own.items()] for model, own in DEFAULT_ARGUMENTS.items()}
    for model, widths in DEFAULT_WIDTHS.items():
        assert defaults[model][: len(widths)] == [*widths.items()]
    with pytest.raises(TypeError):
        network_classes()["mlp"] = None  # type: ignore[index]


@given(st.floats(1e-12, 1e3), st.floats(1e-12, 1e3))
def test_a_configuration_written_out_names_it(one: float, other: float) -> None:
    """Two configurations are equal exactly when they are written alike: state files rely on it."""
    first, second = (replace(NOTEBOOK, hyper=Hyper(lr=lr)) for lr in (one, other))
    assert (repr(first) == repr(second)) == (first == second)
