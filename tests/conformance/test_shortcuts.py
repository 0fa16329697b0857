"""The shorter ways to a lane's numbers give those of autograd and of torch's own layout."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from platform import machine
from typing import get_args

import pytest
import torch
from torch import Tensor

from fashion_bench.config import Activation, Recipe, TrialConfig
from fashion_bench.data.synthetic import draw_images
from fashion_bench.models.cnn import CNN
from fashion_bench.training import rendering
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.flat import FlatMLP
from fashion_bench.training.loop import advance
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.rendering import Plain
from fashion_bench.training.shortcut import Checked, by_onednn
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import make_config

MLP = Recipe(  # 200 steps, every fifth of 48 images
    epochs=40, batch_size=64, source="synthetic", train_images=304, valid_images=64
)
DEEP = (24, 17, 6, "relu", 9, 24, 5, 12, 0.1, 0.0, 0.25, 0.0, 0.5)
NETWORKS: dict[str, tuple[int | str | float, ...]] = {
    "250-100": (250, 100),
    "64-100": (64, 100),
    "256-100, both drop": (256, 100, 2, "relu", 100, 100, 100, 100, 0.4),
    "31-7": (31, 7),
    "one layer": (40, 100, 1),
    "six layers": DEEP,
}
WAYS: dict[str, dict[str, float | str]] = {
    "plain": {"lr": 1e-3},
    "dropout": {"dropout": 0.25, "lr": 3e-3},
    "smoothing": {"label_smoothing": 0.1},
    "all": {
        "dropout": 0.5,
        "label_smoothing": 0.05,
        "weight_decay": 0.1,
        "schedule": "one_cycle",
        "clip": 0.5,
        "lr": 1e-2,
    },
    "diverges": {"dropout": 0.25, "lr": 1e4},
    "cosine": {"schedule": "cosine", "dropout": 0.1, "lr": 5e-2},
}
CNNS: dict[str, tuple[int | str | float, ...]] = {
    "16-32-128": (16, 32, 128),
    "8-16-32": (8, 16, 32),
    "3-5-7, kernels of 3": (3, 5, 7, 3),
    "12-20-64, kernels of 7": (12, 20, 64, 7),
    "1-2-3, kernels of 1": (1, 2, 3, 1),
}
IMAGES = draw_images("train", 400)
OLDER = "ATEN_CPU_CAPABILITY" in os.environ  # set by a test below
EQUAL = machine() == "x86_64" and not OLDER

Trained = dict[str, object]


def trained(config: TrialConfig) -> Trained:
    """Train a trial; return its weights, the best of them, and every figure but the times."""
    cohort = Cohort.start([config], images=IMAGES)
    advance(cohort, IMAGES, config.recipe.epochs)
    figures = [
        (each.train_loss, each.train_accuracy, each.valid_loss, each.valid_accuracy)
        for each in cohort.histories[0]
    ]
    slots = [slot for slots in cohort.state.slots.values() for slot in slots]
    return {"weights": cohort.weights, "best": cohort.best, "slots": slots, "figures": figures}


@pytest.fixture
def both_ways(monkeypatch: pytest.MonkeyPatch) -> Callable[[TrialConfig], tuple[Trained, Trained]]:
    """Trains a trial the shorter way and as torch alone does.

    The shorter way is taken without being checked, so that what it gets wrong is seen; but for
    processors where it need not be equal.
    """

    def train(config: TrialConfig) -> tuple[Trained, Trained]:
        with monkeypatch.context() as patched:
            if EQUAL:
                patched.setattr(rendering, "Checked", lambda plain, shorter: shorter or plain)
            ours = trained(config)
            patched.setattr(rendering, "Checked", lambda plain, _: plain)
            return ours, trained(config)

    return train


@pytest.mark.parametrize("hyper", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("arguments", NETWORKS.values(), ids=NETWORKS)
def test_an_mlp_is_trained_as_by_autograd(
    arguments: tuple[int | str | float, ...],
    hyper: dict[str, float | str],
    both_ways: Callable[[TrialConfig], tuple[Trained, Trained]],
) -> None:
    """After 200 steps, short batches among them, each weight and figure is the same to the bit."""
    config = make_config(3, recipe=MLP, widths=arguments, **hyper)  # type: ignore[arg-type]
    ours, torchs = both_ways(config)
    torch.testing.assert_close(ours, torchs, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("hyper", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("arguments", CNNS.values(), ids=CNNS)
def test_a_cnn_is_trained_as_in_torchs_layout(
    arguments: tuple[int | str | float, ...],
    hyper: dict[str, float | str],
    both_ways: Callable[[TrialConfig], tuple[Trained, Trained]],
) -> None:
    """After 20 steps, short batches among them, each weight and figure is the same to the bit."""
    recipe = replace(MLP, model="cnn", epochs=4)
    config = make_config(3, recipe=recipe, widths=arguments, **hyper)  # type: ignore[arg-type]
    ours, torchs = both_ways(config)
    torch.testing.assert_close(ours, torchs, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("lr", [7.381448199395635, 1e3, 1e8, 1e20])
def test_a_cnn_diverges_as_in_torchs_layout(
    lr: float, both_ways: Callable[[TrialConfig], tuple[Trained, Trained]]
) -> None:
    """Numbers that become infinite, and NaN, are the same, too, and so is when."""
    recipe = replace(MLP, model="cnn", epochs=4, optimizer="sgd")
    config = make_config(3, recipe=recipe, widths=(3, 5, 7), lr=lr)
    ours, torchs = both_ways(config)
    torch.testing.assert_close(ours, torchs, rtol=0, atol=0, equal_nan=True)


SHORTER = {
    "an MLP": (MLP, (250, 100), True),
    "a CNN": (replace(MLP, model="cnn"), (16, 32, 128), True),
    **{
        f"an MLP with {name}": (MLP, (8, 8, 2, name), name == "relu")
        for name in get_args(Activation)
    },
    **{
        f"a CNN with {name}": (replace(MLP, model="cnn"), (4, 4, 8, 5, name), name == "relu")
        for name in get_args(Activation)
    },
}


@pytest.mark.skipif(not EQUAL, reason="elsewhere the ways may be rounded otherwise")
@pytest.mark.parametrize(("recipe", "arguments", "there"), SHORTER.values(), ids=SHORTER)
def test_the_shorter_way_is_taken(
    recipe: Recipe, arguments: tuple[int | str, ...], there: bool
) -> None:
    """Our networks have one with ReLU, for whole batches and short ones; on x86 it is equal."""
    config = make_config(recipe=recipe, widths=arguments, dropout=0.25)  # type: ignore[arg-type]
    plain = Plain(Cohort.start([config], images=IMAGES), IMAGES)
    with fast_matmul():
        for rows in (torch.arange(64)[None], torch.arange(48)[None]):
            plain.step(rows, 0)
            plain.score(rows)
    assert plain._gradients._equal == ({64: True, 48: True} if there else {})
    scored = there and recipe.model == "cnn"
    assert plain._scored._logits._equal == ({64: True, 48: True} if scored else {})


def test_float64_has_no_shorter_way() -> None:
    """It is what tests and tries of the user's code compute in."""
    for recipe in (MLP, replace(MLP, model="cnn")):
        cohort = Cohort.start([make_config(recipe=recipe, widths=(8, 8))], dtype=torch.float64)
        plain = Plain(cohort, IMAGES)
        assert plain._gradients._shorter is None
        assert plain._scored._logits._shorter is None


