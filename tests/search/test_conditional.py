"""Parameters that only some trials use: what is asked, told, recorded and gone on from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, QMCSampler, RandomSampler, TPESampler

from fashion_bench.config import ParamValue, Trial
from fashion_bench.errors import SpecError
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.records import Epoch, Outcome, Progress, Segment
from fashion_bench.rng import derive
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.spec import parse
from tests.search.made_up_curves import Killed, MadeUp
from tests.search.test_driver import Story

UNITS = {"low": 4, "high": 128, "log": True}
FILE: dict[str, Any] = {
    "name": "made_up",
    "question": "How deep?",
    "seed": 7,
    "model": "mlp",
    "epochs": 10,
    "rungs": [1, 3],
    "nuisance": {
        "hidden3": UNITS,
        "hidden2": UNITS,
        "depth": [1, 2, 3],
        "lr": {"low": 1e-4, "high": 1e-1, "log": True},
        "momentum": {"low": 0.0, "high": 0.9},
        "optimizer": ["adam", "sgd"],
    },
    "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": {"low": 0.05, "high": 0.6}}},
    "search": {"sampler": "tpe", "generation": 4, "startup": 4},
    "budget": {"trials_per_arm": 16},
    "enqueue": [{"depth": 3, "hidden3": 64}, {"optimizer": "sgd", "lr": 1e-3}],
}
SEARCHES = {
    "tpe, halving": {"sampler": "tpe", "pruner": "halving", "generation": 4, "startup": 4},
    "random, median": {"sampler": "random", "pruner": "median", "generation": 4},
    "qmc, hyperband": {"sampler": "qmc", "pruner": "hyperband", "generation": 4},
}
# What each parameter hangs on, said once more.
NEEDS: dict[str, tuple[str, set[ParamValue]]] = {
    "hidden2": ("depth", {2, 3}),
    "hidden3": ("depth", {3}),
    "momentum": ("optimizer", {"sgd"}),
}


def file_of(**tables: object) -> dict[str, Any]:
    """Return the file with other tables in the place of its own."""
    return {**FILE, **tables}


def planned(**tables: object) -> Plan:
    """Return the plan of that file."""
    return plan_of(parse(file_of(**tables), "made_up.toml"), "made_up.toml")


def score_of(*names: object) -> float:
    """Return an accuracy that hangs on everything and means nothing."""
    return derive("made up", *map(repr, names), bits=20) / 2**20


class Scored(MadeUp):
    """Training whose every figure is a function of the configuration and the epoch."""

    def _train(self, trial: Trial, segment: Segment) -> Progress:
        scores = [score_of(trial.config, epoch) for epoch in range(1, segment.until_epoch + 1)]
        history = tuple(
            Epoch(
                epoch=epoch,
                train_loss=1 - score,
                train_accuracy=score,
                valid_loss=1 - score,
                valid_accuracy=score,
                seconds=1.0,
                ended_at=1e9 + epoch,
            )
            for epoch, score in enumerate(scores, start=1)
        )
        return Progress(trial_id=trial.trial_id, history=history, checkpoint_sha256="0" * 64)


def listed(story: Story) -> list[tuple[object, ...]]:
    """Return a study's list of trials: parameters and values, bit for bit."""
    return [(t.trial_id, dict(t.params), t.config, t.outcome, t.value) for t in story.trials]


