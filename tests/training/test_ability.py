"""What a network of the user's can do, tried before it is trained: beside others, and padded."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fashion_bench import code
from fashion_bench.app.abilities import refuse_what_cannot_be_trained, samples, together
from fashion_bench.config import ParamValue, TrialConfig
from fashion_bench.data.sources import Sources
from fashion_bench.errors import CodeError
from fashion_bench.parameters import arguments_of
from fashion_bench.plan import Plan
from fashion_bench.search.layout import Layout
from fashion_bench.search.resolve import load_file
from fashion_bench.training.ability import (
    refuse_what_cannot_train,
    trouble_together,
    trouble_with_one_image,
)
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance
from tests.training.small import assert_equal, lanes_of

NET = """import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self, width: int = 4, depth: int = 1, activation: str = "relu", rate: float = 0.0):
        super().__init__()
        sizes = [64, *[width] * depth]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])
        self.act = getattr(torch, activation, getattr(F, activation, None))
        self.more = {more}
        self.out = nn.Linear(width, 10)
    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = self.act(layer(x))
        {body}
        return self.out(x)
"""
STUDY = """name = "able"
question = "?"
seed = 1
model = "net.py:Net"
data = "digits"
epochs = 2
[fixed]
train_images = 40
valid_images = 20
batch_size = 16
[nuisance]
lr = {{ low = 0.01, high = 0.1 }}
{nuisance}
[arms.a]
[search]
sampler = "random"
[budget]
trials_per_arm = 8
"""
Make = Callable[..., Plan]


@pytest.fixture(name="make")
def make_plan(tmp_path: Path) -> Make:
    """Write a network and a study of it, and let its code be run."""

    def make(body: str = "pass", more: str = "None", nuisance: str = "width = [3, 6]") -> Plan:
        (tmp_path / "net.py").write_text(NET.format(body=body, more=more))
        (tmp_path / "study.toml").write_text(STUDY.format(nuisance=nuisance))
        plan = load_file(tmp_path / "study.toml").plan
        code.allow(plan.code)
        return plan

    return make


def config(plan: Plan, seed: int = 0, **values: ParamValue) -> TrialConfig:
    """A trial of a plan with these arguments of its network."""
    found = replace(samples(plan)[0], seed=seed)
    return replace(found, arguments=arguments_of(plan.recipe.model, values))


def trouble(
    plan: Plan, padded: Mapping[str, ParamValue] | None = None, **values: Any
) -> str | None:
    """What keeps two trials from being trained together, perhaps padded to other arguments."""
    trials = [config(plan, seed, **values) for seed in (1, 2)]
    wide = None if padded is None else arguments_of(plan.recipe.model, {**values, **padded})
    if wide is not None:
        trials[1] = replace(trials[1], arguments=wide)
    return trouble_together(trials, plan.data, wide)


def told_and_layout(plan: Plan, lanes: int = 4) -> tuple[list[str], Layout]:
    """What is said of a study's cohorts, and what they are."""
    said: list[str] = []
    asked = Layout(device="cpu", lanes=lanes, padded_widths=plan.padded_widths)
    return said, together(plan, said.append)(asked)


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh", "silu"])
def test_padding_is_exact_where_0_stays_0(make: Make, activation: str) -> None:
    """A unit without weights answers 0 then, and is given no gradient."""
    assert trouble(make(), {"width": 6}, width=3, activation=activation) is None


def test_padding_is_not_exact_where_0_becomes_more(make: Make) -> None:
    """A sigmoid of 0 is a half, which gives the next layer's weights a gradient."""
    told = trouble(make(), {"width": 6}, width=3, activation="sigmoid")
    assert told == "padding does not stay 0"
    assert trouble(make(), width=3, activation="sigmoid") is None


def test_layer_norm_is_not_padded(make: Make) -> None:
    """Its mean over the units counts those that are none."""
    plan = make("x = self.more(x)", "nn.LayerNorm(width)")
    assert trouble(plan, {"width": 6}, width=3) == "a lane beside others differs from it alone"
    assert trouble(plan, width=3) is None


@pytest.mark.parametrize("norm", ["BatchNorm1d(width)", "GroupNorm(1, width)"])
def test_each_lane_has_its_own_statistics(make: Make, norm: str) -> None:
    """Also the buffers, which BatchNorm changes in place, are those that it gets alone."""
    plan = make("x = self.more(x)", f"nn.{norm}")
    assert trouble(plan, width=3) is None


