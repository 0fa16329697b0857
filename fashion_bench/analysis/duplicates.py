"""Scores without the test images that have a near-duplicate in training, beside the official."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fashion_bench.analysis.comparison import Answers
from fashion_bench.analysis.document import Block, Column, Data, Table, columns_of
from fashion_bench.analysis.summary import Spread, summarise_scores
from fashion_bench.analysis.views.study import mean_sd
from fashion_bench.records import StudyRecord, TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """What an arm of an experiment scored on the test images, and on those that are no repeats.

    Attributes:
        arm: its name.
        test_accuracy: over its seeds, of all test images; see ``ArmScore``.
        without_duplicates: likewise, of those without a near-duplicate in training.
        n: seeds that both rest on.
    """

    arm: str
    test_accuracy: Spread | None
    without_duplicates: Spread | None
    n: int


def scores_without(
    study: StudyRecord, answers: Answers, places: Sequence[int]
) -> tuple[Without, ...]:
    """Return what each arm scored with and without the test images at these places."""
    trials = tuple(_without(trial, answers, places) for trial in study.trials)
    official, others = summarise_scores(study), summarise_scores(replace(study, trials=trials))
    return tuple(
        Without(
            arm=one.arm,
            test_accuracy=one.test_accuracy,
            without_duplicates=other.test_accuracy,
            n=0 if one.test_accuracy is None else one.test_accuracy.n,
        )
        for one, other in zip(official, others, strict=True)
    )


def _without(trial: TrialRecord, answers: Answers, places: Sequence[int]) -> TrialRecord:
    if trial.test is None or trial.trial_id not in answers.right:
        return trial
    right = np.delete(answers.right[trial.trial_id], places)
    score = replace(trial.test, accuracy=float(right.mean()), images=right.size)
    return replace(trial, tests={**trial.tests, "plain": score})


def duplicates_told(
    study: StudyRecord, answers: Answers, places: Sequence[int] | None
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return what is shown of near-duplicates, and what is to keep in mind.

    Args:
        study: the experiment, measured.
        answers: to its test images as they are.
        places: of those that have a near-duplicate in training; ``None`` where nobody knows.
    """
    if places is None:
        why = "they are looked for while test images are open, for one set of images at a time"
        return (), (f"which test images have a near-duplicate in training is not known: {why}",)
    count = Data(values={"near_duplicates": len(places)})
    images = len(next(iter(answers.right.values()), ()))
    if not places or not images:
        return (count,), ()
    if len(places) >= images:
        return (count,), (f"all {images:,} test images have a near-duplicate in training",)
    trained = "seeds" if study.plan.sources is None else "trainings"
    table = Table(
        title=f"Test accuracy without the {len(places):,} images that have a near-duplicate in "
        "training",
        columns=(
            *columns_of("arm", kind="words"),
            Column("all images", lambda row: mean_sd(row.test_accuracy, row.n)),
            Column("without them", lambda row: mean_sd(row.without_duplicates, row.n)),
            *columns_of("n"),
        ),
        rows=scores_without(study, answers, places),
        note=f"of {images:,} test images; their pixels correlate by more than 0.98 with those of a "
        f"train image; mean ± standard deviation over n {trained}",
        key="without_duplicates",
    )
    return (count, table), ()
