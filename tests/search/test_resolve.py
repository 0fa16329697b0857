"""From a file to a plan: what is drawn, what is refused, and with which words."""

import re
import tomllib
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.config import Hyper, Recipe
from fashion_bench.dimensions import Choice, Range
from fashion_bench.errors import SpecError, joined
from fashion_bench.parameters import parameters_of
from fashion_bench.plan import Plan, PrunerPlan, SamplerPlan
from fashion_bench.rng import derive, drawn_seeds
from fashion_bench.search.resolve import load_file, plan_of
from fashion_bench.search.spec import parse
from tests.networks import DEFAULT_ARGUMENTS, named_arguments

ROOT = Path(__file__).parents[2]

MLP = parameters_of("mlp")

STUDY = """\
name = "dropout"
question = "Does dropout help?"
seed = 1234
model = "mlp"
epochs = 10
rungs = [1, 3]

[fixed]
batch_size = 32

[nuisance]
hidden = [64, 250]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.none]
dropout = 0

[arms.dropout]
dropout = { low = 0, high = 0.5 }

[search]
pruner = "halving"

[budget]
trials_per_arm = 16

[[enqueue]]
hidden = 250
"""

GRID = """\
name = "grid"
question = "Which width?"
seed = 7
model = "mlp"
epochs = 3

[nuisance]
lr = [1e-3, 3e-3]
dropout = { low = 0, high = 0.5, step = 0.25 }

[arms.small]
hidden = 64

[arms.large]
hidden = 256

[search]
sampler = "grid"
repeats = 3
"""

EXPERIMENT = """\
name = "baseline"
question = "How good is it?"
seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9]
model = "cnn"
epochs = 4

[fixed]
lr = 2e-3

[arms.none]
dropout = 0

[arms.dropout]
dropout = 0.25
"""


def draw(text: str, *edits: tuple[str, str]) -> Plan:
    """Return the plan of a text, edited."""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return plan_of(parse(tomllib.loads(text), "it"), "it")


# What is drawn ---------------------------------------------------------------------------------


def test_a_study_is_worked_out_to_the_last_default():
    """An arm holds every parameter once: fixed, by default or by the file, or in its space."""
    plan = draw(STUDY)
    none, dropout = plan.arms
    assert plan.recipe == Recipe(batch_size=32)
    assert plan.rungs == (1, 3, 10)
    assert (plan.kind, plan.trials_per_arm, plan.generation) == ("study", 16, 8)
    assert plan.sampler == SamplerPlan(name="tpe", options={"startup": 8, "candidates": 24})
    assert plan.pruner == PrunerPlan(name="halving", options={"eta": 3})
    assert none.name == "none"
    defaults = {name: one.default for name, one in MLP.items() if name not in none.space}
    assert none.fixed == defaults | {"schedule": "constant", "hidden2": 100, "batch_size": 32}
    assert {"dropout", "weight_decay", "label_smoothing"} < set(none.fixed)
    assert none.space == {
        "hidden": Choice(values=(64, 250)),
        "lr": Range(low=1e-4, high=1e-2, log=True, integer=False),
    }
    assert dropout.space == none.space | {"dropout": Range(low=0.0, high=0.5, integer=False)}
    assert dropout.fixed == {k: v for k, v in none.fixed.items() if k != "dropout"}


def test_what_varies_is_what_is_tuned_or_sets_arms_apart():
    """A parameter with one value everywhere is no column of a table."""
    assert set(draw(STUDY).varying) == {"lr", "hidden", "dropout"}
    assert draw(EXPERIMENT).varying == ("dropout",)


def test_the_space_does_not_depend_on_the_order_in_the_file():
    """A sampler draws parameter by parameter: their order must not be an accident of the file."""
    lines = "[nuisance]\nhidden = [64, 250]\nlr = {", "[nuisance]\nlr = {"
    moved = STUDY.replace(*lines).replace("log = true }\n", "log = true }\nhidden = [64, 250]\n")
    assert tomllib.loads(moved) == tomllib.loads(STUDY)
    assert list(draw(moved).arms[1].space) == list(draw(STUDY).arms[1].space)


