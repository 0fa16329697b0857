"""The loop: a lane is a trial alone, and what an epoch records."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from fashion_bench.config import Recipe, TrialConfig
from fashion_bench.data import Images, draw_split, epoch_order, load_train
from fashion_bench.records import best_epoch
from fashion_bench.training import loop
from fashion_bench.training.cohort import Cohort, crop, initial_weights, render
from fashion_bench.training.loop import EXPLODED, advance, evaluate, rows_of
from tests.training.reference import Reference
from tests.training.small import (
    CNN_RECIPE,
    RECIPE,
    assert_equal,
    configs,
    lanes_of,
    make_config,
    small_images,
    train,
)

EXACT = 1e-9  # float64: rounding, and no more

cohorts = st.lists(configs(), min_size=2, max_size=5)
some = partial(settings, deadline=None, max_examples=15)


# A lane is a trial alone


@given(trials=cohorts)
@some()
def test_a_lane_is_a_trial_alone(trials: list[TrialConfig]) -> None:
    """Figures and weights depend neither on the neighbours nor on being in a cohort at all."""
    alone = [train([config])[0] for config in trials]
    assert_equal(train(trials), alone, EXACT)


@given(
    trials=st.lists(
        configs(CNN_RECIPE, st.tuples(*[st.integers(1, 5)] * 3)), min_size=2, max_size=3
    )
)
@some(max_examples=5)
def test_a_convolutional_lane_is_a_trial_alone(trials: list[TrialConfig]) -> None:
    """Padded channels are as exact as padded units."""
    alone = [train([config])[0] for config in trials]
    assert_equal(train(trials), alone, EXACT)


@given(data=st.data(), trials=cohorts)
@some()
def test_permuting_the_lanes_permutes_the_results(
    data: st.DataObject, trials: list[TrialConfig]
) -> None:
    """The lane a trial sits in is not one of the things its result depends on."""
    order = data.draw(st.permutations(range(len(trials))))
    straight, permuted = train(trials), train([trials[lane] for lane in order])
    assert_equal(permuted, [straight[lane] for lane in order], EXACT)


def test_float32_lanes_are_trials_alone_up_to_rounding(real_data: Path) -> None:
    """16 real trials: rounding moves single accuracies, but neither their mean nor by lane."""
    images = partial(load_train, "fashion_mnist", real_data)()
    recipe = Recipe(epochs=3, train_images=6_000, valid_images=6_000)
    trials = [
        make_config(seed, recipe=recipe, widths=(16 + 2 * seed, 40 - 2 * seed), dropout=rate)
        for seed, rate in enumerate([0.0, 0.25] * 8)
    ]
    together = train(trials, dtype=torch.float32, images=lambda: images)
    alone = [train([c], dtype=torch.float32, images=lambda: images)[0] for c in trials]
    differences = [
        (one.figures[-1, 4] - other.figures[-1, 4]).item()
        for one, other in zip(together, alone, strict=True)
    ]
    assert all(lane.figures[-1, 4] > 0.75 for lane in together)
    assert abs(sum(differences) / 16) < 0.0015
    assert spearmanr(range(16), differences).pvalue > 0.001


def test_equal_trials_are_bit_equal() -> None:
    """The same configurations, trained again, give the same bits."""
    trials = [make_config(seed, dropout=0.3, lr=3e-3) for seed in range(3)]
    assert_equal(train(trials, dtype=torch.float32), train(trials, dtype=torch.float32))
    assert_equal(train(trials[:1], dtype=torch.float32), train(trials[:1], dtype=torch.float32))


@pytest.mark.parametrize("other", [{"seed": 1}, {"split_seed": 1}])
def test_seeds_make_a_difference(other: dict[str, int]) -> None:
    """The trial's seed and the split's each change what comes out, from the first epoch."""
    [one], [another] = train([make_config()]), train([make_config(**other)])
    assert (one.figures[:, 1] != another.figures[:, 1]).all()


def test_trials_that_differ_in_dropout_alone_are_paired() -> None:
    """They start from the same weights and see the same batches in the same order."""
    trials = [make_config(3), make_config(3, dropout=0.5)]
    cohort = Cohort.start(trials)
    assert all(torch.equal(*slab) for slab in cohort.weights.values())
    seen = []

    class Spy:
        """Looks at what the lanes are trained on."""

        def step(self, images, labels, step):
            seen.append(torch.equal(*images) and torch.equal(*labels))
            return torch.zeros(2), torch.zeros(2)

        def score(self, images, labels):
            seen.append(torch.equal(*images) and torch.equal(*labels))
            return torch.zeros(2), torch.zeros(2)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "render", lambda cohort: Spy())
        advance(cohort, [[], []], small_images(), 2)
    assert len(seen) > 12
    assert all(seen)