def drawn(plan: Plan, arm: ArmPlan) -> list[dict[str, ParamValue]]:
    """Ask and tell an arm to its end; every fifth trial is pruned."""
    study, asked = ArmStudy(plan, arm), list[dict[str, ParamValue]]()
    for generation in range(plan.trials_per_arm // plan.generation):
        numbers = range(len(asked), len(asked) + plan.generation)
        asked += study.ask(generation, numbers)
        for number in numbers:
            told = Outcome.PRUNED if number % 5 == 3 else Outcome.COMPLETE
            study.tell(number, told, score_of(sorted(asked[number].items())))
    return asked


# A space that every trial uses whole -------------------------------------------------------------

WHOLE: dict[str, BaseDistribution] = {
    "lr": FloatDistribution(1e-4, 1e-1, log=True),
    "label_smoothing": FloatDistribution(0.0, 0.2, step=0.05),
    "schedule": CategoricalDistribution(("constant", "cosine")),
    "hidden": CategoricalDistribution((64, 250, 256)),
    "hidden2": IntDistribution(16, 128, log=True),
    "hidden3": IntDistribution(4, 8),
}


def sampler_of(name: str, plan: Plan, generation: int) -> BaseSampler:
    """Return Optuna's sampler of a generation with nothing said but its start and its seed."""
    if name == "qmc":
        seed = derive("sampler", plan.seed, bits=32)
        return QMCSampler(scramble=True, seed=seed, warn_independent_sampling=False)
    seed = derive("sampler", plan.seed, "all", generation, bits=32)
    return TPESampler(n_startup_trials=8, seed=seed) if name == "tpe" else RandomSampler(seed=seed)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("name", ["tpe", "random", "qmc"])
def test_a_space_that_all_use_is_drawn_as_optuna_draws_it(name: str) -> None:
    """Bit for bit what ``Study.ask`` of the whole space gives, as in every version before."""
    space = {
        "schedule": ["constant", "cosine"],
        "lr": {"low": 1e-4, "high": 1e-1, "log": True},
        "label_smoothing": {"low": 0.0, "high": 0.2, "step": 0.05},
        "hidden": [64, 250, 256],
        "hidden2": {"low": 16, "high": 128, "log": True},
        "hidden3": {"low": 4, "high": 8},
    }
    search = {"sampler": name, "generation": 4}
    tables = {"fixed": {"depth": 3}, "nuisance": space, "arms": {"all": {}}, "enqueue": []}
    plan = planned(search=search, budget={"trials_per_arm": 24}, **tables)
    study, asked = optuna.create_study(direction="maximize"), []
    for generation in range(6):
        study.sampler = sampler_of(name, plan, generation)
        trials = [study.ask(WHOLE) for _ in range(4)]
        asked += [dict(trial.params) for trial in trials]
        for trial in trials:
            score = score_of(sorted(trial.params.items()))
            if trial.number % 5 == 3:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            else:
                study.tell(trial, score)
    assert drawn(plan, plan.arms[0]) == asked
    assert not plan.arms[0].sometimes


# A space of which trials use a part --------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_trial_is_asked_for_what_it_uses(sampler: str) -> None:
    """And for all of it, in whatever order the file names the parameters."""
    plan = planned(search={"sampler": sampler, "generation": 4}, enqueue=[])
    for arm in plan.arms:
        asked = drawn(plan, arm)
        for params in asked:
            unused = {name for name, (other, of) in NEEDS.items() if params[other] not in of}
            assert {*params} == {*arm.space} - unused
        assert len({frozenset(params) for params in asked}) > 2


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_a_killed_study_goes_on_as_if_it_had_not_been(
    tmp_path: Path, search: dict[str, Any]
) -> None:
    """With what was enqueued, and however often: bit for bit the same list of trials."""
    whole, broken = (Story(tmp_path / name, file_of(search=search)) for name in ("whole", "broken"))
    whole.drive(Scored(backwards=True))
    for after in (0, 5, 17, 11):
        with pytest.raises(Killed):
            broken.drive(Scored(kill_after=after))
    broken.drive(Scored())
    assert listed(broken) == listed(whole)
    assert len({frozenset(trial.params) for trial in whole.trials}) > 2


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_what_is_enqueued_is_tried(tmp_path: Path, search: dict[str, Any]) -> None:
    """What it leaves open is drawn: a parameter of the optimizer only where it has that."""
    story = Story(tmp_path, file_of(search=search, budget={"trials_per_arm": 4}))
    story.drive(Scored())
    for arm in ("none", "dropout"):
        first, second, *_ = (trial.params for trial in story.trials if trial.arm == arm)
        assert (first["depth"], first["hidden3"], "hidden2" in first) == (3, 64, True)
        assert ("momentum" in first) == (first["optimizer"] == "sgd")
        assert (second["optimizer"], second["lr"]) == ("sgd", 1e-3)
        assert 0 <= float(second["momentum"]) <= 0.9


def test_a_sequence_keeps_what_a_trial_does_not_use(tmp_path: Path) -> None:
    """The ledger has every point whole, so the next is the next; a trial's record has its own."""
    search = {"sampler": "qmc", "generation": 4}
    story = Story(tmp_path, file_of(search=search, enqueue=[]))
    story.drive(Scored())
    kept = story.ledger.past(story.plan).trials
    for arm in story.plan.arms:
        assert [{*trial.params} for trial in kept[arm.name]] == [{*arm.space}] * 16
        points = {trial.params["momentum"] for trial in kept[arm.name]}
        assert len(points) == 16
        records = [trial for trial in story.trials if trial.arm == arm.name]
        for trial, record, shown in zip(
            kept[arm.name], records, story.ledger.frozen("made_up")[arm.name], strict=True
        ):
            used = arm.used(trial.params)
            assert dict(record.params) == used
            assert shown.params == {name: used[name] for name in arm.space if name in used}
            assert {*shown.distributions} == {*shown.params}
        assert any("momentum" not in record.params for record in records)


# Grids -------------------------------------------------------------------------------------------

GRID = {"sampler": "grid", "generation": 4}
LISTS = {"hidden3": [8, 16], "hidden2": [32, 64], "depth": [1, 2, 3], "lr": [1e-3, 1e-2]}


def test_a_grid_lists_a_configuration_once() -> None:
    """Combinations that differ in what is not used are one: 2 rates of 1 + 2 + 4 networks."""
    arms: dict[str, Any] = {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.2}}
    plan = planned(nuisance=LISTS, arms=arms, search=GRID, budget={}, enqueue=[])
    assert plan.trials_per_arm == 14
    for arm in plan.arms:
        used = [tuple(sorted(arm.used(params).items())) for params in arm.listed]
        assert len(set(used)) == 14
        assert all(arm.used(params).keys() >= params.keys() for params in arm.listed)


