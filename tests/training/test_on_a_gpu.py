"""What a GPU would be asked for, counted without one: on torch's device of tensors without numbers.

Whoever reads a number there fails, and what the CPU makes is on another device.
"""

import weakref
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fashion_bench.config import Recipe, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.training.chunks import chunk_of
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import render
from tests.training.small import RECIPE, make_config

GIB = 2**30
WAITS = ("_local_scalar_dense", "nonzero", "is_nonzero", "unique", "masked_select")


DEVICE = "meta"


def images(number: int) -> Images:
    """Return images on the GPU."""
    return Images(
        pixels=torch.empty(number, 28, 28, dtype=torch.uint8, device=DEVICE),
        labels=torch.empty(number, dtype=torch.int64, device=DEVICE),
        digest="none",
        mean=(0.3,),
        std=(0.3,),
        classes=10,
    )


def cohort(config: TrialConfig, lanes: int) -> Cohort:
    """Return one on the GPU."""
    return Cohort.start([config], DEVICE, lanes=lanes, drawn=False)


class Watch(TorchDispatchMode):
    """Notes what makes the CPU wait: a number read back, or a tensor that is sent.

    A number that the CPU passes with an operation is no wait; it is a tensor without dimensions.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.operations = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        returned = func(*args, **(kwargs or {}))
        self.operations += 1
        tensors = [
            leaf for leaf in tree_leaves((args, kwargs, returned)) if isinstance(leaf, torch.Tensor)
        ]
        name = func.overloadpacket.__name__
        devices = {tensor.device.type for tensor in tensors}
        on_cpu = any(tensor.device.type == "cpu" and tensor.ndim for tensor in tensors)
        if name in WAITS or on_cpu or ("copy" in name and len(devices) > 1):
            self.seen.append(name)
        return returned


HYPER: dict[str, Any] = {
    "dropout": 0.3,
    "clip": 1.0,
    "label_smoothing": 0.1,
    "weight_decay": 0.1,
    "schedule": "one_cycle",
}


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad"])
@pytest.mark.parametrize("model", ["mlp", "cnn"])
@pytest.mark.parametrize("engine", ["captured", "eager"])
def test_no_step_waits(engine: str, model: str, optimizer: str) -> None:
    """An epoch's rows are sent once, and nothing else; validation's lie there already."""
    recipe = replace(RECIPE, model=model, optimizer=optimizer, augment="flip+shift")
    config = make_config(recipe=recipe, widths={"mlp": (12, 8), "cnn": (3, 4, 8)}[model], **HYPER)
    config = replace(config, optimizer=(("momentum", 0.9),) if optimizer == "sgd" else ())
    trained = cohort(config, 4)
    rendering = render(trained, images(400), engine)
    orders = torch.zeros(4, recipe.train_images, dtype=torch.int32)
    rows = torch.zeros(4, recipe.valid_images, dtype=torch.int64, device=DEVICE)
    with Watch() as first:
        rendering.train(orders, 0, lambda _: None)
    with Watch() as watch:
        rendering.train(orders, 6, lambda _: None)
    sent = ["copy_" if engine == "captured" else "_to_copy"]
    assert (first.seen, watch.seen) == (sent, sent)
    with Watch() as validating:
        rendering.validate(rows, 24)
    assert not validating.seen
    assert min(watch.operations, validating.operations) > 50


def test_what_would_wait_is_seen() -> None:
    """A tensor made by the CPU is noted, and no number can be read back."""
    with Watch() as watch:
        there = torch.zeros(3, device=DEVICE)
        there += torch.tensor([1])
        torch.tensor(1).to(DEVICE)
    assert watch.seen == ["lift_fresh", "add_", "_to_copy"]
    with pytest.raises(RuntimeError, match="meta"):
        there[0].item()


class Live(TorchDispatchMode):
    """The most bytes that were alive on the GPU at once."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.most = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        returned = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(returned):
            if isinstance(leaf, torch.Tensor) and leaf.device.type == DEVICE:
                storage = leaf.untyped_storage()
                if storage._cdata not in self.alive:
                    self.alive[storage._cdata] = storage.nbytes()
                    weakref.finalize(storage, self.alive.pop, storage._cdata, None)
        self.most = max(self.most, sum(self.alive.values()))
        return returned


@pytest.mark.parametrize("widths", [(32, 64, 128), (16, 32, 128)])
def test_validating_256_cnns_takes_no_more_than_training_them(widths: tuple[int, ...]) -> None:
    """At most 6 GiB, all that lives counted, weights and their copies too; a step takes 11."""
    config = make_config(recipe=Recipe(model="cnn", source="synthetic"), widths=widths, dropout=0.3)
    recipe, lanes = config.recipe, 256
    with Live() as live:
        trained = cohort(config, lanes)
        rendering = render(trained, images(60_000), "captured")
        kept, live.most = live.most, 0
        chunk = chunk_of(trained)
        rendering.validate(torch.zeros(lanes, 2 * chunk, dtype=torch.int64, device=DEVICE), chunk)
        validating, live.most = live.most, 0
        orders = torch.zeros(lanes, 2 * recipe.batch_size, dtype=torch.int32)
        rendering.train(orders, 0, lambda _: None)
    print(f"{widths}: {kept / GIB:.1f}, {validating / GIB:.1f}, {live.most / GIB:.1f} GiB")
    assert kept < validating <= 6 * GIB
    assert live.most <= 12 * GIB