def test_a_way_that_differs_is_not_taken() -> None:
    """Each size of batch is judged by itself, by its first batch."""
    calls: list[int] = []

    def shorter(images: Tensor) -> Tensor:
        calls.append(len(images))
        return images + (len(images) == 3)

    way = Checked(lambda images: images.clone(), shorter)
    for _ in range(3):
        for size in (2, 3):
            assert torch.equal(way(torch.ones(size)), torch.ones(size))
    assert calls == [2, 3, 2, 2]


def test_a_single_image_has_another_kernel() -> None:
    """What is not equal does happen: torch convolves one image without oneDNN."""
    network = CNN(3, 5, 7, kernel=3)
    shorter = by_onednn(network, torch.float32, torch.device("cpu"), network)
    assert shorter is not None
    way = Checked(network, shorter)
    with torch.inference_mode():
        for size in (1, 2):
            images = torch.randn(size, 1, 28, 28, generator=torch.Generator().manual_seed(size))
            assert torch.equal(way(images), network(images))
            assert torch.equal(way(images), network(images))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_what_onednn_would_hide_is_seen(value: float) -> None:
    """A weight that is not finite, or makes maps that are not, is answered as torch answers it."""
    network = CNN(3, 5, 7)
    shorter = by_onednn(network, torch.float32, torch.device("cpu"), network)
    images = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert shorter is not None
    with torch.inference_mode():
        network.conv1.weight[0] = value
        torch.testing.assert_close(shorter(images), network(images), rtol=0, atol=0, equal_nan=True)


def test_a_flat_step_changes_no_weight() -> None:
    """It gives gradients, in buffers of its own, and the weights stay."""
    config = make_config(recipe=MLP, widths=(12, 8))
    plain = Plain(Cohort.start([config], images=IMAGES), IMAGES)
    flat = plain._gradients._shorter
    assert isinstance(flat, FlatMLP)
    before = [weight.clone() for weight in plain.weights]
    images, labels = IMAGES.pixels[:16].float(), IMAGES.labels[:16]
    gradients, _ = flat(images, labels, 0)
    torch.testing.assert_close(plain.weights, before, rtol=0, atol=0)
    assert [each.shape for each in gradients] == [each.shape for each in plain.weights]


@pytest.mark.skipif(OLDER, reason="this is that process")
def test_an_older_processor_gets_autograds_numbers() -> None:
    """Whichever kernels are taken for want of AVX-512: equal ones, or autograd's."""
    some = "(250-100 and all) or (six and dropout) or (64-100 and smoothing) or (8-16-32 and all)"
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", some],
        env=os.environ | {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert told.returncode == 0, told.stdout
    assert "4 passed" in told.stdout
