"""What both renderings of a cohort's step do: what the notebook would."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.config import Recipe, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.models import build
from fashion_bench.training.cohort import Cohort, architecture_of, crop, shapes_of
from fashion_bench.training.rendering import Plain, Vmapped
from fashion_bench.training.step import gather
from fashion_bench.training.stepwise import Stepwise
from tests.training.one_thread import one_thread as one_thread
from tests.training.reference import Reference
from tests.training.small import CNN_RECIPE, make_config

RENDERINGS: dict[str, type[Plain | Vmapped]] = {"plain": Plain, "vmapped": Vmapped}

LONG = Recipe(  # 500 steps; the last of every epoch has 6 images
    epochs=4, batch_size=16, source="synthetic", train_images=1_990, valid_images=100
)
NOTEBOOK = make_config(1234, recipe=LONG, widths=(250, 100))
COHORTS: dict[str, list[TrialConfig]] = {
    "notebook, dropout 0 and 0.25": [
        NOTEBOOK,
        make_config(1234, recipe=LONG, widths=(250, 100), dropout=0.25, lr=5e-4),
    ],
    "one variation a lane": [
        make_config(1, recipe=LONG, widths=(24, 12)),
        make_config(2, recipe=LONG, widths=(32, 8), dropout=0.25, lr=3e-3),
        make_config(3, recipe=LONG, widths=(16, 16), weight_decay=0.1, split_seed=1),
        make_config(4, recipe=LONG, widths=(20, 10), label_smoothing=0.1),
        make_config(5, recipe=LONG, widths=(24, 12), schedule="cosine", lr=2e-3),
        make_config(6, recipe=LONG, widths=(8, 16), schedule="one_cycle", lr=5e-3),
        make_config(
            7,
            recipe=LONG,
            widths=(24, 16),
            dropout=0.5,
            weight_decay=0.03,
            label_smoothing=0.2,
            schedule="one_cycle",
        ),
    ],
}


@pytest.fixture(params=RENDERINGS)
def rendering(request: pytest.FixtureRequest) -> type[Plain | Vmapped]:
    """Each rendering in turn."""
    return RENDERINGS[request.param]


def cohorts_for(rendering: type[Plain | Vmapped], configs: Sequence[TrialConfig]) -> list[Cohort]:
    """Put trials into as few cohorts as a rendering can run."""
    groups = [[config] for config in configs] if rendering is Plain else [configs]
    return [Cohort.start(group, dtype=torch.float64) for group in groups]


def train_beside_reference(rendering: Stepwise, cohort: Cohort, images: Images) -> None:
    """Train a cohort and its references in step, comparing as they go."""
    references = [Reference(config, images) for config in cohort.configs]
    for epoch in range(1, cohort.configs[0].recipe.epochs + 1):
        for batches in zip(*(reference.batches(epoch) for reference in references), strict=True):
            step = references[0].steps
            expected = [one.step(batch) for one, batch in zip(references, batches, strict=True)]
            losses, right = rendering.step(torch.stack(batches), step)
            assert losses.sum(1).tolist() == pytest.approx([loss for loss, _ in expected], rel=1e-9)
            assert right.sum(1).tolist() == [count for _, count in expected]
        for lane, reference in enumerate(references):
            weights = crop(cohort.weights, lane, shapes_of(architecture_of(cohort.configs[lane])))
            torch.testing.assert_close(
                weights, dict(reference.network.state_dict()), rtol=1e-9, atol=1e-9
            )


@pytest.mark.parametrize("configs", COHORTS.values(), ids=COHORTS)
def test_training_is_that_of_the_notebook(
    rendering: type[Plain | Vmapped], configs: list[TrialConfig]
) -> None:
    """For 500 steps losses and weights are those of a plain module under torch's optimizer."""
    images = draw_images("train", 2_400)
    for cohort in cohorts_for(rendering, configs):
        train_beside_reference(rendering(cohort, images), cohort, images)


IMAGES = draw_images("train", 200)


def batch_of(configs: Sequence[TrialConfig], images: int = 20) -> Tensor:
    """Draw a batch for every lane."""
    draw = torch.Generator().manual_seed(0)
    return torch.randint(len(IMAGES.labels), (len(configs), images), generator=draw)


CASES = {
    "mlp": [make_config(s, widths=w) for s, w in enumerate([(12, 8), (3, 9), (12, 2)])],
    "cnn": [
        make_config(s, recipe=CNN_RECIPE, widths=w)
        for s, w in enumerate([(2, 5, 8), (4, 3, 6), (3, 3, 8)])
    ],
}


@pytest.mark.parametrize("configs", CASES.values(), ids=CASES)
def test_scoring_is_a_plain_forward_pass(
    rendering: type[Plain | Vmapped], configs: list[TrialConfig]
) -> None:
    """Scoring is cross entropy and accuracy of each lane's own module, without dropout."""
    noisy = [replace(c, hyper=replace(c.hyper, dropout=0.5)) for c in configs]
    for cohort in cohorts_for(rendering, noisy):
        rows = batch_of(cohort.configs)
        losses, right = rendering(cohort, IMAGES).score(rows)
        pixels, labels = gather(IMAGES, rows, torch.float64)
        for lane, config in enumerate(cohort.configs):
            network = build(architecture_of(config), config.seed).double()
            logits = network(pixels[lane])
            expected = F.cross_entropy(logits, labels[lane], reduction="none")
            torch.testing.assert_close(losses[lane], expected.detach(), rtol=1e-12, atol=0)
            assert right[lane].equal(logits.argmax(1) == labels[lane])


@pytest.mark.parametrize("configs", CASES.values(), ids=CASES)
def test_scoring_changes_nothing(
    rendering: type[Plain | Vmapped], configs: list[TrialConfig]
) -> None:
    """Weights and optimizer are as before, bit for bit."""
    for cohort in cohorts_for(rendering, configs):
        before = deepcopy((cohort.weights, cohort.state))
        rendering(cohort, IMAGES).score(batch_of(cohort.configs))
        torch.testing.assert_close(cohort.weights, before[0], rtol=0, atol=0)
        assert all(not tensor.any() for tensor in cohort.state.tensors())


def test_a_step_trains_the_cohort_in_place(rendering: type[Plain | Vmapped]) -> None:
    """After a step every weight tensor of the cohort, and its optimizer, has moved."""
    trials = [make_config(seed, widths=(24, 12 + seed)) for seed in range(3)]
    for cohort in cohorts_for(rendering, trials):
        before = deepcopy(cohort.weights)
        rendering(cohort, IMAGES).step(batch_of(cohort.configs), 0)
        for lane in range(len(cohort.configs)):
            assert all((before[n][lane] != w[lane]).any() for n, w in cohort.weights.items())
        slots = [slot for of_name in cohort.state.slots.values() for slot in of_name]
        assert slots
        assert all(slot.any() for slot in slots)
        if rendering is Plain:  # many lanes are told the step
            assert [count.item() for count in cohort.state.steps] == [1.0] * len(cohort.weights)
