"""The loop: a lane is a trial alone, and what an epoch records."""

import time
from dataclasses import replace
from functools import partial
from math import inf, isfinite, nan
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from fashion_bench.config import Augment, Recipe, TrialConfig
from fashion_bench.data.fashion_mnist import load
from fashion_bench.data.split import draw_split
from fashion_bench.data.synthetic import draw_images
from fashion_bench.models import build
from fashion_bench.records import best_epoch
from fashion_bench.training.chunks import CHUNK
from fashion_bench.training.cohort import Cohort, Weights, architecture_of, contents
from fashion_bench.training.loop import EXPLODED, advance, means, render, rows_of
from fashion_bench.training.step import normalise
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


@given(trials=st.lists(configs(CNN_RECIPE), min_size=2, max_size=3))
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
    """16 real trials: rounding may move single accuracies, but not their mean, nor by lane."""
    images = load("train", real_data)
    recipe = Recipe(epochs=3, train_images=6_000, valid_images=6_000)
    trials = [  # a rate high enough for rounding to grow into other accuracies
        make_config(s, recipe=recipe, widths=(16 + 2 * s, 40 - 2 * s), dropout=rate, lr=0.01)
        for s, rate in enumerate([0.0, 0.25] * 8)
    ]
    together = train(trials, dtype=torch.float32, images=images)
    alone = [train([c], dtype=torch.float32, images=images)[0] for c in trials]
    differences = [
        (one.figures[-1, 4] - other.figures[-1, 4]).item()
        for one, other in zip(together, alone, strict=True)
    ]
    assert all(lane.figures[-1, 4] > 0.75 for lane in together)
    assert abs(sum(differences) / 16) < 0.0015
    assert len(set(differences)) == 1 or spearmanr(range(16), differences).pvalue > 0.001


def test_equal_trials_are_bit_equal() -> None:
    """The same configurations, trained again, give the same bits."""
    trials = [make_config(seed, dropout=0.3, lr=3e-3) for seed in range(3)]
    assert_equal(train(trials, dtype=torch.float32), train(trials, dtype=torch.float32))
    assert_equal(train(trials[:1], dtype=torch.float32), train(trials[:1], dtype=torch.float32))


SEEDS = ({"seed": 1}, {"split_seed": 1}, {"order_seed": 1}, {"dropout_seed": 1})


@pytest.mark.parametrize("other", SEEDS, ids=lambda other: next(iter(other)))
def test_seeds_make_a_difference(other: dict[str, int]) -> None:
    """Each of a trial's seeds changes what comes out, from the first epoch."""
    [one], [another] = train([make_config(dropout=0.3)]), train([make_config(dropout=0.3, **other)])
    assert (one.figures[:, 1] != another.figures[:, 1]).all()


def test_a_seed_that_is_left_out_is_the_trials() -> None:
    """Named, order and dropout are what they were unnamed; each draws nothing of the other's."""
    [plain], [named] = (
        train([make_config(3, dropout=0.3, **seeds)])
        for seeds in ({}, {"order_seed": 3, "dropout_seed": 3})
    )
    assert_equal([plain], [named])
    [still], [other] = (train([make_config(3, dropout_seed=seed)]) for seed in (None, 4))
    assert_equal([still], [other])


@pytest.mark.parametrize("augment", ["flip", "shift"])
def test_how_images_are_changed_is_of_the_seed_of_dropout(augment: Augment) -> None:
    """So the order alone is of the order's, and the initial weights are of the trial's."""
    recipe = replace(RECIPE, augment=augment)
    named = {"order_seed": 3, "dropout_seed": 3}
    [one], [kept], [changed] = (
        train([make_config(3, recipe=recipe, **seeds)])
        for seeds in ({}, named, named | {"dropout_seed": 4})
    )
    assert_equal([one], [kept])
    assert (one.figures[:, 1] != changed.figures[:, 1]).all()


def _initial_weights(config: TrialConfig) -> Weights:
    return contents(build(architecture_of(config), config.seed))


def test_trials_that_differ_in_dropout_alone_are_paired() -> None:
    """They start from the same weights and see the same batches in the same order."""
    starts = [_initial_weights(make_config(3, dropout=rate)) for rate in (0.0, 0.5)]
    assert all(torch.equal(*weights) for weights in zip(*(s.values() for s in starts), strict=True))
    drops_nothing = make_config(3, dropout=1e-12)
    assert_equal(train([drops_nothing]), train([make_config(3)]), EXACT)


# What an epoch records