def test_a_trial_is_named_by_study_arm_and_number():
    """The sampled parameters join the fixed ones in the trial's configuration."""
    plan = draw(STUDY)
    trial = plan.trial(plan.arms[1], 3, {"hidden": 64, "lr": 0.002, "dropout": 0.1})
    assert trial.trial_id == "dropout.dropout-3"
    assert trial.config.arguments == (64,)
    assert named_arguments(trial.config) == DEFAULT_ARGUMENTS["mlp"] | {"hidden": 64}
    assert trial.config.hyper == Hyper(lr=0.002, dropout=0.1)
    assert trial.config.recipe == plan.recipe


def test_the_arms_of_a_study_are_paired_by_number():
    """Trials of one number share a seed; all trials share the split of the study's seed."""
    plan = draw(STUDY)
    params = {"hidden": 64, "lr": 0.002, "dropout": 0.1}
    seeds = [[plan.trial(arm, i, params).config.seed for i in range(16)] for arm in plan.arms]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 16
    assert seeds[0][2] == derive("trial", 1234, 2, bits=31)
    assert {plan.seeds_of(i)["split_seed"] for i in range(16)} == {1234}


def test_an_experiment_trains_every_arm_with_every_seed():
    """A listed seed draws everything about its trial, the split too; nothing is sampled."""
    plan = draw(EXPERIMENT)
    configs = [plan.trial(plan.arms[1], number, {}).config for number in range(10)]
    assert [config.seed for config in configs] == [1234, *range(1, 10)]
    assert [config.split_seed for config in configs] == [1234, *range(1, 10)]
    assert {config.hyper for config in configs} == {Hyper(lr=2e-3, dropout=0.25)}
    assert configs[0].arguments == ()
    assert named_arguments(configs[0]) == DEFAULT_ARGUMENTS["cnn"]
    assert (plan.kind, plan.trials_per_arm, plan.rungs) == ("experiment", 10, (4,))
    assert (plan.sampler.name, plan.pruner.name) == ("listed", "none")
    assert not any(arm.space for arm in plan.arms)


def test_an_experiment_is_measured_as_its_file_asks() -> None:
    """On the test images as they are unless it says otherwise; a study on none."""
    both = draw(EXPERIMENT, ("epochs = 4", 'epochs = 4\ntests = ["plain", "rotated"]'))
    assert draw(EXPERIMENT).tests == ("plain",)
    assert both.tests == ("plain", "rotated")
    assert draw(STUDY).tests == ()


@pytest.mark.parametrize(
    ("seeds", "generation"), [(1, 1), (8, 8), (9, 5), (10, 5), (16, 8), (17, 6), (100, 8)]
)
def test_the_generations_of_an_experiment_are_even(seeds, generation):
    """At most eight trials of an arm go together, and none is left over alone."""
    listed = ", ".join(map(str, range(seeds)))
    assert draw(EXPERIMENT, ("1234, 1, 2, 3, 4, 5, 6, 7, 8, 9", listed)).generation == generation


def test_seeds_are_drawn_from_the_name():
    """All different, of 31 bits, in an order that more of them keep; another name draws others."""
    listed = "seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    ten = draw(EXPERIMENT, (listed, "seeds = 10"))
    looks = draw(EXPERIMENT, (listed, "margin = 1\nseeds = { at_most = 30, look = 3 }"))
    assert looks.seeds[:10] == ten.seeds == drawn_seeds(ten.name, 10)
    assert len(set(looks.seeds)) == 30
    assert all(0 <= seed < 2**31 for seed in looks.seeds)
    assert not set(drawn_seeds("other", 30)) & set(looks.seeds)
    assert (ten.drawn, ten.look, ten.generation, ten.trials_per_arm) == (True, None, 5, 10)
    assert (looks.drawn, looks.look, looks.generation, looks.margin) == (True, 3, 3, 1)
    assert not draw(EXPERIMENT).drawn


@pytest.mark.parametrize("levels", [5, 7, 11, 13])
def test_sources_are_crossed_in_a_square(levels):
    """Any two seeds of two sources meet once, in every arm alike; no two sources share a seed."""
    listed = "seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    plan = draw(EXPERIMENT, (listed, f"seeds = {{ sources = {levels} }}"))
    cells = levels**2
    assert (plan.sources, plan.trials_per_arm, plan.drawn, plan.listed) == (levels, cells, 1, 1)
    seeds = [[plan.trial(arm, n, {}).config.seeds for n in range(cells)] for arm in plan.arms]
    assert seeds[0] == seeds[1]
    assert [trial["seed"] for trial in seeds[0]] == [*plan.seeds]
    used = {source: {trial[source] for trial in seeds[0]} for source in seeds[0][0]}
    assert [*used] == ["seed", "split_seed", "order_seed", "dropout_seed"]
    assert len(set().union(*used.values())) == 4 * levels
    for one, other in combinations(used, 2):
        assert len({(trial[one], trial[other]) for trial in seeds[0]}) == cells


