"""The step that opens the test images: once, when every trial of an experiment is trained.

Every opening is in the ledger, and every score is of one of them. So a measuring that was killed
goes on with its own opening, and nothing but a stated reason begins another (decision 17).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from fashion_bench import code
from fashion_bench.analysis.comparison import is_over
from fashion_bench.analysis.others import openers
from fashion_bench.analysis.scoring import (
    OwnMetric,
    figures_of,
    own_figure,
    temperature_of,
    try_own,
)
from fashion_bench.app.duplicates import keep_duplicates
from fashion_bench.app.provenance import UNKNOWN, git_commit
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.config import WITHOUT_LOGITS, TestSet
from fashion_bench.data.sources import Dataset, Sources, require_test
from fashion_bench.errors import CheckpointError, DataError, SpecError
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.faults import reached
from fashion_bench.plan import Plan
from fashion_bench.records import Opening, StudyRecord, TestScore, TrialRecord, unheard
from fashion_bench.search.ledger import Ledger
from fashion_bench.training.files import TrialFiles
from fashion_bench.training.predictions import read_predictions, write_predictions

if TYPE_CHECKING:  # a driver imports torch when it measures, not before
    from torch import Tensor, nn

    from fashion_bench.data.images import Images


def refuse_what_cannot_be_measured(plan: Plan, dataset: Dataset | None) -> None:
    """Try a metric of the user's, and read a test part of the user's and forget it.

    Else all would be trained for nothing.

    Args:
        plan: the experiment.
        dataset: the user's own data.

    Raises:
        DataError: the test part cannot be had, or is unlike the train part.
        SpecError: the metric fails or returns no number, or needs a class that has no image.
    """
    if code.is_reference(plan.metric):
        try_own(*_own(plan.metric), plan.data.classes)
    test = None if dataset is None else dataset.load("test")
    if plan.metric not in ("macro_f1", "worst_class"):
        return
    if plan.recipe.valid_images < plan.data.classes:
        problem = f"needs validation images of all {plan.data.classes} classes"
        given, remedy = plan.recipe.valid_images, "validate on more images"
        raise SpecError("metric", problem, given=f"{given} images", remedy=remedy)
    if test is None or dataset is None:  # ours have many of every class
        return
    from fashion_bench.training.loop import rows_of

    _refuse_without_a_class(plan, "test images", test.labels)
    labels = dataset.load("train").labels
    for number in range(plan.trials_per_arm):
        config = plan.trial(plan.arms[0], number, {}).config
        rows = rows_of([config], len(labels)).valid[0]
        seed = f"validation images with split seed {config.split_seed}"
        _refuse_without_a_class(plan, seed, labels[rows])


def _refuse_without_a_class(plan: Plan, what: str, labels: "Tensor") -> None:
    images = labels.bincount(minlength=plan.data.classes)
    if not images.all():
        lacking = plan.data.labels[int(images.argmin())]
        problem = f"needs {what} of every class, and of class {lacking} there are none"
        remedy = "use accuracy or loss, or give it more images"
        raise SpecError("metric", problem, given=plan.metric, remedy=remedy)


def _own(metric: str) -> tuple[OwnMetric, str]:
    """Return a metric of the user's, and what errors call it."""
    return code.loaded(metric), code.unpinned(metric)


