"""What a report shows besides the records: images, predictions and weights, or why it cannot.

The test images are looked at only where an experiment has been measured on them.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
from torch import nn

from fashion_bench.analysis.document import Placeholder, Section
from fashion_bench.analysis.report.experiment import arm_section, learning_section
from fashion_bench.analysis.report.material import Inside, Material, Missing, Predicted, Seen
from fashion_bench.analysis.report.record import samples_section
from fashion_bench.app.compare import predictions_of
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.config import Source
from fashion_bench.data import CLASSES, Images, load_test, load_train
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from fashion_bench.training.checkpoint import read_checkpoint
from fashion_bench.training.predict import first_weights, last_hidden

MOST_ARMS = 3  # drawn one by one: each takes 15 s and a megabyte


def training_images(study: StudyRecord, data: Path) -> Seen:
    """Return the images that a study or experiment was trained and validated on.

    Raises:
        Missing: they are not the ones.
        FashionBenchError: they are not there.
    """
    images = _load(load_train, study, data, study.provenance.get("data_digest"))
    return _seen(study, images, "training images")


def test_images(study: StudyRecord, data: Path) -> Images:
    """Return the test images that an experiment was measured on; raises as ``training_images``."""
    if not any(trial.tests for trial in study.trials):
        raise Missing("nothing has been measured on the test images")
    return _load(load_test, study, data, study.openings[-1].digests["plain"])


def predicted(study: StudyRecord, arm: str, runs_folder: RunsFolder) -> Predicted:
    """Return what the networks of an arm said of the test images as they are; raises likewise."""
    measured = [trial for trial in study.of_arm(arm) if trial.test is not None]
    if not measured:
        raise Missing("none of its trials has been measured")
    answers = [said for _, said in predictions_of(measured, runs_folder, "plain")]
    return Predicted(
        seeds=tuple(trial.config.seed for trial in measured),
        logits=np.stack([answer.logits for answer in answers]),
        labels=answers[0].labels,
        classes=_classes(study),
    )


def first_network(study: StudyRecord, arm: str, runs_folder: RunsFolder) -> tuple[int, nn.Module]:
    """Return an arm's first trained network, its seed before it; raises likewise."""
    trial = next((trial for trial in study.of_arm(arm) if trial.value is not None), None)
    if trial is None:
        raise Missing("none of its trials has weights")
    path = runs_folder.files(study.name).checkpoint(trial.trial_id)
    return trial.config.seed, read_checkpoint(path, trial.checkpoint_sha256).network


def material(
    study: StudyRecord, arm: str, runs_folder: RunsFolder, images: Callable[[], Images]
) -> Material:
    """Return what the pictures of an arm are drawn from; what is there is read once."""
    network = cache(partial(first_network, study, arm, runs_folder))

    def weights() -> Inside:
        seed, found = network()
        return Inside(seed=seed, values=first_weights(found))

    def hidden() -> Inside:
        seed, found = network()
        return Inside(seed=seed, values=last_hidden(found, images()))

    return Material(
        images=lambda: _seen(study, images(), "test images"),
        predicted=cache(partial(predicted, study, arm, runs_folder)),
        weights=weights,
        hidden=hidden,
    )


def _load(
    load: Callable[[Source, Path], Images], study: StudyRecord, data: Path, digest: str | None
) -> Images:
    if not study.trials:
        raise Missing("no trial has finished")
    images = load(study.trials[0].config.recipe.source, data)
    if images.digest != digest:
        raise Missing(f"those in {data} are not those it was run with")
    return images


def _seen(study: StudyRecord, images: Images, name: str) -> Seen:
    return Seen(
        name=name,
        pixels=images.pixels.numpy(),
        labels=images.labels.numpy(),
        classes=_classes(study),
    )


def _classes(study: StudyRecord) -> tuple[str, ...]:
    made_up = study.trials[0].config.recipe.source == "synthetic"
    return tuple(map(str, range(len(CLASSES)))) if made_up else CLASSES


# The sections of an experiment --------------------------------------------------------------------


def sections_of_experiment(
    study: StudyRecord, runs_folder: RunsFolder, data: Path, say: Callable[[str], None]
) -> Iterator[Section]:
    """Yield how its arms learn, what each of them answers and holds, and some images."""
    images = cache(partial(test_images, study, data))
    yield learning_section(study)
    for arm in study.arms[:MOST_ARMS]:
        say(f"Drawing {arm}; an arm takes some seconds.")
        yield arm_section(arm, material(study, arm, runs_folder, images))
    if further := study.arms[MOST_ARMS:]:
        placeholder = Placeholder(
            what=", ".join(further),
            why=f"no more than {MOST_ARMS} of {len(study.arms)} arms are drawn one by one",
        )
        yield Section(title="Further arms", blocks=(placeholder,))
    yield samples_section(partial(_samples, study, data, images))


def _samples(study: StudyRecord, data: Path, images: Callable[[], Images]) -> Seen:
    """Return the test images or, where they are closed or not there, the training images."""
    try:
        return _seen(study, images(), "test images")
    except (Missing, FashionBenchError):
        return training_images(study, data)
