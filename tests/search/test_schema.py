"""The schemas that editors read: as strict as the program, as far as a schema can be."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fashion_bench.parameters import parameters_of, recipe_parameters
from fashion_bench.search.schema import schema
from tests.networks import MODELS

ROOT = Path(__file__).parents[2]
STUDY = tomllib.loads((ROOT / "studies/mlp_dropout.toml").read_text("utf-8"))


def problems(data: dict[str, Any]) -> list[str]:
    """Return where a study's data is against the schema."""
    errors = Draft202012Validator(schema("study")).iter_errors(data)
    return [".".join(map(str, error.absolute_path)) for error in errors]


@pytest.mark.parametrize(("kind", "folder"), [("study", "studies"), ("experiment", "experiments")])
def test_every_shipped_file_is_as_its_schema_says(kind: Any, folder: str) -> None:
    """An editor finds nothing to underline."""
    validator = Draft202012Validator(schema(kind))
    for path in (ROOT / folder).glob("*.toml"):
        validator.validate(tomllib.loads(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("table", "written", "where"),
    [
        ("fixed", {"lr": 0}, "fixed.lr"),
        ("fixed", {"batch_size": 64.5}, "fixed.batch_size"),
        ("fixed", {"schedule": "linear"}, "fixed.schedule"),
        ("nuisance", {"hidden": [64, 0]}, "nuisance.hidden"),
        ("nuisance", {"momentun": 0.9}, "nuisance"),
        ("arms", {"none": {"dropout": 1}, "dropout": {"dropout": 0.5}}, "arms.none.dropout"),
        ("enqueue", [{"arm": "none", "hidden": 5000}], "enqueue.0.hidden"),
    ],
)
def test_a_value_that_is_not_legal_is_underlined(table: str, written: Any, where: str) -> None:
    """In every table, by the bounds that the parameter was declared with."""
    assert problems(STUDY) == []
    assert problems(STUDY | {table: written}) == [where]


def test_a_parameter_is_explained_to_editors() -> None:
    """By the phrase of its declaration; one that networks mean differently, by each."""
    fixed = schema("study")["properties"]["fixed"]["properties"]
    assert fixed["lr"] == {
        "description": "the optimizer's peak learning rate",
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1e38,
    }
    meanings = [parameters_of(model)["hidden"].meaning for model in MODELS]
    assert fixed["hidden"]["description"] == "; or: ".join(meanings)
    assert set(recipe_parameters()) < set(fixed)
