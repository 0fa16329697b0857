"""Whether an engine can train a cohort, found out by trying; on a CPU, with made-up troubles."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from fashion_bench.devices import EngineName, Precision, Tried
from fashion_bench.training import captured, probe
from fashion_bench.training.captured import Buffers
from fashion_bench.training.probe import free_memory, tried
from fashion_bench.training.rendering import Vmapped
from tests.training.mock_gpu import Gpu
from tests.training.mock_gpu import gpu as gpu
from tests.training.small import CNN_RECIPE, RECIPE, make_config, small_images


@pytest.mark.parametrize("precision", get_args(Precision))
@pytest.mark.parametrize("engine", ["captured", "eager"])
@pytest.mark.parametrize("lanes", [1, 2, 5])
def test_what_can_be_trained_is_well(
    gpu: Gpu, lanes: int, engine: EngineName, precision: Precision
) -> None:
    """Where a tiny epoch comes to what uncaptured float32 comes to, nothing is said."""
    assert tried(make_config(), lanes, small_images(), engine, precision) == Tried()
    assert len(gpu.graphs) == {"captured": 3, "eager": 0}[engine]


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad"])
@pytest.mark.parametrize("recipe", [RECIPE, CNN_RECIPE], ids=lambda recipe: recipe.model)
def test_so_it_is_with_every_optimizer(recipe: Any, optimizer: str) -> None:
    """Rounding alone is no trouble, at however high a learning rate."""
    widths = {"mlp": (12, 8), "cnn": (3, 4, 8)}[recipe.model]
    config = make_config(recipe=replace(recipe, optimizer=optimizer), widths=widths, lr=0.5)
    assert tried(config, 3, small_images(), "captured", "float32") == Tried()


@pytest.mark.parametrize("where", ["step", "score"])
def test_out_of_memory_is_a_no_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Short of memory once, in training or validation, it says no; tried again, yes."""
    asked = []
    real = getattr(Vmapped, where)

    def short_once(self: Vmapped, rows: Tensor, *step: int) -> object:
        asked.append(weakref.ref(next(iter(self.weights.values()))))
        if len(asked) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(self, rows, *step)

    monkeypatch.setattr(Vmapped, where, short_once)
    assert tried(make_config(), 4, small_images(), "eager", "tf32") == Tried(fits=False)
    assert asked[0]() is None
    assert tried(make_config(), 4, small_images(), "eager", "tf32") == Tried()
    assert asked[-1]() is None


def test_out_of_memory_in_a_capture_is_a_no(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch tells of the broken capture; what broke it counts."""
    real = captured._take

    def short(work: Any, buffers: Buffers, size: int) -> None:
        if gpu.stream == "own" and gpu.graphs:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        real(work, buffers, size)

    monkeypatch.setattr(captured, "_take", short)
    found = tried(make_config(), 4, small_images(), "captured", "tf32")
    assert found == Tried(fits=False)


def raising(error: Exception) -> Callable[..., None]:
    """Return what raises it."""

    def fail(*_: object) -> None:
        raise error

    return fail


def test_any_other_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    monkeypatch.setattr(captured, "_take", raising(RuntimeError("a bug\nand its story")))
    assert tried(make_config(), 4, small_images(), "captured", "tf32") == Tried(trouble="a bug")


def test_a_capture_that_broke_may_have_lacked_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """So fewer lanes are tried; where one alone breaks it, too, it is the engine."""
    said = "CUDA error: operation not permitted when stream is capturing"
    monkeypatch.setattr(captured, "_take", raising(torch.AcceleratorError(said)))
    assert tried(make_config(), 4, small_images(), "captured", "tf32") == Tried(fits=False)
    assert tried(make_config(), 1, small_images(), "captured", "tf32") == Tried(trouble=said)


def test_a_missing_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it says itself."""
    monkeypatch.setattr(torch, "compile", lambda *_, **__: raising(RuntimeError("no gcc")))
    found = tried(make_config(), 4, small_images(), "compiled", "tf32")
    assert found == Tried(trouble="cannot compile a step (no gcc)")


def test_a_gpu_that_dies_is_no_trouble_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error is raised."""
    error = torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
    monkeypatch.setattr(captured, "_take", raising(error))
    with pytest.raises(torch.AcceleratorError):
        tried(make_config(), 4, small_images(), "captured", "tf32")


def forgets_a_gradient(vmapped: Vmapped, gradients: list[Tensor]) -> None:
    """Let the last layer's bias, eight numbers, stay where it is."""
    gradients[-1].zero_()


def mixes_lanes_up(vmapped: Vmapped, gradients: list[Tensor]) -> None:
    """Give the last lane the first one's gradients."""
    for gradient in gradients:
        gradient[-1] = gradient[0]


@pytest.mark.parametrize("wrong", [forgets_a_gradient, mixes_lanes_up])
@pytest.mark.parametrize("precision", get_args(Precision))
def test_wrong_sums_are_told(
    monkeypatch: pytest.MonkeyPatch, wrong: Callable[..., None], precision: Precision
) -> None:
    """However few numbers are wrong, in whichever lane."""
    real, working = Vmapped.apply, []

    def apply(self: Vmapped, gradients: list[Tensor], step: Tensor) -> None:
        if working:
            wrong(self, gradients)
        real(self, gradients, step)

    def begin(*given: Any, **named: Any) -> captured.Captured:
        working.append(1)
        return captured.Captured(*given, **named)

    monkeypatch.setattr(Vmapped, "apply", apply)
    monkeypatch.setattr("fashion_bench.training.loop.Captured", begin)
    found = tried(make_config(), 4, small_images(), "captured", precision)
    assert found.fits
    assert found.trouble is not None
    assert found.trouble.startswith("its sums are wrong: ")
    assert "gradients by" in found.trouble


def test_scores_that_are_wrong_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validation's as well: what is in the buffers need not be what was computed."""
    real = captured._score

    def half(vmapped: Vmapped, rows: Tensor, step: Tensor) -> Any:
        losses, right = real(vmapped, rows, step)
        return losses / 2, right

    monkeypatch.setattr(captured, "_score", half)
    found = tried(make_config(), 4, small_images(), "captured", "tf32")
    assert found == Tried(trouble="its sums are wrong: losses by 5e-01")


def test_what_is_tried_takes_a_whole_epochs_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As large as the recipe's, though two batches and a short one are trained."""
    made, ran = [], []
    real, run = Buffers.of, captured._take
    monkeypatch.setattr(Buffers, "of", lambda *given: made.append(real(*given)) or made[-1])
    monkeypatch.setattr(captured, "_take", lambda *given: ran.append(given[2]) or run(*given))
    monkeypatch.setattr(probe, "chunk_of", lambda _: 12)
    assert tried(make_config(), 2, small_images(), "captured", "tf32") == Tried()
    assert [each.rows.shape for each in made] == [(2, 256), (2, 64)]
    assert ran == [48, 48, 16, 12, 12, 4]


@pytest.mark.parametrize(("device", "emptied"), [("cpu", 0), ("cuda", 1)])
def test_a_gpus_cache_is_emptied(
    monkeypatch: pytest.MonkeyPatch, device: str, emptied: int
) -> None:
    """What cannot be reached goes; only on a GPU is there a cache to empty, after that."""
    order = []
    monkeypatch.setattr(gc, "collect", lambda: order.append("collect"))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: order.append("empty"))
    free_memory(device)
    assert order == ["collect", "empty"][: 1 + emptied]