def measure(
    ledger: Ledger,
    store: TrialFiles,
    plan: Plan,
    sources: Sources,
    say: Callable[[str], None],
    again: str | None = None,
    measured: Callable[[int], None] = unheard,
) -> None:
    """Score every trial's checkpoint on the test images, unless that has been done.

    An arm's scores are written when all are there; killed before that, it is measured anew.

    Args:
        ledger: holds the experiment; gets the opening and the scores.
        store: holds the checkpoints; gets what is predicted of each image.
        plan: the experiment.
        sources: where its images are.
        say: is told when the images are opened.
        again: why to open them once more; where they never were, why to open them.
        measured: is told how many trials have their scores.

    Raises:
        CheckpointError: a checkpoint is missing or not the one that was recorded.
        DataError: the images are missing or not the known ones.
        SpecError: the data set has no test part.
    """
    study = ledger.read(plan.name)
    opening = _opening(study, again)
    unmeasured = {arm: trials for arm in study.arms if (trials := _lacking(study, arm, opening))}
    if unmeasured and is_over(study):
        with one_torch_thread():
            networks = {arm: _networks(trials, store) for arm, trials in unmeasured.items()}
            dataset = sources.open(plan.recipe.source)
            sets = _open(plan, dataset)
            say(_told(opening, study, len(sets["plain"].labels), again, _before(ledger, sets)))
            if opening > len(study.openings):
                note = _note(sets, again)
                if note.git_commit == UNKNOWN:
                    say(f"By which commit is unknown: of fashion-bench {version('fashion-bench')}.")
                ledger.note_opening(plan.name, note)
                reached("test-opened")
            keep_duplicates(RunsFolder(ledger.path.parent), study, dataset, sets["plain"])
            before = count(len(study.trials) - sum(map(len, networks.values())))
            for arm, of_trials in networks.items():
                scores = _scores(of_trials, sets, store, opening, lambda: measured(next(before)))
                ledger.score(plan.name, arm, scores)
                reached("arm-scored")
    _score_the_rest(ledger, store, plan, sources)


def _opening(study: StudyRecord, again: str | None) -> int:
    """Return which opening to measure in: the latest, or a new one where there is a reason."""
    latest = len(study.openings)
    if latest == 0:
        return 1
    stopped = any(_lacking(study, arm, latest) for arm in study.arms)
    if again is None or (stopped and again == study.openings[-1].reason):
        return latest
    return latest + 1


def _lacking(study: StudyRecord, arm: str, opening: int) -> list[TrialRecord]:
    """Return an arm's trials with a result that this opening has not measured."""
    return [
        trial
        for trial in study.of_arm(arm)
        if trial.value is not None and (trial.test is None or trial.test.opening < opening)
    ]


def _networks(trials: Iterable[TrialRecord], store: TrialFiles) -> dict[str, "nn.Module"]:
    """Read the checkpoints before the test images are opened, lest one is not there."""
    from fashion_bench.training.checkpoint import read_checkpoint

    return {
        trial.trial_id: read_checkpoint(
            store.checkpoint(trial.trial_id), trial.checkpoint_sha256
        ).network
        for trial in trials
    }


def _open(plan: Plan, dataset: Dataset) -> dict[TestSet, "Images"]:
    from fashion_bench.data.rotation import rotate

    require_test(dataset.facts)
    images = dataset.load("test")
    return {name: rotate(images) if name == "rotated" else images for name in plan.tests}


def _before(ledger: Ledger, sets: Mapping[TestSet, "Images"]) -> int:
    """Return how many experiments have opened these images."""
    digests = {images.digest for images in sets.values()}
    known = ledger.read_all("experiment", with_trials=False, unread=unheard)
    return len(openers(known, digests, ledger.removed_openings()))


def _told(opening: int, study: StudyRecord, images: int, again: str | None, before: int) -> str:
    if opening == len(study.openings):
        return "Measuring goes on where it was stopped."
    if opening == 1:
        told = f"Opening the {images:,} test images, which is allowed once"
        others = "1 experiment here has" if before == 1 else f"{before} experiments here have"
        return f"{told}; {others} opened them before." if before else f"{told}."
    return f"Opening the {images:,} test images once more, time {opening}: {again}"


def _note(sets: Mapping[TestSet, "Images"], again: str | None) -> Opening:
    return Opening(
        opened_at=time.time(),
        git_commit=git_commit(),
        digests={name: images.digest for name, images in sets.items()},
        reason=again or "",
    )


