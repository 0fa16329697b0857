"""Whether a cohort fits, found out by trying one; on a CPU, with made-up shortages."""

import gc
import weakref

import pytest
import torch
from torch import Tensor

from fashion_bench.training.probe import fits, free_memory
from fashion_bench.training.rendering import Vmapped
from tests.training.small import make_config, small_images


@pytest.mark.parametrize("lanes", [1, 4])
def test_what_can_be_trained_fits(lanes: int) -> None:
    """Where a step and a validation go through, the cohort fits."""
    assert fits(make_config(), lanes, small_images())


@pytest.mark.parametrize("where", ["step", "score"])
def test_out_of_memory_is_a_no_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Short of memory once, in training or validation, it says no; tried again, yes."""
    tried = []
    real = getattr(Vmapped, where)

    def short_once(self: Vmapped, rows: Tensor, *step: int) -> object:
        tried.append(weakref.ref(next(iter(self.weights.values()))))
        if len(tried) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(self, rows, *step)

    monkeypatch.setattr(Vmapped, where, short_once)
    assert not fits(make_config(), 4, small_images())
    assert tried[0]() is None
    assert fits(make_config(), 4, small_images())
    assert tried[-1]() is None


def test_any_other_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is no shortage of memory."""

    def wrong(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Vmapped, "step", wrong)
    with pytest.raises(RuntimeError, match="a bug"):
        fits(make_config(), 4, small_images())


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
