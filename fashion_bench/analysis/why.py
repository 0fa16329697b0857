"""Why arms differ: is a lower loss calibration, and which classes make the difference?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean

import numpy as np

from fashion_bench.analysis.comparison import Answers, Comparison, by_seed, pairs_of_arms
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import Differences, PairedComparison, compare_paired
from fashion_bench.analysis.text import with_interval
from fashion_bench.records import StudyRecord

MOST_CLASSES = 1_000  # pairs of arms times classes that are one family


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDifference:
    """Arm A against arm B in the accuracy of one class.

    Attributes:
        a: the arm that stands later in the file.
        b: the arm that stands earlier.
        label: the name of the class.
        statistics: of the differences A - B; all pairs of arms in all classes are one family.
    """

    a: str
    b: str
    label: str
    statistics: PairedComparison


def compare_classes(study: StudyRecord, answers: Answers) -> tuple[ClassDifference, ...]:
    """Return how far arms are apart in each class, pair by pair.

    Empty where there are too many, and where trials are no planned pairs.
    """
    labels = study.plan.data.labels
    keys = list(product(pairs_of_arms(study.arms), range(len(labels))))
    if study.plan.look or study.plan.sources or len(keys) > MOST_CLASSES:
        return ()
    arms = {arm: by_seed(study.of_arm(arm), answers.of_class) for arm in study.arms}
    found = {
        ((a, b), label): {
            seed: float(arms[a][seed][label] - arms[b][seed][label])
            for seed in arms[a]
            if seed in arms[b] and not np.isnan(arms[a][seed][label] + arms[b][seed][label])
        }
        for (a, b), label in keys
    }
    sound = {key: differences for key, differences in found.items() if differences}
    compared = compare_paired([Differences(by_seed=each) for each in sound.values()])
    return tuple(
        ClassDifference(a=a, b=b, label=labels[label], statistics=statistics)
        for ((a, b), label), statistics in zip(sound, compared, strict=True)
    )


def calibration_lines(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Tell of each pair of arms whose test loss is settled whether the difference is calibration.

    The loss is what is left at each network's own temperature (refinement) and what the
    temperature takes away (calibration).
    """
    parts = {
        (one.a, one.b, one.metric.measure): one
        for one in comparisons
        if one.metric.test_set == "plain"
    }
    for (a, b, measure), loss in parts.items():
        refinement = parts.get((a, b, "refinement"))
        calibration = parts.get((a, b, "calibration"))
        if measure != "loss" or refinement is None or calibration is None:
            continue
        settled = loss.statistics is not None and loss.statistics.side
        if settled and refinement.interval is not None and calibration.interval is not None:
            yield (
                f"the difference in test loss {loss.name} is {_told(loss)} nats, "
                f"{_kind(loss, refinement, calibration)}: at each network's own temperature, found "
                f"on its validation images, {_told(refinement)} is left, and {_told(calibration)} "
                f"is what that takes away (95 % intervals, each by itself, n = {len(loss.seeds)})"
            )


def _kind(loss: Comparison, refinement: Comparison, calibration: Comparison) -> str:
    """Return what a difference in loss is, given its two parts with their intervals."""
    assert refinement.interval is not None
    assert calibration.interval is not None
    share = fmean(calibration.differences) / fmean(loss.differences)
    if share <= 0:
        return "not calibration"
    if refinement.interval.leaves_out_zero and share < 1:
        return "not calibration alone"
    if calibration.interval.leaves_out_zero and share > 0.5:
        return "calibration"
    part = "for the most part" if share > 0.5 else "in part"
    return f"calibration {part}, as far as these seeds tell"


def _told(one: Comparison) -> str:
    return with_interval(fmean(one.differences), one.interval, Metric.TEST_LOSS.signed)
