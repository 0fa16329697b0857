"""A parameter is declared once: what its declaration says is what everybody reads."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import pytest
import torch
from annotated_types import Ge, Gt, Le, Lt

from fashion_bench import code, models, parameters
from fashion_bench.config import Hyper, Recipe, Share, TrialConfig, Width
from fashion_bench.data.synthetic import draw_images
from fashion_bench.errors import SpecError
from fashion_bench.parameters import (
    Parameter,
    network_classes,
    network_parameters,
    parameters_of,
    recipe_parameters,
    takes_drop,
)
from fashion_bench.training.cohort import Cohort, shapes_of
from fashion_bench.training.loop import render, rows_of
from tests.networks import MODELS

ROOT = Path(__file__).parent.parent

NETWORK = '''
"""Two hidden layers that both drop, one in a block of its own."""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn

from fashion_bench.config import Width
from fashion_bench.models.layers import Drop, keep_all


class Twice(nn.Module):
    """A network of a test."""

    def __init__(
        self, wide: Annotated[Width, "units of the first"] = 12, narrow: Width = 6
    ) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(28 * 28, wide))
        self.second = nn.Linear(wide, narrow)
        self.last = nn.Linear(narrow, 10)

    def forward(self, images: Tensor, drop: Drop = keep_all) -> Tensor:
        """Return logits."""
        wide = F.relu(drop(self.block(images.flatten(1)), 0))
        narrow = F.relu(drop(self.second(wide), 1))
        logits: Tensor = self.last(narrow)
        return logits
'''


def declared(kind: Any, name: str = "it", default: Any = 1) -> Parameter:
    """Return a parameter of a type."""
    return Parameter(name=name, declared=kind, default=default, decides="one lane")


@pytest.fixture
def alone() -> Iterator[None]:
    """Let nothing be remembered of the networks of a test."""
    yield
    _forget()


@pytest.mark.parametrize("model", MODELS)
def test_a_network_is_read_as_python_reads_it(model: str) -> None:
    """Names, annotated types and defaults from the source are those of the class itself."""
    network = getattr(import_module(f"fashion_bench.models.{model}"), network_classes()[model].name)
    types = get_type_hints(network.__init__, include_extras=True)
    told = ("shape", "classes")  # what every network is told of its images
    arguments = [
        one for one in inspect.signature(network).parameters.values() if one.name not in told
    ]
    assert len(arguments) + len(told) == len(inspect.signature(network).parameters)
    found = network_parameters(model)
    assert list(found) == [one.name for one in arguments]
    assert [one.declared for one in found.values()] == [types[one.name] for one in arguments]
    assert [one.default for one in found.values()] == [one.default for one in arguments]


@pytest.mark.parametrize("record", [Hyper, Recipe])
def test_every_field_of_a_trial_says_what_it_is(record: Any) -> None:
    """Each has a phrase, legal values in words, and a default that is legal."""
    known = {**recipe_parameters(), **parameters_of("mlp")}
    names = {one.name for one in fields(record)} - {"model", "epochs"}
    for name in names:
        one = known[name]
        assert one.meaning
        assert one.legal
        assert repr(one.read(one.default, name)) == repr(one.default)


@pytest.mark.parametrize(
    ("kind", "legal"),
    [
        (Annotated[float, Gt(0), Le(1e38)], "a number above 0 to 1e38"),
        (Annotated[float, Ge(0), Le(2)], "a number from 0 to 2"),
        (Share, "a number from 0 to below 1"),
        (Width, "a whole number from 1 to 4096"),
        (Annotated[int, Gt(2)], "a whole number above 2"),
        (Annotated[float, Gt(0), Lt(1)], "a number above 0 to below 1"),
        (Annotated[float, Le(3)], "a number to 3"),
        (Annotated[float, Lt(3)], "a number to below 3"),
        (Annotated[int, Ge(0)], "a whole number from 0"),
        (Annotated[float, "any"], "a number"),
        (Literal["a", "b"], "one of 'a', 'b'"),
        (Annotated[Literal["a", "b"], "which"], "one of 'a', 'b'"),
    ],
)
def test_legal_values_are_told_in_words(kind: Any, legal: str) -> None:
    """Whatever bounds a declaration has, its error says them."""
    one = declared(kind)
    assert one.legal == legal
    with pytest.raises(SpecError, match="not a legal value"):
        one.read("no such word", "it")


@pytest.mark.parametrize(
    ("kind", "default", "meant"),
    [(Share, 0, float), (Width, 1, int), (Literal["a", "b"], "a", str)],
)
def test_the_type_is_that_of_the_annotation(kind: Any, default: Any, meant: type) -> None:
    """A float whose default is written 0 has a range of floats all the same."""
    assert declared(kind, default=default).kind is meant


def test_a_phrase_belongs_to_the_annotation() -> None:
    """A value of a Literal is no description."""
    assert declared(Literal["a", "b"]).meaning == ""
    assert declared(Annotated[Width, "units"]).meaning == "units"


@pytest.mark.usefixtures("alone")
def test_a_constructor_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An annotation may hold no code that would have to be run to be understood."""
    text = NETWORK.replace('Annotated[Width, "units of the first"]', "__import__('os').getpid()")
    (tmp_path / "twice.py").write_text(text)
    _networks_in(tmp_path, monkeypatch)
    with pytest.raises(ValueError, match="malformed"):
        network_parameters("twice")


