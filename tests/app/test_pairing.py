"""What a seed draws, and what the arms of an experiment share: from the file to the tensors."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment
from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.split import epoch_order
from fashion_bench.data.synthetic import draw_images
from fashion_bench.models import build
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.spec import parse
from fashion_bench.training.cohort import Cohort, Weights, architecture_of, contents
from fashion_bench.training.loop import rows_of
from fashion_bench.training.noise import noise_of
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write
from tests.networks import widths_of

TOTAL = 1_000  # images that the splits are drawn from
TWO_RATES = ("dropout = 0.0", "dropout = 0.6")


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that is random about a trial."""

    train: Tensor
    valid: Tensor
    weights: Weights
    order: Tensor
    kept: Tensor

    @property
    def parts(self) -> dict[str, Tensor]:
        """Each of it as one tensor."""
        weights = torch.cat([weight.flatten() for weight in self.weights.values()])
        split = torch.cat([self.train, self.valid])
        return {"split": split, "weights": weights, "order": self.order}


def draw(config: TrialConfig, images: Images) -> Drawn:
    """Return what training draws for a trial: ``kept``, the units of step 5 it does not drop."""
    rows = rows_of([config], TOTAL)
    noise = noise_of(Cohort.start([config])).lane(0, 5)
    ones = torch.ones(config.recipe.batch_size, widths_of(config)[0])
    return Drawn(
        train=rows.train[0],
        valid=rows.valid[0],
        weights=contents(build(architecture_of(config), config.seed)),
        order=epoch_order(config.seed, 1, config.recipe.train_images),
        kept=noise.drop(ones, 0) > 0,
    )


@pytest.fixture(scope="module")
def drawn() -> list[list[Drawn]]:
    """What is drawn in each of two arms that drop at different rates, for each of two seeds."""
    text = EXPERIMENT.replace(*TWO_RATES)
    plan = plan_of(parse(tomllib.loads(text), "it"), "it")
    images = draw_images("train", TOTAL)
    return [
        [draw(plan.trial(arm, number, {}).config, images) for number in range(2)]
        for arm in plan.arms
    ]


def test_the_arms_of_an_experiment_share_all_that_is_random(drawn: list[list[Drawn]]) -> None:
    """For one seed: the split, the initial weights, the order, and the noise behind the masks."""
    for often, seldom in zip(*drawn, strict=True):
        for name, part in often.parts.items():
            assert torch.equal(part, seldom.parts[name]), name
        # Of one noise, what survives a rate of 0.6 survives one of 0.3.
        assert bool((often.kept <= seldom.kept).all())
        assert 0.3 < float(often.kept.float().mean()) < 0.5
        assert 0.6 < float(seldom.kept.float().mean()) < 0.8


def test_a_seed_draws_everything_anew(drawn: list[list[Drawn]]) -> None:
    """For two seeds: other images, other weights in every layer, another order, other masks."""
    for one, other in drawn:
        assert set(one.valid.tolist()) != set(other.valid.tolist())
        assert not any(
            torch.equal(weight, other.weights[name]) for name, weight in one.weights.items()
        )
        assert not torch.equal(one.order, other.order)
        assert not torch.equal(one.kept, other.kept)


def test_arms_that_set_the_same_are_the_same_trials(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Trained through, they agree to the last bit for each seed, and the seeds do not."""
    file = write(tmp_path, EXPERIMENT, ("dropout = 0.0", "dropout = 0.3"))
    study = run_experiment(file, options, listener).study
    one, other = (
        [(trial.value, trial.checkpoint_sha256) for trial in study.of_arm(arm)]
        for arm in study.arms
    )
    assert one == other
    assert one[0] != one[1]