@pytest.mark.parametrize(
    ("body", "more", "told"),
    [
        ("x = self.more(x)", "nn.Dropout(0.5)", "RuntimeError: vmap: called random operation"),
        (
            "x = x * x.sum().item()",
            "None",
            "RuntimeError: vmap: It looks like",
        ),
        ("x = x if x.sum() > 0 else -x", "None", "RuntimeError: vmap: It looks like"),
        ("x = torch.tensor(x.tolist())", "None", "RuntimeError"),
        ("exit(3)", "None", "SystemExit: 3"),
    ],
)
def test_what_cannot_be_together_is_told_in_a_line(
    make: Make, body: str, more: str, told: str
) -> None:
    """Whatever it is that cannot be held, the trials are trained one at a time."""
    plan = make(body, more)
    found = trouble(plan, width=3)
    assert found is not None
    assert found.startswith(told)
    assert "\n" not in found
    said, layout = told_and_layout(plan)
    assert layout == Layout(device="cpu", lanes=1, padded_widths=())
    (line,) = said
    assert line.startswith("One trial at a time: net.py:Net does not train beside others (")


def test_together_is_tried_with_every_choice(make: Make) -> None:
    """One activation that cannot be padded keeps all widths apart; the lanes stay together."""
    relu = told_and_layout(make(nuisance='width = [3, 6]\nactivation = ["relu", "tanh"]'))
    assert relu == ([], Layout(device="cpu", lanes=4, padded_widths=(6,)))
    sigmoid = told_and_layout(make(nuisance='width = [3, 6]\nactivation = ["relu", "sigmoid"]'))
    assert sigmoid == ([], Layout(device="cpu", lanes=4, padded_widths=()))


def test_depth_is_never_padded(make: Make) -> None:
    """A whole number that decides which layers there are; the width beside it still is."""
    plan = make(nuisance="width = [3, 6]\ndepth = [1, 2]")
    assert plan.padded_widths == (6, 2)
    assert told_and_layout(plan) == ([], Layout(device="cpu", lanes=4, padded_widths=(6,)))


def test_one_at_a_time_nothing_is_tried(make: Make) -> None:
    """On a CPU that is what there is, unless a cohort is asked for."""
    plan = make("exit(3)")
    said, layout = told_and_layout(plan, lanes=1)
    assert (said, layout.lanes) == ([], 1)


def test_lanes_are_trained_as_alone(make: Make) -> None:
    """Padded, over epochs and with BatchNorm's statistics, in float64."""
    plan = make("x = self.more(x)", "nn.BatchNorm1d(width)")
    images = Sources(Path(), Path()).open("digits").load("train")
    configs = [config(plan, seed, width=width) for seed, width in enumerate((3, 6, 4, 6))]
    beside = Cohort.start(configs, dtype=torch.float64, images=images)
    advance(beside, images, 2)
    for lane, (one, trained) in enumerate(zip(configs, lanes_of(beside), strict=True)):
        alone = Cohort.start([one], dtype=torch.float64, images=images)
        advance(alone, images, 2)
        assert len(alone.histories[0]) == 2, lane
        assert_equal([trained], lanes_of(alone), 1e-9)


def test_samples_are_the_ends_and_every_choice(make: Make) -> None:
    """Of every arm: the narrowest, the widest, and one with each name."""
    plan = make(nuisance='width = { low = 2, high = 8 }\nactivation = ["relu", "tanh", "gelu"]')
    arguments = [each.arguments for each in samples(plan)]
    assert {(2,), (8, 1, "gelu"), (2, 1, "tanh"), (2, 1, "gelu")} == {*arguments}
    assert {each.hyper.lr for each in samples(plan)} == {0.01, 0.1}


def test_what_one_value_breaks_is_found(make: Make) -> None:
    """A choice that cannot be built is refused though the others can."""
    plan = make(nuisance='activation = ["relu", "tanh", "no_such"]')
    with pytest.raises(CodeError, match=r"net\.py:Net: cannot answer \(TypeError"):
        refuse_what_cannot_be_trained(plan)
    refuse_what_cannot_train(config(plan, activation="tanh"), plan.data)


def test_batch_norm_cannot_learn_from_one_image(make: Make) -> None:
    """Others can."""
    plan = make("x = self.more(x)", "nn.BatchNorm1d(width)")
    assert "more than 1 value per channel" in (
        trouble_with_one_image(config(plan), plan.data) or ""
    )
    plan = make()
    assert trouble_with_one_image(config(plan), plan.data) is None


def test_memory_is_asked_for_before_it_is_taken(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too large by a little is not built either."""
    plan = make()
    monkeypatch.setattr("fashion_bench.training.ability.available", lambda: 9_000)
    refuse_what_cannot_train(config(plan, width=9), plan.data)
    with pytest.raises(CodeError, match=r"memory to be trained \(given: 'width 11'"):
        refuse_what_cannot_train(config(plan, width=11), plan.data)