def _scores(
    networks: Mapping[str, "nn.Module"],
    sets: Mapping[TestSet, "Images"],
    store: TrialFiles,
    opening: int,
    before_each: Callable[[], None],
) -> dict[str, dict[TestSet, TestScore]]:
    scores = {}
    for trial_id, network in networks.items():
        before_each()
        scores[trial_id] = {
            name: _score(network, images, store.predictions(trial_id, name), opening)
            for name, images in sets.items()
        }
    return scores


def _score(network: "nn.Module", images: "Images", path: Path, opening: int) -> TestScore:
    from fashion_bench.training.predict import predict

    predictions = predict(network, images)
    digest = write_predictions(path, predictions)
    reached("predicted")
    return TestScore(
        loss=float(predictions.losses.mean()),
        accuracy=float(predictions.right.mean()),
        images=len(images.labels),
        measured_at=time.time(),
        opening=opening,
        predictions_sha256=digest,
    )


# What needs no test image any more ---------------------------------------------------------------


def _score_the_rest(ledger: Ledger, store: TrialFiles, plan: Plan, sources: Sources) -> None:
    """Score what was predicted in every further measure, the metric of the file among them.

    It is read from the predictions that were kept, so the test images stay closed; temperatures
    are found on validation images, where those and the weights are there.

    Raises:
        DataError: predictions are gone that the metric needs.
        SpecError: the metric of the user's fails on them.
    """
    study = ledger.read(plan.name)
    wanted = {"brier"} | ({plan.metric} if code.is_reference(plan.metric) else set())
    lacking = {trial.trial_id for trial in study.trials if _lacks(trial, wanted)}
    images = _training_images(plan, sources) if lacking else None
    for arm in study.arms:
        before = {trial.trial_id: trial.tests for trial in study.of_arm(arm) if trial.tests}
        now = {
            trial.trial_id: _scored(trial, store, plan, images)
            for trial in study.of_arm(arm)
            if trial.trial_id in lacking
        }
        if any(now[trial_id] != before[trial_id] for trial_id in now):
            ledger.score(plan.name, arm, {**before, **now})
            reached("arm-scored")


def _lacks(trial: TrialRecord, wanted: set[str]) -> bool:
    """Tell whether a measured trial has no temperature, or none of these figures."""
    return any(
        score.temperature is None or wanted - score.figures.keys() for score in trial.tests.values()
    )


def _training_images(plan: Plan, sources: Sources) -> "Images | None":
    try:
        return sources.open(plan.recipe.source).load("train")
    except DataError:
        return None


def _scored(
    trial: TrialRecord, store: TrialFiles, plan: Plan, images: "Images | None"
) -> dict[TestSet, TestScore]:
    """Return a trial's scores with all figures; without those that are lost and nobody asks for."""
    found = dict(trial.tests)
    temperature = next((score.temperature for score in found.values()), None)
    if temperature is None and images is not None:
        temperature = _temperature(trial, store, images)
    for name, score in trial.tests.items():
        path = store.predictions(trial.trial_id, name)
        try:
            said = read_predictions(path, score.predictions_sha256)
        except DataError:
            if plan.metric in WITHOUT_LOGITS:
                continue
            raise
        figures = figures_of(said, temperature)
        if code.is_reference(plan.metric):
            figures[plan.metric] = own_figure(*_own(plan.metric), said)
        found[name] = replace(score, temperature=temperature, figures=figures)
    return found


def _temperature(trial: TrialRecord, store: TrialFiles, images: "Images") -> float | None:
    """Return the temperature of a trial's network on its validation images, if it is there."""
    from fashion_bench.training.checkpoint import read_checkpoint
    from fashion_bench.training.loop import validated_on
    from fashion_bench.training.predict import predict

    try:
        path = store.checkpoint(trial.trial_id)
        network = read_checkpoint(path, trial.checkpoint_sha256).network
    except CheckpointError:
        return None
    with one_torch_thread():
        return temperature_of(predict(network, validated_on(trial.config, images)))