def test_an_epoch_records_what_a_plain_loop_would() -> None:
    """Running means over the images of the epoch, then a full pass over the validation images."""
    config = make_config(5, dropout=0.2, split_seed=2)
    [trained] = train([config])
    reference, expected = Reference(config, small_images()), []
    for epoch in (1, 2):
        scores = [reference.step(batch) for batch in reference.batches(epoch)]
        train_loss, train_correct = (sum(parts) for parts in zip(*scores, strict=True))
        valid_loss, valid_correct = reference.validate()
        expected.append(
            [epoch, train_loss / 256, train_correct / 256, valid_loss / 64, valid_correct / 64, 0]
        )
    torch.testing.assert_close(
        trained.figures, torch.tensor(expected, dtype=torch.float64), rtol=EXACT, atol=EXACT
    )


def test_every_lane_is_validated_on_its_own_split() -> None:
    """Lanes of one split share their rows; the others have their own."""
    trials = [make_config(seed, split_seed=seed // 2) for seed in range(3)]
    rows = rows_of(trials, 400)
    for lane, config in enumerate(trials):
        split = draw_split(config.split_seed, total=400, train_images=256, valid_images=64)
        assert torch.equal(rows.train[lane], split.train)
        assert torch.equal(rows.valid[lane], split.valid)
    assert not torch.equal(rows.valid[1], rows.valid[2])


def test_evaluating_in_parts_is_evaluating_at_once() -> None:
    """However many images there are, the mean is over all of them, the last few included."""
    images = draw_images("train", 2_345)
    trials = [make_config(0), make_config(1, widths=(4, 3))]
    cohort = Cohort.start(trials, dtype=torch.float64)
    rows = torch.arange(2_345).expand(2, -1)
    losses, accuracies = means(render(cohort, images).validate(rows, CHUNK))
    pixels = normalise(images.pixels, images.mean, images.std, torch.float64)
    for lane, config in enumerate(trials):
        logits = build(architecture_of(config), config.seed).double()(pixels)
        assert losses[lane] == pytest.approx(F.cross_entropy(logits, images.labels).item())
        assert accuracies[lane] == (logits.argmax(1) == images.labels).double().mean()


def test_the_clock_is_shared_between_the_lanes() -> None:
    """Each lane is charged its share of both times, and knows when its epoch ended."""
    trials = [make_config(seed) for seed in range(3)]
    cohort = Cohort.start(trials)
    started, began, worked = time.perf_counter(), time.time(), time.process_time()
    advance(cohort, small_images(), 2)
    charged = sum(epoch.seconds for history in cohort.histories for epoch in history)
    assert 0 < charged <= time.perf_counter() - started
    work = [epoch.processor_seconds or 0.0 for history in cohort.histories for epoch in history]
    assert 0 < sum(work) <= time.process_time() - worked
    assert len(set(work)) == 2
    for history in cohort.histories:
        assert began <= history[0].ended_at <= history[1].ended_at <= time.time()


def test_an_advance_goes_on_where_the_last_one_stopped() -> None:
    """Epoch by epoch or all at once: the same bits; and an epoch reached is not trained again."""
    trials = [make_config(seed, dropout=0.2, schedule="cosine") for seed in range(2)]
    cohort = Cohort.start(trials, dtype=torch.float64)
    for until_epoch in (1, 1, 2, 2):
        advance(cohort, small_images(), until_epoch)
        assert cohort.epoch == until_epoch == len(cohort.histories[0])
    assert_equal(lanes_of(cohort), train(trials))


@pytest.mark.parametrize("lanes", [1, 2])
def test_how_far_it_is_is_told_and_changes_nothing(
    lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each step and each epoch, in epochs; what is trained is the same to the bit."""
    trials, told = [make_config(seed, dropout=0.2) for seed in range(lanes)], list[float]()
    monkeypatch.setattr("fashion_bench.training.loop.EVERY", 0)
    cohort = Cohort.start(trials, dtype=torch.float64)
    advance(cohort, small_images(), 2, told=told.append)
    steps = RECIPE.steps_per_epoch
    parts = [epoch + step / (steps + 1) for epoch in (0, 1) for step in range(1, steps + 1)]
    assert told == [*parts[:steps], 1, *parts[steps:], 2]
    assert_equal(lanes_of(cohort), train(trials))


def test_it_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes soon after what was told is left out: thousands of steps a second cost nothing."""
    told, clock = list[float](), iter([0.0, 0.1, 0.24, 0.25, 0.3, *[0.4] * 1000])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    recipe = replace(RECIPE, batch_size=16)
    advance(Cohort.start([make_config(recipe=recipe)]), small_images(), 1, told=told.append)
    steps = recipe.steps_per_epoch
    assert steps > 4
    assert told == [1 / (steps + 1), 4 / (steps + 1)]


def test_the_best_weights_are_those_of_the_best_epoch() -> None:
    """Later epochs of a higher validation loss do not touch them."""
    recipe = replace(RECIPE, epochs=8)
    trials = [make_config(seed, recipe=recipe, lr=0.02, widths=(20, 9 + seed)) for seed in range(3)]
    cohort = Cohort.start(trials)
    weights_at = []
    for until_epoch in range(1, 9):
        advance(cohort, small_images(), until_epoch)
        weights_at.append([lane.weights for lane in lanes_of(cohort)])
    best = [epoch.epoch for epoch in map(best_epoch, cohort.histories) if epoch]
    assert min(best) < 8
    for lane, (trained, number) in enumerate(zip(lanes_of(cohort), best, strict=True)):
        torch.testing.assert_close(trained.best, weights_at[number - 1][lane], rtol=0, atol=0)


# A lane that diverges


@pytest.mark.parametrize("place", range(3))
def test_a_diverging_lane_leaves_its_neighbours_as_they_are(place: int) -> None:
    """In a cohort of one layout, nonsense in one lane changes no bit of another."""
    healthy = [make_config(seed, dropout=0.2, widths=(6 + seed, 5)) for seed in range(3)]
    mad = replace(healthy[place], hyper=replace(healthy[place].hyper, lr=1e30))
    among = [mad if lane == place else config for lane, config in enumerate(healthy)]
    sound, mixed = train(healthy, dtype=torch.float32), train(among, dtype=torch.float32)
    del sound[place], mixed[place]
    assert_equal(mixed, sound)


def test_the_history_ends_where_the_lane_diverged() -> None:
    """The epoch is marked and is the last; what was best before stays."""
    trials = [make_config(seed, recipe=replace(RECIPE, epochs=4)) for seed in range(2)]
    cohort = Cohort.start(trials)
    advance(cohort, small_images(), 1)
    [before, _] = lanes_of(cohort)
    for weight in cohort.weights.values():
        weight[0] = nan
    advance(cohort, small_images(), 4)
    assert [epoch.diverged for epoch in cohort.histories[0]] == [False, True]
    assert [epoch.diverged for epoch in cohort.histories[1]] == [False] * 4
    [after, _] = lanes_of(cohort)
    torch.testing.assert_close(after.best, before.weights, rtol=0, atol=0)


def test_a_cohort_stops_when_all_its_lanes_have_diverged() -> None:
    """Nothing is left to train."""
    trials = [make_config(seed, lr=1e30) for seed in range(2)]
    cohort = Cohort.start(trials)
    advance(cohort, small_images(), 2)
    assert cohort.epoch == 1
    assert [len(history) for history in cohort.histories] == [1, 1]


def test_a_lane_without_a_sound_epoch_has_no_best_epoch() -> None:
    """From the first epoch nonsense: the history says so, and nothing is best."""
    [trained] = train([make_config(lr=1e30)], dtype=torch.float32)
    assert trained.figures[:, -1].tolist() == [1.0]
    assert not trained.figures[0, 3].isfinite()


@pytest.mark.parametrize("alone", [True, False])
def test_an_exploded_loss_counts_as_diverged(alone: bool) -> None:
    """A mean training loss above 100 is nonsense though finite; one below is only bad."""
    trials = [make_config(lr=1e4), make_config(lr=0.1)]
    exploded, bad = [train([c])[0] for c in trials] if alone else train(trials)
    assert exploded.figures[:, 1].isfinite().all()
    assert (exploded.figures[:, 1] > EXPLODED).tolist() == [True]
    assert exploded.figures[:, -1].tolist() == [1]
    assert bad.figures[:, -1].tolist() == [0, 0]


def test_a_weight_that_is_not_finite_counts_as_diverged() -> None:
    """Also where the loss hides it: a unit of bias minus infinity is silent."""
    cohort = Cohort.start([make_config()])
    cohort.weights["input_fc.bias"][0, 3] = -inf
    advance(cohort, small_images(), 2)
    [epoch] = cohort.histories[0]
    assert epoch.diverged
    assert isfinite(epoch.train_loss)
    assert isfinite(epoch.valid_loss)
