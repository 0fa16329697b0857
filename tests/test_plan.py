"""What an arm's trials use of its space, and what a file of code and data comes to."""

import tomllib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.config import Where
from fashion_bench.dimensions import Choice, Range
from fashion_bench.parameters import arguments_of, bare_arguments
from fashion_bench.plan import ArmPlan
from fashion_bench.search.experiment_file import toml_text
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.spec import canonical, parse, parse_toml
from tests.plans import make_plan
from tests.test_studies import EXPERIMENTS, STUDIES

ARM = ArmPlan(
    name="a",
    fixed={"dropout": 0.0, "momentum": 0.0},
    space={
        "hidden3": Range(low=4, high=8, integer=True),
        "depth": Choice(values=(1, 2, 3)),
        "optimizer": Choice(values=("adam", "sgd")),
        "lr": Range(low=1e-4, high=1e-2, log=True, integer=False),
    },
    where={
        "hidden3": (Where("depth", least=3),),
        "momentum": (Where("optimizer", "sgd"),),
    },
)


def test_what_others_hang_on_is_asked_first() -> None:
    """Else the order is the space's own."""
    assert ARM.order == ("depth", "hidden3", "optimizer", "lr")
    assert ARM.sometimes


def test_a_trial_uses_what_its_values_ask_for() -> None:
    """Fixed or sampled, what it does not use is not told."""
    sampled = {"depth": 2, "hidden3": 5, "optimizer": "adam", "lr": 1e-3}
    assert ARM.used(sampled) == {"dropout": 0.0, "depth": 2, "optimizer": "adam", "lr": 1e-3}
    assert "hidden3" in ARM.used(sampled | {"depth": 3})
    assert "momentum" in ARM.used(sampled | {"optimizer": "sgd"})


@given(st.integers(0, 99), st.integers(0, 100), st.integers(1, 99), st.integers())
def test_controls_are_spread_evenly(percent: int, first: int, trials: int, seed: int) -> None:
    """Any trials in a row hold the share of them, rounded up or down, in every arm the same."""
    plan = make_plan(("a", "b"), controls=percent / 100, seed=seed)
    one, other = plan.arms
    numbers = [n for n in range(first, first + trials) if plan.finishes(one, n)]
    assert numbers == [n for n in range(first, first + trials) if plan.finishes(other, n)]
    assert abs(len(numbers) - Fraction(percent * trials, 100)) < 1


def test_controls_begin_where_the_seed_says() -> None:
    """Not always at the same numbers; and without a share there are none."""
    firsts = {
        next(
            n
            for n in range(8)
            if (plan := make_plan(controls=0.25, seed=s)).finishes(plan.arms[0], n)
        )
        for s in range(40)
    }
    assert firsts == {0, 1, 2, 3}
    plan = make_plan()
    assert not any(plan.finishes(plan.arms[0], number) for number in range(100))


def test_an_arm_whose_conditions_are_met_by_what_is_fixed_is_not_conditional() -> None:
    """Then all its trials use the same."""
    fixed = ArmPlan(
        name="a", fixed={"depth": 3}, space={"hidden3": ARM.space["hidden3"]}, where=ARM.where
    )
    assert not fixed.sometimes
    assert fixed.uses("hidden3", fixed.fixed)


@pytest.mark.parametrize(
    ("where", "holds", "not_"),
    [(Where("depth", least=3), 3, 2), (Where("optimizer", "sgd", "adam"), "adam", "rmsprop")],
)
def test_where(where: Where, holds: object, not_: object) -> None:
    """One of some values, or a least one."""
    assert where.holds(holds)  # type: ignore[arg-type]
    assert not where.holds(not_)  # type: ignore[arg-type]


def test_arguments_stand_without_the_defaults_at_the_end() -> None:
    """So a network that gains an argument leaves old configurations as they were."""
    assert arguments_of("mlp", {}) == ()
    assert arguments_of("mlp", {"hidden2": 50}) == (250, 50)
    assert arguments_of("mlp", {"depth": 3, "hidden3": 7}) == (250, 100, 3, "relu", 7)
    assert bare_arguments("mlp", (250, 100)) == ()


@pytest.mark.parametrize("file", [*STUDIES, *EXPERIMENTS], ids=lambda file: file.stem)
def test_a_file_can_be_written_from_its_keys(file) -> None:  # type: ignore[no-untyped-def]
    """What Python asks for is stored as the file that would ask for it."""
    spec = parse_toml(file.read_text(), file)
    text = toml_text(canonical(spec))
    assert parse(tomllib.loads(text), file) == spec
    assert plan_of(parse_toml(text, file), file) == plan_of(spec, file)
