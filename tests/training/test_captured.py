"""The captured epoch: the numbers of the vmapped steps, without the CPU between them."""

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from fashion_bench import code
from fashion_bench.config import Recipe, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.devices import EngineName
from fashion_bench.training import captured, loop
from fashion_bench.training.captured import WARM_UP, Captured
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.rendering import Plain, Vmapped
from fashion_bench.training.trouble import out_of_memory
from tests.training.mock_gpu import Gpu, Graph
from tests.training.mock_gpu import gpu as gpu
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import CNN_RECIPE, RECIPE, make_config, small_images
from tests.training.test_ability import Make, config
from tests.training.test_ability import make_plan as make_plan  # the fixture ``make``

HYPERS: list[dict[str, Any]] = [
    {"dropout": 0.3, "clip": 1.0},
    {"weight_decay": 0.1, "schedule": "cosine"},
    {"label_smoothing": 0.1, "lr": 3e-3, "schedule": "one_cycle"},
]
WIDTHS = {"mlp": [(8, 4), (5, 6), (8, 6)], "cnn": [(3, 4, 8), (2, 4, 8), (3, 3, 6)]}


def trials(recipe: Recipe) -> list[TrialConfig]:
    """Return trials that differ in whatever lanes of one cohort may differ in."""
    return [
        make_config(seed, recipe=recipe, widths=widths, split_seed=seed % 2, **hyper)
        for seed, (widths, hyper) in enumerate(zip(WIDTHS[recipe.model], HYPERS, strict=True))
    ]


def trained(configs: Sequence[TrialConfig], engine: str, images: Images | None = None) -> Cohort:
    """Train a cohort to its end in float64."""
    images = images or small_images()
    cohort = Cohort.start(configs, dtype=torch.float64, images=images)
    loop.advance(cohort, images, configs[0].recipe.epochs, engine=engine)
    return cohort


def figures(cohort: Cohort) -> list[list[float]]:
    """Return what every epoch of every lane came to."""
    return [
        [e.train_loss, e.train_accuracy, e.valid_loss, e.valid_accuracy]
        for history in cohort.histories
        for e in history
    ]


def assert_equal(one: Cohort, other: Cohort) -> None:
    """Figures, weights, buffers, slots and the best weights agree."""
    for name in ("weights", "buffers", "best"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one.state.slots, other.state.slots, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        torch.tensor(figures(one)), torch.tensor(figures(other)), rtol=1e-12, atol=1e-12
    )
    assert figures(one)