def test_no_looks_at_one_arm():
    """Nothing would ever end it."""
    text = re.sub(r"\[arms.dropout\].*", "", EXPERIMENT, flags=re.DOTALL)
    with pytest.raises(SpecError, match=r"seeds\.look: one arm is never settled; write seeds = 8"):
        draw(text, ("seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9]", "seeds = {at_most = 8, look = 2}"))


def test_what_shall_finish_is_known_by_its_number():
    """Arm by arm, among what is listed for it; nothing does unless the file says so."""
    assert [arm.finishing for arm in draw(STUDY).arms] == [(), ()]
    more = (
        '[[enqueue]]\narm = "dropout"\ndropout = 0.25\nfinish = true\n[[enqueue]]\nfinish = true\n'
    )
    assert [arm.finishing for arm in draw(STUDY + more).arms] == [(1,), (1, 2)]


def test_enqueued_configurations_come_first():
    """An entry is for every arm, or for the one it names; the sampler fills in the rest."""
    plan = draw(STUDY + '[[enqueue]]\narm = "dropout"\ndropout = 0.25\nlr = 0.001\n')
    assert [arm.listed for arm in plan.arms] == [
        ({"hidden": 250},),
        ({"hidden": 250}, {"dropout": 0.25, "lr": 0.001}),
    ]


def test_a_grid_lists_every_combination_once_a_repeat():
    """Each repeat is a whole pass in an order of its own, the same in every arm."""
    plan = draw(GRID)
    small, large = plan.arms
    rounds = [[tuple(values.values()) for values in small.listed[at : at + 6]] for at in (0, 6, 12)]
    assert plan.trials_per_arm == len(small.listed) == 18
    assert {tuple(sorted(points)) for points in rounds} == {
        tuple((lr, dropout) for lr in (1e-3, 3e-3) for dropout in (0.0, 0.25, 0.5))
    }
    assert len({tuple(points) for points in rounds}) == 3
    assert small.listed == large.listed
    assert plan.generation == 6
    assert draw(GRID, ("seed = 7", "seed = 8")).arms[0].listed != small.listed
    assert draw(GRID, ("repeats = 3", "repeats = 3\ngeneration = 5")).generation == 5
    assert draw(GRID, ("repeats = 3", "repeats = 3\ngeneration = 99")).generation == 18
    assert draw(GRID, ("[search]", "[budget]\ntrials_per_arm = 18\n[search]")).arms == plan.arms


@pytest.mark.parametrize(
    ("written", "sampler", "pruner"),
    [
        (
            'sampler = "qmc"\nsequence = "halton"',
            SamplerPlan(name="qmc", options={"sequence": "halton", "scramble": True}),
            PrunerPlan(name="none"),
        ),
        ('sampler = "gp"', SamplerPlan(name="gp", options={"startup": 8}), PrunerPlan(name="none")),
        (
            'sampler = "random"\npruner = "median"\nwarmup_trials = 0\nwarmup_epochs = 3',
            SamplerPlan(name="random"),
            PrunerPlan(name="median", options={"warmup_trials": 0, "warmup_epochs": 3}),
        ),
        (
            'startup = 4\ncandidates = 5\npruner = "hyperband"',
            SamplerPlan(name="tpe", options={"startup": 4, "candidates": 5}),
            PrunerPlan(name="hyperband", options={"eta": 3}),
        ),
    ],
)
def test_options_get_their_defaults_and_optunas_names(written, sampler, pruner):
    """What the file leaves out is filled in; what it calls plainly Optuna calls otherwise."""
    plan = draw(STUDY, ('pruner = "halving"', written))
    assert (plan.sampler, plan.pruner) == (sampler, pruner)