@pytest.mark.usefixtures("alone")
def test_a_network_in_a_file_of_its_own_needs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be named, drawn, dropped out in two places, and padded beside a narrower lane."""
    (tmp_path / "twice.py").write_text(NETWORK)
    _networks_in(tmp_path, monkeypatch)
    assert [(p.name, p.default, p.meaning) for p in network_parameters("twice").values()] == [
        ("wide", 12, "units of the first"),
        ("narrow", 6, ""),
    ]
    assert models.drop_units(models.Architecture("twice", (12, 6))) == (12, 6)
    recipe = Recipe(
        model="twice", source="synthetic", train_images=64, valid_images=32, batch_size=16, epochs=1
    )
    configs = [
        TrialConfig(recipe=recipe, arguments=widths, hyper=Hyper(dropout=0.5), seed=3, split_seed=1)
        for widths in ((12, 6), (5, 9))
    ]
    images = draw_images("train", 96)
    together = _losses(configs, images)
    alone = [_losses([config], images)[0] for config in configs]
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-9, atol=0)


def _losses(configs: list[TrialConfig], images: Any) -> torch.Tensor:
    """Return the losses [T, steps] of an epoch in float64."""
    cohort = Cohort.start(configs, dtype=torch.float64)
    rendering, rows = render(cohort, images), rows_of(configs, 96).train
    losses, _ = rendering.train(rows, 0, lambda _: None)
    return torch.stack([batch.mean(1) for batch in torch.split(losses, 16, dim=1)], dim=1)


def _networks_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the networks be those of a folder, for one test."""
    monkeypatch.setattr(parameters, "NETWORKS", folder)
    monkeypatch.setattr(models, "__path__", [str(folder), *models.__path__])
    monkeypatch.delitem(sys.modules, "fashion_bench.models.twice", raising=False)
    _forget()


def _forget() -> None:
    for cached in (network_parameters, parameters_of, takes_drop, models.drop_units, shapes_of):
        cached.cache_clear()


def test_a_file_is_checked_without_anything_heavy() -> None:
    """Neither torch nor Optuna nor numpy is imported to read and plan a study."""
    code = (
        "import sys; from pathlib import Path\n"
        "from fashion_bench.search.resolve import load_file\n"
        "load_file(Path('studies/mlp_dropout.toml'))\n"
        "print(sorted({'torch', 'optuna', 'numpy', 'mlflow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        ('Where("b", least=2)', 'Where("a", least=2)', "a hangs on itself"),
        ('Where("width", least=2)', 'Where("a", least=2)', "a hangs on width, which is no param"),
    ],
)
def test_what_hangs_on_nothing_is_refused(
    first: str, second: str, problem: str, tmp_path: Path
) -> None:
    """In one line, for it could never be asked."""
    (tmp_path / "net.py").write_text(
        "from typing import Annotated\nfrom torch import nn\nfrom fashion_bench import Where\n\n"
        f"class Net(nn.Module):\n    def __init__(self, a: Annotated[int, {first}] = 1, "
        f"b: Annotated[int, {second}] = 1):\n        super().__init__()\n"
    )
    own = code.find("net.py:Net", tmp_path, "model")
    code.know([own])
    with pytest.raises(SpecError, match=problem):
        parameters_of(own.name)