@pytest.fixture(params=["captured", "compiled"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, gpu: Gpu) -> str:
    """An engine that captures; what would be compiled is run as it is."""
    monkeypatch.setattr(torch, "compile", lambda take, **_: take)
    monkeypatch.setattr(loop, "chunk_of", lambda _: 24)
    name: str = request.param
    return name


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad"])
@pytest.mark.parametrize("recipe", [RECIPE, CNN_RECIPE], ids=lambda recipe: recipe.model)
def test_it_is_the_vmapped_program(engine: str, gpu: Gpu, recipe: Recipe, optimizer: str) -> None:
    """With each optimizer, lanes that differ, a short last batch and a short last chunk.

    An epoch is so many replays: of the graph of whole batches, and one of the short batch's.
    """
    configs = trials(replace(recipe, optimizer=optimizer, epochs=2))
    assert_equal(trained(configs, engine), trained(configs, "eager"))
    steps, batch = recipe.steps_per_epoch, recipe.batch_size
    assert [graph.replays for graph in gpu.graphs] == [2 * (steps - 1), 2, 4, 2]
    assert recipe.train_images % batch


def test_lanes_may_differ_in_the_optimizers_values(engine: str) -> None:
    """What corrects Adam's means is each lane's own, step by step."""
    some = [
        replace(each, optimizer=(("beta1", beta1), ("beta2", beta2)))
        for each, beta1, beta2 in zip(
            trials(RECIPE), (0.9, 0.8, 0.5), (0.99, 0.9, 0.9), strict=True
        )
    ]
    assert_equal(trained(some, engine), trained(some, "eager"))


def test_images_are_augmented_alike(engine: str) -> None:
    """Each step has keys of its own."""
    some = trials(replace(RECIPE, augment="flip"))
    assert_equal(trained(some, engine), trained(some, "eager"))


def test_so_is_a_network_of_the_users_with_statistics(engine: str, make: Make) -> None:
    """BatchNorm's are those of true batches, the short one too, and warming up leaves none."""
    from fashion_bench.data.sources import Sources

    plan = make("x = self.more(x)", "nn.BatchNorm1d(width)")
    images = Sources(Path(), Path()).open("digits").load("train")
    some = [config(plan, seed, width=width) for seed, width in enumerate((3, 6, 4))]
    assert code.is_reference(some[0].recipe.model)
    assert some[0].recipe.train_images % some[0].recipe.batch_size
    one = trained(some, engine, images)
    assert one.buffers
    assert_equal(one, trained(some, "eager", images))


def test_advances_go_on_where_the_last_one_stopped(engine: str) -> None:
    """Captured anew in the second epoch, the counter begins where the cohort is."""
    some = trials(RECIPE)
    cohort = Cohort.start(some, dtype=torch.float64)
    for until in (1, 2):
        loop.advance(cohort, small_images(), until, engine=engine)
    assert_equal(cohort, trained(some, "eager"))


def test_one_lane_is_captured_too(engine: str, gpu: Gpu) -> None:
    """As the program that many are."""
    assert_equal(trained(trials(RECIPE)[:1], engine), trained(trials(RECIPE)[:1], "eager"))
    assert gpu.graphs


def test_all_graphs_share_a_pool_and_a_stream(engine: str, gpu: Gpu) -> None:
    """None takes memory of its own, and another thread may use the GPU meanwhile."""
    for _ in range(2):
        trained(trials(RECIPE), engine)
    assert len(gpu.graphs) == 8
    assert len(set(gpu.pools)) == 2  # one a cohort
    assert None not in gpu.pools
    assert gpu.streams == ["new"]
    assert set(gpu.modes) == {"thread_local"}


def test_a_graph_does_not_keep_its_cohort(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was trained is freed at once: the next cohort needs the memory."""
    monkeypatch.setattr(
        Graph,
        "__torch_dispatch__",
        lambda _, func, types, args=(), kwargs=None: func(*args, **(kwargs or {})),
    )
    gc.collect()
    gc.disable()
    try:
        cohort = trained(trials(RECIPE), "captured")
        weight = weakref.ref(next(iter(cohort.weights.values())))
        del cohort
        gpu.graphs.clear()
        assert weight() is None
    finally:
        gc.enable()


def test_it_tells_once_it_is_ready(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU is far ahead of a GPU, so what it could tell in between would not be true."""
    monkeypatch.setattr(loop, "EVERY", 0)
    told: list[float] = []
    cohort = Cohort.start(trials(RECIPE))
    loop.advance(cohort, small_images(), 2, engine="captured", told=told.append)
    part = 1 / (RECIPE.steps_per_epoch + 1)
    assert told == [part, 1, 1 + part, 2]


def test_out_of_memory_in_a_capture_is_told_as_such(
    gpu: Gpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch raises another error and forgets the stream; both are seen to."""
    ran: list[int] = []
    take = captured._take

    def short(*given: Any) -> None:
        ran.append(1)
        if len(ran) > WARM_UP:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        take(*given)

    monkeypatch.setattr(captured, "_take", short)
    with pytest.raises(torch.AcceleratorError) as caught:
        trained(trials(RECIPE), "captured")
    assert out_of_memory(caught.value)
    assert gpu.stream == "usual"


# Which rendering it is ----------------------------------------------------------------------------


def test_the_engine_decides(gpu: Gpu, make: Make) -> None:
    """On any device, for one lane or more; but one lane of the user's own code is plain."""
    for lanes in (1, 3):
        cohort = Cohort.start(trials(RECIPE)[:lanes])
        kinds = [type(loop.render(cohort, small_images(), name)) for name in get_args(EngineName)]
        assert kinds == [Captured, Captured, Vmapped]
    plan = make()
    own = [config(plan, seed, width=3) for seed in (0, 1)]
    for lanes, kind in ((1, Plain), (2, Captured)):
        cohort = Cohort.start(own[:lanes], images=small_images())
        assert type(loop.render(cohort, small_images(), "captured")) is kind


def test_a_gpu_is_told_its_engine() -> None:
    """It decides how sums are rounded: no default stands in for the layout's."""
    cohort = Cohort.start(trials(RECIPE), "meta")
    with pytest.raises(ValueError, match="the layout says"):
        loop.render(cohort, small_images())


WITHOUT = """
import sys
from fashion_bench.training import loop
from fashion_bench.training.cohort import Cohort
from tests.training.small import make_config, small_images
loop.advance(Cohort.start([make_config(0), make_config(1)]), small_images(), 1, engine="captured")
print("torch._inductor.compile_fx" in sys.modules)
"""


def test_no_compiler_is_needed(tmp_path: Path) -> None:
    """Nothing is compiled, where no program can be found either: Docker's image has none."""
    environment = {"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), "CC": "false"}
    command = [sys.executable, "-c", WITHOUT]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("False\n", "")