@pytest.mark.parametrize("kept", ["all", "best", 5])
def test_what_is_kept_is_passed_on(kept):
    """The plan says whose checkpoints stay."""
    written = f'"{kept}"' if isinstance(kept, str) else str(kept)
    assert draw(
        STUDY, ("[budget]", f"[record]\ncheckpoints = {written}\n[budget]")
    ).checkpoints == (kept)


# What is refused -------------------------------------------------------------------------------

TEXTS = {"study": STUDY, "grid": GRID, "experiment": EXPERIMENT}

# Which text, what in it becomes what; what is then wrong; what to do.
REFUSED = r"""
study: epochs = 10 -> epochs = "ten"
    epochs: not a legal value (given: 'ten')
    it should be a valid integer

study: epochs = 10 -> epochs = 0
    epochs: not a legal value (given: 0)
    it should be greater than or equal to 1

study: epochs = 10 ->
    epochs: missing
    add it

study: epochs = 10 -> epochs = 2
    rungs: above epochs (given: 3)
    end at 2 or before

study: rungs = [1, 3] -> rungs = [3, 1]
    rungs: not in increasing order
    list each epoch once, in order

study: rungs = [1, 3] -> rungs = 3
    rungs: not a legal value (given: 3)
    it should be a list

study: epochs = 10 -> epoch = 10
    epoch: unknown key
    did you mean 'epochs'? (1 more mistake after this one)

study: rungs = [1, 3] -> rungs = [1, 2.5]
    rungs.1: not a legal value (given: 2.5)
    it should be a valid integer

study: rungs = [1, 3] -> rungs = []
    rungs: halving has no rung to stop trials at
    list an epoch before the last

study: "dropout"\n -> "Dropout!"\n
    name: not a legal value (given: 'Dropout!')
    use lower-case letters, digits, _ and -, at most 64

study: [arms.none] -> [arms."no.ne"]
    arms.'no.ne': not a legal value (given: 'no.ne')
    use lower-case letters, digits, _ and -, at most 64

study: model = "mlp" -> model = "lstm"
    model: not a legal value (given: 'lstm')
    it should be 'cnn', 'mlp' or a class of yours as 'my.py:Net'

study: [search] -> [serch]
    serch: unknown key
    did you mean 'search'?

study: pruner = -> prunner =
    search.prunner: unknown key
    did you mean 'pruner'?

study: "halving" -> "asha"
    search.pruner: not a legal value (given: 'asha')
    it should be 'none', 'halving', 'median' or 'hyperband'

study: lr = -> learning_rate =
    nuisance.learning_rate: not a parameter of mlp
    did you mean 'lr'?

study: lr = -> lrr =
    nuisance.lrr: not a parameter of mlp
    did you mean 'lr'?

study: hidden = [ -> channels = [
    nuisance.channels: not a parameter of mlp
    use one of PARAMETERS

study: hidden = [64, 250] -> hidden = [64, 64]
    nuisance.hidden: not a list of different values
    list two or more, each once, or write one value without brackets

study: hidden = [64, 250] -> hidden = [64]
    nuisance.hidden: not a list of different values
    list two or more, each once, or write one value without brackets

study: hidden = [64, 250] -> hidden = [64, 250.5]
    nuisance.hidden.1: not a legal value (given: 250.5)
    give a whole number from 1 to 4096

study: hidden = [64, 250] -> hidden = [64, [250]]
    nuisance.hidden.1: not a legal value
    it should be one number or one name in quotes

study: hidden = [64, 250] -> hidden = { low = 64, high = 250, steps = 2 }
    nuisance.hidden.steps: unknown key
    did you mean 'step'?

study: hidden = [64, 250] -> hidden = { low = 64 }
    nuisance.hidden.high: missing
    add it

study: high = 1e-2 -> high = 1e-5
    nuisance.lr: low is not below high (given: '0.0001 to 1e-05')
    widen the range

study: low = 1e-4 -> low = 0
    nuisance.lr.low: not a legal value (given: 0)
    give a number above 0 to 1e38

study: low = 0, high = 0.5 -> low = 0, high = 1
    arms.dropout.dropout.high: not a legal value (given: 1)
    give a number from 0 to below 1

study: low = 0, high = 0.5 -> low = 0, high = 0.5, log = true
    arms.dropout.dropout.low: 0 has no logarithm
    raise it, or leave log out

study: low = 0, high = 0.5 -> low = 0, high = 0.5, step = 0.2
    arms.dropout.dropout.step: does not divide high - low (given: 0.2)
    change either

study: low = 0, high = 0.5 -> low = 0, high = 0.5, step = 1e-9
    arms.dropout.dropout.step: makes over 10000 values (given: 1e-09)
    widen it

study: log = true -> log = true, step = 1e-4
    nuisance.lr.step: a range with log has no step
    remove one of the two

study: log = true -> log = 1
    nuisance.lr.log: not a legal value (given: 1)
    it should be a valid boolean

study: dropout = 0\n -> dropout = true\n
    arms.none.dropout: not a legal value (given: True)
    give a number from 0 to below 1

study: dropout = 0\n -> dropout = nan\n
    arms.none.dropout: not a legal value (given: nan)
    give a number from 0 to below 1

study: dropout = 0\n -> lr = 0.1\n
    arms.none.lr: also set in [nuisance]
    keep one of the two

study: dropout = 0\n ->
    arms.none.dropout: missing, but set in another arm
    let every arm set the same parameters

study: dropout = 0\n -> train_images = 32\n
    arms.none.train_images: the same for every trial
    move it to [fixed]

study: dropout = 0\n -> batch_size = 32\n
    arms.none.batch_size: also set in [fixed]
    keep one of the two

study: batch_size = 32 -> batch_sise = 64
    fixed.batch_sise: not a parameter of mlp
    did you mean 'batch_size'?

study: batch_size = 32 -> train_images = 58000
    fixed.train_images: with valid_images above the 60000 there are (given: 64000)
    lower one of them

study: batch_size = 32 -> train_images = 9
    fixed.batch_size: above train_images (given: 64)
    lower it

grid: lr = [1e-3, 3e-3] -> batch_size = [64, 55000]
    nuisance.batch_size: above train_images (given: 55000)
    lower it

grid: hidden = 64\n\n[arms.large]\nhidden = 256 -> batch_size = 64\n[arms.large]\nbatch_size = 55000
    arms.large.batch_size: above train_images (given: 55000)
    lower it

study: batch_size = 32 -> source = "cifar"
    fixed.source: not a legal value (given: 'cifar')
    give one of 'cifar10', 'digits', 'fashion_mnist', 'kmnist', 'mnist', 'synthetic', or 'file.npz', 'folder/', or a function of yours as 'my.py:function'

study: batch_size = 32 -> hidden = 64
    nuisance.hidden: also set in [fixed]
    keep one of the two

study: hidden = 250\n -> hidden = 256\n
    enqueue.0.hidden: outside the space of arm none (given: 256)
    change it, or widen the space

study: hidden = 250\n -> dropout = 0.25\n
    enqueue.0.dropout: not tuned in arm none
    remove it, or say which arm = ... it is for

study: hidden = 250\n -> arm = "nothing"\n
    enqueue.0.arm: no such arm (given: 'nothing')
    use one of dropout, none

study: hidden = 250\n -> hidden = "wide"\n
    enqueue.0.hidden: not a legal value (given: 'wide')
    give a whole number from 1 to 4096

study: trials_per_arm = 16 -> trials_per_arm = 20
    budget.trials_per_arm: not a multiple of the generation, 8 (given: 20)
    make it 24: whole generations alone let a study grow and keep its trials

study: trials_per_arm = 16 ->
    budget.trials_per_arm: missing
    say how many trials each arm gets

study: trials_per_arm = 16 -> trials_per_arm = 16\nminutes = inf
    budget.minutes: not a legal value (given: inf)
    it should be a finite number

study: pruner = "halving" -> pruner = "halving"\ngeneration = 2
    search.generation: smaller than eta, 3 (given: 2)
    raise it, or lower eta

study: pruner = "halving" -> pruner = "hyperband"\neta = 2
    rungs: not those of hyperband with eta 2 (given: '1, 3')
    use 1, 2, 4, 8, or the pruner halving

study: pruner = "halving" -> pruner = "median"\nwarmup_epochs = 5
    search.warmup_epochs: leaves no rung to stop trials at (given: 5)
    use at most 3

study: pruner = "halving" -> pruner = "median"\neta = 3
    search.eta: no option of sampler tpe or pruner median
    remove it

study: pruner = "halving" -> sampler = "qmc"\ncandidates = 3
    search.candidates: no option of sampler qmc or pruner none
    remove it

study: pruner = "halving" -> controls = 0.15
    search.controls: nothing stops a trial, for there is no pruner (given: 0.15)
    remove it, or name a pruner

study: pruner = "halving" -> pruner = "halving"\ncontrols = 1.0
    search.controls: not a legal value (given: 1.0)
    it should be less than 1

study: pruner = "halving" -> pruner = "halving"\ncontrols = -0.1
    search.controls: not a legal value (given: -0.1)
    it should be greater than or equal to 0

study: pruner = "halving" -> pruner = "halving"\ncontrols = "some"
    search.controls: not a legal value (given: 'some')
    it should be a valid number

study: hidden = 250\n -> hidden = 250\nfinish = "yes"
    enqueue.0.finish: not a legal value (given: 'yes')
    make it true or false

study: pruner = "halving"\n\n[budget]\ntrials_per_arm = 16\n\n[[enqueue]]\nhidden = 250 -> [budget]\ntrials_per_arm = 16\n\n[[enqueue]]\nhidden = 250\nfinish = true
    enqueue.0.finish: nothing stops a trial, for there is no pruner
    remove it, or name a pruner in [search]

study: pruner = "halving" -> sampler = "grid"
    enqueue: a grid lists every trial itself
    remove it, or take another sampler

study: seed = 1234 -> seeds = [1, 2]
    nuisance: unknown key
    remove it, or remove seeds: they make the file an experiment (4 more mistakes after this one)

study: seed = 1234 -> seed = -1
    seed: not a legal value (given: -1)
    it should be greater than or equal to 0

study: [budget] -> [record]\ncheckpoints = "some"\n[budget]
    record.checkpoints: not a legal value (given: 'some')
    it should be 'all' or 'best'

study: hidden = 250 -> momentum = 0.9
    enqueue.0.momentum: not tuned in arm none
    remove it, or say which arm = ... it is for

grid: [arms.small]\nhidden = 64 -> [arms.small]\nhidden = [32, 64]
    arms: their grids differ in size (given: 'small 36, large 18')
    list as many values in each

grid: step = 0.25 -> log = false
    dropout: a grid cannot list a range
    give it a step, or list the values

grid: repeats = 3 -> repeats = 9999
    search.repeats: makes over 10000 trials of an arm (given: 9999)
    lower it

grid: [search] -> [budget]\ntrials_per_arm = 12\n[search]
    budget.trials_per_arm: the grid has 18 trials (given: 12)
    leave it out

grid: repeats = 3 -> startup = 3
    search.startup: no option of sampler grid or pruner none
    remove it

grid: lr = [1e-3, 3e-3] -> lr = { low = 1e-4, high = 0.5, step = 1e-4 }
    grid: over 10000 combinations
    list fewer values

experiment: 1234, 1 -> 1, 1
    seeds: one is listed twice
    list each once

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = 0
    seeds: not a legal value (given: 0)
    it should be greater than or equal to 1

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { at_most = 30 }
    seeds.look: missing
    add it

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { at_most = 30, look = 0 }
    seeds.look: not a legal value (given: 0)
    it should be greater than or equal to 1

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { at_most = 4, look = 2 }
    seeds.at_most: not a legal value (given: 4)
    it should be greater than or equal to 6

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { at_most = 30, look = 31 }
    seeds.look: above at_most (given: 31)
    lower it

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { at_most = 30, look = 4 }
    seeds.at_most: not a multiple of look, 4 (given: 30)
    make it 32

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { at_most = 30, lok = 4 }
    seeds.lok: unknown key
    did you mean 'look'? (1 more mistake after this one)

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { sources = 6 }
    seeds.sources: not a legal value (given: 6)
    it should be 5, 7, 11 or 13

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { source = 7 }
    seeds.source: unknown key
    did you mean 'sources'? (2 more mistakes after this one)

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = { sources = 7, look = 2 }
    seeds.look: unknown key
    remove it

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> margin = -1\nseeds = 3
    margin: not a legal value (given: -1)
    it should be greater than 0

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> margin = 0\nseeds = 3
    margin: not a legal value (given: 0)
    it should be greater than 0

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> margin = nan\nseeds = 3
    margin: not a legal value (given: nan)
    it should be less than or equal to 100

study: seed = 1234 -> seed = 1234\nmetric = "ece"
    metric: needs logits, and a study keeps none (given: 'ece')
    use accuracy or loss, or ask it of an experiment with planned seeds

study: seed = 1234 -> seed = 1234\nmetric = "f1"
    metric: not a legal value (given: 'f1')
    it should be 'accuracy', 'loss', 'macro_f1', 'worst_class', 'brier', 'ece' or a function of yours as 'my.py:metric'

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> metric = "brier"\nseeds = { at_most = 30, look = 2 }
    metric: needs logits, and looks are at validation images, of which none are kept (given: 'brier')
    use accuracy or loss, or ask it of an experiment with planned seeds

study: seed = 1234 -> seed = 1234\nmargin = -1
    margin: not a legal value (given: -1)
    it should be greater than 0

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seeds = []
    seeds: not a legal value
    it should not be empty

experiment: epochs = 4 -> epochs = 4\ntests = ["rotated"]
    tests: not a legal value (given: 'rotated')
    use ["plain"] or ["plain", "rotated"]

experiment: epochs = 4 -> epochs = 4\ntests = ["plain", "plain"]
    tests: not a legal value (given: 'plain, plain')
    use ["plain"] or ["plain", "rotated"]

experiment: epochs = 4 -> epochs = 4\ntests = ["blurred"]
    tests.0: not a legal value (given: 'blurred')
    it should be 'plain' or 'rotated'

study: epochs = 10 -> epochs = 10\ntests = ["plain"]
    tests: unknown key
    remove it, or list seeds: they make the file an experiment

experiment: dropout = 0.25 -> dropout = [0, 0.25]
    arms.dropout.dropout: not a legal value
    it should be one number or one name in quotes

experiment: dropout = 0.25 -> dropout = 1
    arms.dropout.dropout: not a legal value (given: 1)
    give a number from 0 to below 1

experiment: lr = 2e-3 -> hiden = 2
    fixed.hiden: not a parameter of cnn
    did you mean 'hidden'?

experiment: epochs = 4 -> epochs = 4\nrungs = [5]
    rungs: above epochs (given: 5)
    end at 4 or before

experiment: [arms.none]\ndropout = 0\n\n[arms.dropout]\ndropout = 0.25 -> [arms.a]\n[arms.b]
    arms: nothing sets them apart
    let each set a parameter

experiment: [fixed] -> [budget]\nminutes = 3\n[fixed]
    budget: unknown key
    remove it, or remove seeds: they make the file an experiment

experiment: [arms.none]\ndropout = 0\n\n[arms.dropout]\ndropout = 0.25 -> [arms]
    arms: not a legal value
    it should not be empty

experiment: seeds = [1234, 1, 2, 3, 4, 5, 6, 7, 8, 9] -> seed = 1
    nuisance: nothing varies, neither here nor in an arm
    list values or give a range, or write an experiment
"""  # noqa: E501  # what is told is one line


