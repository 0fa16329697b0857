"""What every version draws and computes alike: held against values that version 0.1 gave.

Parameters, seeds, orders and initial weights exactly; losses of 50 steps in float64 to 1e-9. Whole
lists of trials depend on the processor: ``python -m tests.equal_lists`` compares two checkouts.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch

from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.data.split import draw_split, epoch_order
from fashion_bench.data.synthetic import draw_images
from fashion_bench.models import Architecture, build
from fashion_bench.parameters import bare_arguments
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.resolve import load_file
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import rows_of
from fashion_bench.training.rendering import Plain, Vmapped

ROOT = Path(__file__).parent.parent
GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text())
FILES = sorted(GOLDEN["asked"])  # those that version 0.1 had

CONFIGS = {
    "mlp": TrialConfig(
        recipe=Recipe(source="synthetic", train_images=800, valid_images=100, batch_size=16),
        arguments=(24, 12),
        hyper=Hyper(
            lr=3e-3, dropout=0.25, weight_decay=0.05, label_smoothing=0.1, schedule="one_cycle"
        ),
        seed=7,
        split_seed=5,
    ),
    "cnn": TrialConfig(
        recipe=Recipe(
            model="cnn", source="synthetic", train_images=800, valid_images=100, batch_size=16
        ),
        arguments=(4, 6, 16),
        hyper=Hyper(lr=2e-3, dropout=0.5, schedule="cosine"),
        seed=11,
        split_seed=5,
    ),
}


def digest(*tensors: torch.Tensor) -> str:
    """Name tensors by their bytes."""
    whole = sha256()
    for tensor in tensors:
        whole.update(tensor.detach().contiguous().numpy().tobytes())
    return whole.hexdigest()[:16]


def first_asked(stem: str) -> dict[str, Any]:
    """What a shipped file asks first, with its seeds: before any result is known."""
    (path,) = (p for kind in ("studies", "experiments") for p in (ROOT / kind).glob(f"{stem}.toml"))
    plan = load_file(path).plan
    numbers = range(min(plan.generation, plan.trials_per_arm))
    told: dict[str, Any] = {"planned": plan.trials_per_arm * len(plan.arms)}
    for arm in plan.arms:
        asked = ArmStudy(plan, arm).ask(0, numbers)
        trials = [plan.trial(arm, n, params) for n, params in zip(numbers, asked, strict=True)]
        told[arm.name] = [(t.trial_id, t.config) for t in trials]
    return told


def config_of(text: str) -> TrialConfig:
    """Return a configuration as version 0.1 wrote it; what it did not know has its default."""

    def trial_config(*, recipe: Recipe, widths: tuple[int, ...], **given: Any) -> TrialConfig:
        return TrialConfig(recipe=recipe, arguments=bare_arguments(recipe.model, widths), **given)

    words = {"TrialConfig": trial_config, "Recipe": Recipe, "Hyper": Hyper}
    config: TrialConfig = eval(text, words)
    return config


def losses(kind: type[Plain | Vmapped], config: TrialConfig) -> list[float]:
    """The mean training losses of 50 steps in float64."""
    images = draw_images("train", 1_000)
    cohort = Cohort.start([config], dtype=torch.float64)
    rendering, rows = kind(cohort, images), rows_of([config], 1_000).train
    order = rows[:, epoch_order(config.seed, 1, rows.shape[1])]
    batches = torch.split(order, config.recipe.batch_size, dim=1)
    return [float(rendering.step(batch, step)[0].mean()) for step, batch in enumerate(batches)]


@pytest.mark.parametrize("stem", FILES)
def test_parameters_and_seeds_are_what_they_were(stem: str) -> None:
    """The first generation of every shipped study, the listed trials of every experiment."""
    assert first_asked(stem) == {
        arm: [(name, config_of(text)) for name, text in told] if isinstance(told, list) else told
        for arm, told in GOLDEN["asked"][stem].items()
    }


def test_orders_and_splits_are_what_they_were() -> None:
    """The rows of an epoch and of a split, by their digests."""
    split = draw_split(1234, total=60_000, train_images=54_000, valid_images=6_000)
    assert digest(epoch_order(1234, 3, 54_000)) == GOLDEN["order"]
    assert digest(split.train, split.valid) == GOLDEN["split"]


@pytest.mark.parametrize(("model", "widths"), [("mlp", (250, 100)), ("cnn", (16, 32, 128))])
def test_initial_weights_are_what_they_were(model: Any, widths: tuple[int, ...]) -> None:
    """Bit for bit, of the notebook's seed."""
    assert (
        digest(*build(Architecture(model, widths), 1234).parameters()) == GOLDEN["weights"][model]
    )


@pytest.mark.parametrize("kind", [Plain, Vmapped])
@pytest.mark.parametrize("model", CONFIGS)
def test_fifty_steps_are_what_they_were(kind: type[Plain | Vmapped], model: str) -> None:
    """Dropout, decay, smoothing and schedules included."""
    torch.testing.assert_close(
        torch.tensor(losses(kind, CONFIGS[model]), dtype=torch.float64),
        torch.tensor(GOLDEN["losses"][model], dtype=torch.float64),
        rtol=1e-9,
        atol=0,
    )
