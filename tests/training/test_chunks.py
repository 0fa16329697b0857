"""How many images are scored at a time."""

from dataclasses import replace

import pytest
import torch

from fashion_bench.models import Architecture
from fashion_bench.training.chunks import CHUNK, CHUNK_BYTES, bytes_of_an_image, chunk_of
from fashion_bench.training.cohort import Cohort
from tests.training.small import make_config


class OnAGpu(Cohort):
    """A cohort that says it is there."""

    @property
    def device(self) -> torch.device:
        """A made-up one."""
        return torch.device("cuda")


def cohort(model: str, widths: tuple[int, ...], lanes: int) -> Cohort:
    """A cohort of which only the shape is asked."""
    config = make_config(widths=widths)
    config = replace(config, recipe=replace(config.recipe, model=model))
    started = Cohort.start([config])
    fields = {name: getattr(started, name) for name in Cohort.__slots__}
    return OnAGpu(**fields | {"configs": (config,) * lanes})


@pytest.mark.parametrize(
    ("model", "widths", "lanes", "chunk"),
    [
        ("mlp", (256, 100), 1, CHUNK),
        ("mlp", (256, 100), 256, CHUNK),
        ("cnn", (32, 64, 128), 16, 672),
        ("cnn", (32, 64, 128), 256, 42),
        ("cnn", (32, 64, 128), 100_000, 1),
    ],
)
def test_a_gpu_scores_what_its_memory_holds(
    model: str, widths: tuple[int, ...], lanes: int, chunk: int
) -> None:
    """A thousand images as on a CPU, and fewer of large networks or of many."""
    assert chunk_of(cohort(model, widths, lanes)) == chunk


def test_a_cpu_scores_a_thousand() -> None:
    """A lane or several, whatever the network."""
    assert chunk_of(Cohort.start([make_config(), make_config(1)])) == CHUNK


def test_what_lies_between_image_and_answer_counts() -> None:
    """The image twice, the linear layers' outputs and those of what follows them; no weights."""
    units = 256 + 100
    found = bytes_of_an_image(Architecture("mlp", (256, 100))) // 4
    assert 2 * 784 + 2 * units + 10 <= found <= 3 * 784 + 2 * units + 10
    assert 256 * CHUNK * 4 * found <= CHUNK_BYTES
