"""The step that opens the test images: once, when every trial of an experiment is trained."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

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

    The scores of an arm are written at once; killed before that, the same is measured again.

    Raises:
        CheckpointError: a checkpoint is missing or not the one that was recorded.
    """
    study = ledger.read(plan.name)
    unmeasured = {
        arm: trials
        for arm in study.arms
        if (trials := [t for t in study.of_arm(arm) if t.checkpoint_sha256 and t.test is None])
    }
    if not unmeasured or len(study.trials) < study.planned:
        return
    images = load_test(plan.recipe.source, data)
    say(f"Opening the {len(images.labels):,} test images, for the one time.")
    for arm, trials in unmeasured.items():
        ledger.score(plan.name, arm, _scores(trials, store, images))


def _scores(trials: Sequence[TrialRecord], store: Store, images: Images) -> dict[str, TestScore]:
    scores = {}
    for trial in trials:
        path = store.checkpoint(trial.trial_id)
        network = read_checkpoint(path, trial.checkpoint_sha256).network
        loss, accuracy = score_network(network, images)
        scores[trial.trial_id] = TestScore(
            loss=loss, accuracy=accuracy, images=len(images.labels), measured_at=time.time()
        )
    return scores
