"""What a study costs by the table: from which size on it is worth a GPU, and there compiling."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from fashion_bench.plan import Plan
from fashion_bench.search.costs import COSTS, best_engine, cheaper_on_a_cpu, epochs_by_size
from fashion_bench.search.layout import choose_layout
from fashion_bench.search.resolve import load_file

ROOT = Path(__file__).parents[2]


@cache
def plan_of(file: str) -> Plan:
    """The plan of a file that is shipped."""
    return load_file(ROOT / file).plan


def lanes_of(plan: Plan) -> int:
    """Lanes of its cohorts on a GPU."""
    return choose_layout(plan, "cuda", None).lanes


# The least workers with which a CPU has trained the whole before a GPU would have.
CPU_FROM = {
    "studies/smoke.toml": 1,
    "studies/mlp_dropout.toml": 8,
    "studies/mlp_dropout_effect.toml": 16,
    "studies/mlp_hidden_grid.toml": 16,
    "studies/mlp_tuned.toml": 16,
    "studies/cnn_dropout.toml": 16,
    "studies/cnn_search.toml": None,
    "studies/optuna_example.toml": None,
    "experiments/mlp_baseline.toml": None,
    "experiments/mlp_rotated.toml": None,
    "experiments/dropout.toml": 16,
    "experiments/hidden.toml": 16,
    "experiments/mlp_tuned_measured.toml": 16,
    "experiments/cnn.toml": None,
    "experiments/cnn_tuned.toml": None,
    "experiments/sources.toml": None,
}


def test_every_file_that_is_shipped_is_told_below() -> None:
    """None is left out."""
    folders = ("studies", "experiments")
    shipped = {
        f"{folder}/{one.name}" for folder in folders for one in (ROOT / folder).glob("*.toml")
    }
    assert shipped == set(CPU_FROM)


@pytest.mark.parametrize(
    ("file", "workers"),
    CPU_FROM.items(),
    ids=[
        f"{file}: a GPU" if workers is None else f"{file}: the CPU from {workers} workers on"
        for file, workers in CPU_FROM.items()
    ],
)
def test_a_small_study_is_the_cpus(file: str, workers: int | None) -> None:
    """More workers never make a GPU the better one; a trial is one's, so that is not for ever."""
    plan, tried = plan_of(file), (1, 2, 4, 8, 16, 32, 64, 1024)
    found = [many for many in tried if cheaper_on_a_cpu(plan, lanes_of(plan), many)]
    assert found == [many for many in tried if workers is not None and many >= workers]


# Trials of each of two arms that end at no rung, from which on it is compiled.
COMPILED_FROM = {("mlp", 4): 36, ("mlp", 8): 56, ("mlp", 32): 128, ("mlp", 128): 128, ("cnn", 8): 8}


@pytest.mark.parametrize(
    ("model", "generation"),
    COMPILED_FROM,
    ids=[
        f"{model}, cohorts of {2 * generation}: compiled from {2 * trials} trials on"
        for (model, generation), trials in COMPILED_FROM.items()
    ],
)
def test_a_large_study_is_compiled(model: str, generation: int) -> None:
    """Where it saves twice what compiling takes; the next smaller study is captured."""
    plan = plan_of(f"studies/{model}_dropout.toml")
    plan = replace(plan, rungs=plan.rungs[-1:], generation=generation)
    engines = [
        best_engine(replace(plan, trials_per_arm=generation * many), 2 * generation)
        for many in range(1, 30)
    ]
    captured = COMPILED_FROM[model, generation] // generation - 1
    assert engines == ["captured"] * captured + ["compiled"] * (29 - captured)


def test_rungs_make_cohorts_of_more_sizes() -> None:
    """Of 16 trials 4 go on and then 2; each size is compiled, and what is over has its own."""
    plan = plan_of("studies/mlp_dropout.toml")
    assert epochs_by_size(plan, 16) == {16: 4 * 1, 4: 4 * 2, 2: 4 * 7}
    unpruned = replace(plan, rungs=(10,), trials_per_arm=20)
    assert epochs_by_size(unpruned, 16) == {16: 20, 8: 10}
    assert epochs_by_size(unpruned, 4) == {4: 2 * 40 + 20}


def test_stages_count() -> None:
    """Of two arms: generations of 5 and 4 of a survey, 4 of a search of 4, 2 of 5 to confirm."""
    plan = plan_of("studies/mlp_dropout_effect.toml")
    assert epochs_by_size(plan, 8) == {8: 10 * (2 + 4 + 2), 2: 10 * (1 + 2)}


def test_of_a_network_of_ones_own_nobody_knows() -> None:
    """A GPU has it, captured: it is there already, and needs nothing."""
    plan = plan_of("studies/smoke.toml")
    own = replace(plan, recipe=replace(plan.recipe, model="my_net.py:Net"))
    assert own.recipe.model not in COSTS
    assert not cheaper_on_a_cpu(own, 4, 1024)
    assert best_engine(replace(own, trials_per_arm=100_000), 4) == "captured"


def test_fewer_images_cost_less_of_both() -> None:
    """A tenth of the images compiles only for ten times the trials."""
    plan = replace(plan_of("studies/mlp_dropout.toml"), rungs=(10,), trials_per_arm=56)
    few = replace(plan, recipe=replace(plan.recipe, train_images=5_400))
    assert [best_engine(plan, 16), best_engine(few, 16)] == ["compiled", "captured"]
    assert best_engine(replace(few, trials_per_arm=560), 16) == "compiled"
