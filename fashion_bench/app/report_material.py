"""What a report shows besides the records: images, predictions and weights, or why it cannot.

The test images are looked at only where an experiment has been measured on them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from fashion_bench.analysis.report.document import Inside, Placeholder, Predicted, Section, Seen
from fashion_bench.analysis.report.experiment import arm_section, learning_section
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


def predicted(study: StudyRecord, arm: str, runs_folder: RunsFolder) -> Predicted | str:
    """Return what the networks of an arm said of the test images as they are."""
    measured = [trial for trial in study.of_arm(arm) if trial.test is not None]
    if not measured:
        return "none of its trials has been measured"
    try:
        answers = [said for _, said in predictions_of(measured, runs_folder, "plain")]
    except FashionBenchError as error:
        return str(error)
    return Predicted(
        seeds=tuple(trial.config.seed for trial in measured),
        logits=np.stack([answer.logits for answer in answers]),
        labels=answers[0].labels,
        classes=_classes(study),
    )


def inside(
    study: StudyRecord, arm: str, runs_folder: RunsFolder, images: Images | str
) -> Inside | str:
    """Return first-layer weights and last-layer activations of an arm's first trained network."""
    trial = next((trial for trial in study.of_arm(arm) if trial.value is not None), None)
    if trial is None:
        return "none of its trials has weights"
    try:
        path = runs_folder.files(study.name).checkpoint(trial.trial_id)
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


# The sections of an experiment --------------------------------------------------------------------


def sections_of_experiment(
    study: StudyRecord, runs_folder: RunsFolder, data: Path, say: Callable[[str], None]
) -> Iterator[Section]:
    """Yield how its arms learn, what each of them answers and holds, and some images."""
    images = test_images(study, data)
    tested = seen(study, images, "test images")
    yield learning_section(study)
    for arm in study.arms[:MOST_ARMS]:
        say(f"Drawing {arm}; an arm takes some seconds.")
        answers = predicted(study, arm, runs_folder)
        network = inside(study, arm, runs_folder, images)
        yield arm_section(arm, tested, answers, network)
    if further := study.arms[MOST_ARMS:]:
        placeholder = Placeholder(
            what=", ".join(further),
            why=f"no more than {MOST_ARMS} of {len(study.arms)} arms are drawn one by one",
        )
        yield Section(title="Further arms", blocks=(placeholder,))
    trained = seen(study, training_images(study, data), "training images")
    yield samples_section(trained if isinstance(tested, str) else tested)
