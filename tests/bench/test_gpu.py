"""The cohorts that are measured on a GPU; here on a CPU, tiny."""

import pytest
import torch

from fashion_bench.bench.gpu import Lanes, _train
from fashion_bench.bench.machine import trial_gflop
from fashion_bench.config import Recipe
from fashion_bench.data import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import render
from fashion_bench.training.products import _precision
from fashion_bench.training.rendering import Rendering

RECIPE = Recipe(source="synthetic", epochs=1, train_images=128, valid_images=64)
MIXED = Lanes(
    name="mixed", lanes=6, widths=[(64, 100), (250, 100), (256, 100)], dropouts=(0.0, 0.25)
)


@pytest.fixture(scope="module")
def images() -> Images:
    """Few."""
    return draw_images("train", 192)


def test_widths_and_dropout_are_dealt_in_turn() -> None:
    """Every width with and without dropout, and no seed twice."""
    configs = MIXED.configs(RECIPE)
    assert {(c.widths[0], c.hyper.dropout) for c in configs} == {
        (width, rate) for width in (64, 250, 256) for rate in (0.0, 0.25)
    }
    assert len({config.seed for config in configs}) == 6
    assert all(config.recipe == RECIPE for config in configs)


def test_a_mixed_cohort_is_counted_by_its_true_widths() -> None:
    """The mean over its trials; padding is no work that was asked for."""
    counted = [trial_gflop(RECIPE, (width, 100)) for width in (64, 250, 256)]
    assert MIXED.gflop(RECIPE) == pytest.approx(sum(counted) / 3)


@pytest.mark.parametrize("full", [False, True])
def test_precision_is_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, images: Images, full: bool
) -> None:
    """Products as on a GPU: in tf32, or in full float32."""
    seen, as_on_a_gpu = [], _precision
    cohort = Cohort.start(Lanes(name="two", lanes=2).configs(RECIPE))

    def watched(cohort: Cohort, images: Images) -> Rendering:
        seen.append(torch.get_float32_matmul_precision())
        return render(cohort, images)

    monkeypatch.setattr(
        "fashion_bench.training.products._precision",
        lambda _, tf32: as_on_a_gpu("cuda", tf32),
    )
    monkeypatch.setattr("fashion_bench.training.loop.render", watched)
    _train(cohort, images, 1, full=full)
    assert seen == ["highest" if full else "high"]
    assert cohort.epoch == 1