def cases() -> list[Any]:
    """Return the cases above, each under its first line."""
    found = []
    for case in REFUSED.strip().split("\n\n"):
        edit, wrong, remedy = case.split("\n")
        text, old, new = re.fullmatch(r"(\w+): (.+) -> ?(.*)", edit).groups()
        old, new = (part.replace("\\n", "\n") for part in (old, new))
        said = f"{wrong.strip()}; {remedy.strip()}".replace("PARAMETERS", joined(sorted(MLP)))
        found.append(pytest.param(TEXTS[text], old, new, said, id=edit))
    return found


@pytest.mark.parametrize(("text", "old", "new", "said"), cases())
def test_a_mistake_is_one_line_with_file_path_and_remedy(tmp_path, text, old, new, said):
    """The reader is told where it is, what is wrong, what was given and what to do."""
    assert old in text
    path = tmp_path / "file.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(SpecError) as error:
        load_file(path)
    assert str(error.value) == f"{path}: {said}"


def test_more_configurations_than_trials_are_refused():
    """Whoever enqueues a configuration wants it tried."""
    with pytest.raises(SpecError, match=r"it: enqueue: more than the trials of an arm; raise"):
        draw(STUDY + "[[enqueue]]\nlr = 1e-3\n" * 16)


# Whatever is written ---------------------------------------------------------------------------