def test_a_grid_of_unused_values_is_no_larger() -> None:
    """Six layers of four widths have 5,460 networks, though 24,576 combinations."""
    units = [8, 16, 32, 64]
    widths = {"hidden": units} | {f"hidden{layer}": units for layer in range(2, 7)}
    tables = {"nuisance": {**widths, "depth": [1, 2, 3, 4, 5, 6]}, "arms": {"all": {}}}
    plan = planned(search=GRID, budget={}, enqueue=[], **tables)
    assert plan.trials_per_arm == sum(4**depth for depth in range(1, 7))


def test_a_killed_grid_goes_on(tmp_path: Path) -> None:
    """Every configuration is trained once, with both seeds of its repeats."""
    search = {**GRID, "repeats": 2}
    arms: dict[str, Any] = {"all": {}}
    file = file_of(nuisance=LISTS, arms=arms, search=search, budget={}, enqueue=[])
    whole, broken = Story(tmp_path / "whole", file), Story(tmp_path / "broken", file)
    whole.drive(Scored())
    with pytest.raises(Killed):
        broken.drive(Scored(kill_after=20))
    broken.drive(Scored())
    assert listed(broken) == listed(whole)
    configurations = [tuple(sorted(trial.params.items())) for trial in whole.trials]
    assert sorted(map(configurations.count, configurations)) == [2] * 28


# Refused when the file is read -------------------------------------------------------------------


def refusal(**tables: object) -> str:
    """Return the line that answers a file."""
    with pytest.raises(SpecError) as refused:
        planned(**tables)
    return str(refused.value)


def test_a_gaussian_process_is_refused_where_trials_differ() -> None:
    """It would learn of no parameter that some trials lack; where all have all it is not."""
    search = {"sampler": "gp", "generation": 4}
    told = refusal(search=search)
    assert told.startswith("made_up.toml: search.sampler: ")
    assert told.endswith("use tpe, qmc or random")
    assert "hidden2" in told
    assert "\n" not in told
    deep = {**FILE["nuisance"], "depth": [3, 4], "optimizer": ["rmsprop", "sgd"]}
    plan = planned(search=search, nuisance=deep, enqueue=[])
    assert not any(arm.sometimes for arm in plan.arms)
    assert {*plan.arms[0].space} == {*deep}


@pytest.mark.parametrize(
    "entry", [{"depth": 2, "hidden3": 64}, {"momentum": 0.5, "optimizer": "adam"}]
)
def test_what_an_enqueued_trial_cannot_use_is_refused(entry: dict[str, Any]) -> None:
    """It is a slip of the pen."""
    name = next(name for name in NEEDS if name in entry)
    told = refusal(enqueue=[entry])
    assert told.startswith(f"made_up.toml: enqueue.0.{name}: used only where {NEEDS[name][0]} is ")


def test_an_arm_whose_trials_all_use_the_same_is_not_conditional() -> None:
    """What decides is fixed in each arm, so a Gaussian process may learn in each."""
    arms: dict[str, Any] = {"adam": {"optimizer": "adam"}, "sgd": {"optimizer": "sgd"}}
    space: dict[str, Any] = {name: FILE["nuisance"][name] for name in ("lr", "momentum")}
    search = {"sampler": "gp", "generation": 4}
    plan = planned(nuisance=space, arms=arms, search=search, enqueue=[])
    adam, sgd = plan.arms
    assert (adam.sometimes, sgd.sometimes) == ((), ())
    short = replace(plan, trials_per_arm=8)
    assert {frozenset(params) for params in drawn(short, adam)} == {frozenset({"lr"})}
    assert {frozenset(params) for params in drawn(short, sgd)} == {frozenset({"lr", "momentum"})}
