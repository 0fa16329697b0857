"""The step that opens the test images: once, when every trial of an experiment is trained."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from torch import nn

from fashion_bench.data import Images, load_test
from fashion_bench.records import TestScore, TrialRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.plan import Plan
from fashion_bench.training.checkpoint import Store, read_checkpoint
from fashion_bench.training.loop import score_network

__all__ = ["measure"]


def measure(
    ledger: Ledger, store: Store, plan: Plan, data: Path, say: Callable[[str], None]
) -> None:
    """Score every trial's checkpoint on the test images, unless that has been done.

    The scores are written when all are there; killed before that, the same is measured again.

    Raises:
        CheckpointError: a checkpoint is missing or not the one that was recorded.
    """
    study = ledger.read(plan.name)
    unmeasured = {
        arm: trials for arm in study.arms if (trials := list(_unmeasured(study.of_arm(arm))))
    }
    if not unmeasured or len(study.trials) < study.planned:
        return
    networks = {arm: _networks(trials, store) for arm, trials in unmeasured.items()}
    images = load_test(plan.recipe.source, data)
    say(f"Opening the {len(images.labels):,} test images, for the one time.")
    scores = {
        arm: {trial_id: _score(network, images) for trial_id, network in of_trials.items()}
        for arm, of_trials in networks.items()
    }
    for arm, of_trials in scores.items():
        ledger.score(plan.name, arm, of_trials)


def _unmeasured(trials: Iterable[TrialRecord]) -> Iterator[TrialRecord]:
    for trial in trials:
        if trial.value is not None and trial.test is None:
            yield trial


def _networks(trials: Iterable[TrialRecord], store: Store) -> dict[str, nn.Module]:
    """Read the checkpoints before the test images are opened, lest one is not there."""
    return {
        trial.trial_id: read_checkpoint(
            store.checkpoint(trial.trial_id), trial.checkpoint_sha256
        ).network
        for trial in trials
    }


def _score(network: nn.Module, images: Images) -> TestScore:
    loss, accuracy = score_network(network, images)
    return TestScore(
        loss=loss, accuracy=accuracy, images=len(images.labels), measured_at=time.time()
    )