VALUES = """
0|-1|1|2|3|8|64|0.5|1e400|nan|-inf|1e-320|true|0x7fffffffffffffffffff|1979-05-27|""|"\\u001b[31m"
"tpe"|"gp"|"qmc"|"grid"|"random"|"median"|"hyperband"|"halving"|"best"|"cnn"|"cosine"|"none"
[]|[1]|[1, 2]|[1, 3, 9]|[64, 250, 64]|[0.1, 0.2]|[[1]]|["cosine", "constant"]|{}|[{}]
{ low = 1, high = 2 }|{ low = 0, high = 0.5, step = 0.1 }|{ low = 2, high = 1 }|{ low = "a" }
{ low = 1e-300, high = 1e38, log = true }|{ low = 1e-300, high = 1e38, step = 1e-300 }
"""
KEYS = """
name|question|seed|seeds|model|epochs|rungs|lr|dropout|hidden|hidden2|channels|schedule|source|arm
batch_size|train_images|weight_decay|sampler|pruner|eta|generation|startup|candidates|sequence
repeats|warmup_trials|warmup_epochs|trials_per_arm|minutes|plateau|checkpoints|"\\u001b[31m"
"""
TABLES = """
[fixed]|[nuisance]|[arms.none]|[arms.x]|[arms]|[search]|[budget]|[record]|[[enqueue]]|[[seeds]]
"""
# What may be replaced, and by what: a value, a number in it, a key, a table, a line, a word.
EDITS = [
    (r"(?m)(?<== ).+$", st.sampled_from(re.split(r"[|\n]", VALUES.strip()))),
    (r"\d[\d.e-]*", st.integers(-1, 2**64).map(str) | st.floats().map(str)),
    (r"(?m)^\w+(?= =)", st.sampled_from(re.split(r"[|\n]", KEYS.strip()))),
    (r"(?m)^\[.*", st.sampled_from(re.split(r"[|\n]", TABLES.strip()))),
    (r".*\n", st.sampled_from(["", "\n"])),
    (r"\S+", st.text(max_size=8)),
]
SHIPPED = [path.read_text() for path in sorted(ROOT.glob("studies/*.toml"))]


