"""What a report shows besides the records: images, predictions and weights, or why it cannot.

The test images are looked at only where an experiment has been measured on them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from fashion_bench.analysis.report.material import Inside, Predicted, Seen
from fashion_bench.app.comparing import predictions_of
from fashion_bench.app.workplace import Workplace
from fashion_bench.config import Source
from fashion_bench.data import CLASSES, Images, load_test, load_train
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from fashion_bench.training.checkpoint import read_checkpoint
from fashion_bench.training.inside import first_weights, last_hidden

__all__ = ["inside", "predicted", "seen", "test_images", "training_images"]


def training_images(study: StudyRecord, data: Path) -> Images | str:
    """Return the images that a study or experiment was trained and validated on."""
    return _load(load_train, study, data, study.provenance.get("data_digest"))


def test_images(study: StudyRecord, data: Path) -> Images | str:
    """Return the test images that an experiment was measured on."""
    if study.kind != "experiment" or not any(trial.tests for trial in study.trials):
        return "nothing has been measured on the test images"
    return _load(load_test, study, data, study.openings[-1].digests["plain"])


def seen(study: StudyRecord, images: Images | str, name: str) -> Seen | str:
    """Return images as pictures are drawn from them."""
    if isinstance(images, str):
        return images
    return Seen(
        name=name,
        pixels=images.pixels.numpy(),
        labels=images.labels.numpy(),
        classes=_classes(study),
    )


def predicted(study: StudyRecord, arm: str, workplace: Workplace) -> Predicted | str:
    """Return what the networks of an arm said of the test images as they are."""
    measured = [trial for trial in study.of_arm(arm) if trial.test is not None]
    if not measured:
        return "none of its trials has been measured"
    try:
        answers = [said for _, said in predictions_of(measured, workplace, "plain")]
    except FashionBenchError as error:
        return str(error)
    return Predicted(
        seeds=tuple(trial.config.seed for trial in measured),
        logits=np.stack([answer.logits for answer in answers]),
        labels=answers[0].labels,
        classes=_classes(study),
    )


def inside(
    study: StudyRecord, arm: str, workplace: Workplace, images: Images | str
) -> Inside | str:
    """Return what is inside the first of an arm's networks, and makes of these images."""
    trial = next((trial for trial in study.of_arm(arm) if trial.value is not None), None)
    if trial is None:
        return "none of its trials has weights"
    try:
        path = workplace.files(study.name).checkpoint(trial.trial_id)
        network = read_checkpoint(path, trial.checkpoint_sha256).network
    except FashionBenchError as error:
        return str(error)
    return Inside(
        seed=trial.config.seed,
        weights=first_weights(network),
        hidden=None if isinstance(images, str) else last_hidden(network, images),
    )


def _load(
    load: Callable[[Source, Path], Images], study: StudyRecord, data: Path, digest: str | None
) -> Images | str:
    if not study.trials:
        return "no trial has finished"
    try:
        images = load(study.trials[0].config.recipe.source, data)
    except FashionBenchError as error:
        return str(error)
    return images if images.digest == digest else f"those in {data} are not those it was run with"


def _classes(study: StudyRecord) -> tuple[str, ...]:
    made_up = study.trials[0].config.recipe.source == "synthetic"
    return tuple(map(str, range(len(CLASSES)))) if made_up else CLASSES
