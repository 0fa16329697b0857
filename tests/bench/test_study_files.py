"""The study files that are measured."""

from pathlib import Path

from fashion_bench.bench.study_files import rungs_of, write_equal, write_halving
from fashion_bench.config import Recipe
from fashion_bench.search.planning import plan_of
from fashion_bench.search.spec import load_study

RECIPE = Recipe(source="synthetic", epochs=4, batch_size=32, train_images=500, valid_images=100)


def test_equal_trials_are_the_notebooks(tmp_path: Path) -> None:
    """Only the rate varies, nobody is stopped, and trials are of the recipe asked for."""
    file = write_equal(tmp_path, RECIPE, 16)
    plan = plan_of(load_study(file), file)
    assert (plan.recipe, plan.trials_per_arm, plan.slab) == (RECIPE, 16, (250, 100))
    assert plan.varying == ("lr",)
    assert (plan.pruner.name, plan.rungs, plan.sampler.name) == ("none", (4,), "random")


def test_of_a_halving_one_in_three_goes_on(tmp_path: Path) -> None:
    """At epochs 1 and 3; widths vary too."""
    file = write_halving(tmp_path, RECIPE, 16)
    plan = plan_of(load_study(file), file)
    assert (plan.recipe, plan.trials_per_arm) == (RECIPE, 16)
    assert set(plan.varying) == {"hidden", "lr"}
    assert (plan.pruner.name, plan.pruner.options["eta"]) == ("halving", 3)
    assert plan.rungs == (1, 3, 4)
    assert rungs_of(RECIPE) == [1, 3]