@st.composite
def mutated(draw_from: st.DrawFn) -> str:
    """Draw the text of a file with a few things in it replaced."""
    text = draw_from(st.sampled_from([STUDY, GRID, EXPERIMENT, *SHIPPED]))
    for _ in range(draw_from(st.integers(1, 3))):
        pattern, pieces = draw_from(st.sampled_from(EDITS))
        spans = [found.span() for found in re.finditer(pattern, text)] or [(0, 0)]
        start, end = draw_from(st.sampled_from(spans))
        text = text[:start] + draw_from(pieces) + text[end:]
    return text


def plan_or_line(path: Path) -> Plan | str:
    """Return the plan of a file, or what its reader is told."""
    try:
        return load_file(path).plan
    except SpecError as error:
        return str(error)


@settings(max_examples=400)
@given(text=mutated())
def test_whatever_is_written_gives_a_plan_or_one_line(tmp_path_factory, text):
    """A file is done or refused; nothing else can come of it."""
    path = tmp_path_factory.getbasetemp() / "mutated.toml"
    path.write_text(text, "utf-8")
    found = plan_or_line(path)
    if isinstance(found, Plan):
        check_sound(found)
    else:
        assert found.startswith(f"{path}: ")
        assert len(found.splitlines()) == 1


def check_sound(plan: Plan) -> None:
    """Fail unless a driver could follow this plan."""
    assert list(plan.rungs) == sorted(set(plan.rungs))
    assert plan.rungs[-1] == plan.recipe.epochs
    assert 1 <= plan.generation <= plan.trials_per_arm
    for arm in plan.arms:
        lowest = {
            name: one.values[0] if isinstance(one, Choice) else one.low
            for name, one in arm.space.items()
        }
        assert len(arm.listed) <= plan.trials_per_arm
        for number, known in enumerate(arm.listed or ({},)):
            assert all(arm.space[name].holds(value) for name, value in known.items())
            plan.trial(arm, number, {**lowest, **known})
    assert max(Counter(arm.name for arm in plan.arms).values()) == 1
