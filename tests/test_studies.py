"""The files in ``studies/`` and ``experiments/`` are questions, and every one can be asked."""

import re
import tomllib
from pathlib import Path

import pytest

from fashion_bench.parameters import network_parameters
from fashion_bench.search.resolve import load_file, plan_of
from fashion_bench.search.schema import schema
from fashion_bench.search.spec import parse
from tests.generated import generated

ROOT = Path(__file__).parents[1]
STUDIES = sorted(ROOT.glob("studies/*.toml"))
EXPERIMENTS = sorted(ROOT.glob("experiments/*.toml"))
SCREEN = 45  # lines


def by_name(path: Path) -> str:
    """Name a case after its file."""
    return path.stem


@pytest.mark.parametrize("path", STUDIES, ids=by_name)
def test_a_shipped_study_can_be_run(path):
    """It is called as its file is, and a plan can be drawn from it."""
    plan = load_file(path).plan
    assert (plan.name, plan.kind) == (path.stem, "study")


@pytest.mark.parametrize("path", EXPERIMENTS, ids=by_name)
def test_a_shipped_experiment_can_be_run(path):
    """It is called as its file is, and a plan can be drawn from it."""
    plan = load_file(path).plan
    assert (plan.name, plan.kind) == (path.stem, "experiment")


@pytest.mark.parametrize("path", STUDIES + EXPERIMENTS, ids=by_name)
def test_a_shipped_file_is_one_screen_that_opens_with_its_question(path):
    """Before the first key a comment asks, and says what would change our mind."""
    lines = path.read_text("utf-8").splitlines()
    comment = [line for line in lines[: lines.index("")] if line.startswith("# ")]
    assert len(lines) <= SCREEN
    assert lines[0].startswith("# ")
    assert "?" in " ".join(comment)
    assert len(comment) >= 2


@pytest.mark.parametrize(
    ("path", "text"), [pytest.param(*one, id=one[0].name) for one in generated()]
)
def test_what_is_generated_is_up_to_date(path, text):
    """What an editor checks and a reader is told is what the program checks."""
    assert path.read_text("utf-8") == text, "run `python -m tests.generated`"


@pytest.mark.parametrize("path", STUDIES + EXPERIMENTS, ids=by_name)
def test_a_shipped_file_names_its_schema_before_the_first_key(path):
    """Editors look for the schema among the comments at the top."""
    kind = "study" if path in STUDIES else "experiment"
    top = path.read_text("utf-8").split("\nname =")[0]
    assert f"\n#:schema ./{kind}.schema.json\n" in top


def test_the_default_study_asks_about_dropout_as_the_notebook_left_it():
    """Its first trials are the notebook's two networks, and each arm is tuned alike."""
    plan = load_file(ROOT / "studies/mlp_dropout.toml").plan
    none, dropout = plan.arms
    assert (plan.trials_per_arm, plan.generation, plan.rungs) == (32, 8, (1, 3, 10))
    assert none.listed == ({"hidden": 250, "lr": 1e-3},)
    assert dropout.listed == ({"hidden": 250, "lr": 1e-3, "dropout": 0.25},)
    assert dict(dropout.space, dropout=None) == dict(none.space, dropout=None)


def test_the_baseline_is_the_notebooks_network():
    """Its first trial is the notebook's run: widths, learning rate, batches, epochs and seed."""
    plan = load_file(ROOT / "experiments/mlp_baseline.toml").plan
    config = plan.trial(plan.arms[0], 0, {}).config
    defaults = network_parameters("mlp")
    assert config.arguments == ()
    assert (defaults["hidden"].default, defaults["hidden2"].default) == (250, 100)
    assert (config.hyper.lr, config.hyper.dropout, config.hyper.schedule) == (1e-3, 0, "constant")
    assert (config.recipe.batch_size, config.recipe.epochs, config.seed) == (64, 10, 1234)
    assert plan.trials_per_arm == 10


@pytest.mark.parametrize("folder", ["studies", "experiments"])
def test_the_example_in_a_readme_can_be_run(folder):
    """What is copied from it works."""
    text = (ROOT / folder / "README.md").read_text("utf-8")
    examples = [e for e in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "name =" in e]
    assert [plan_of(parse(tomllib.loads(e), "it"), "it").kind for e in examples] == [
        {"studies": "study", "experiments": "experiment"}[folder]
    ]


@pytest.mark.parametrize("folder", ["studies", "experiments"])
def test_the_readme_of_a_folder_lists_its_files(folder):
    """Whoever looks for a question finds it by reading."""
    text = (ROOT / folder / "README.md").read_text("utf-8")
    assert [p.name for p in sorted((ROOT / folder).glob("*.toml")) if p.name not in text] == []


@pytest.mark.parametrize(("folder", "kind"), [("studies", "study"), ("experiments", "experiment")])
def test_the_readme_of_a_folder_explains_every_key(folder, kind):
    """The table of keys is complete."""
    text = (ROOT / folder / "README.md").read_text("utf-8")
    tables = [schema(kind), *schema(kind)["$defs"].values()] if kind == "study" else [schema(kind)]
    keys = {key for table in tables for key in table["properties"]}
    assert sorted(key for key in keys if f"`{key}`" not in text and f"[{key}" not in text) == []
