"""The figures of a comparison, for a folder (``compare --figures``) and for MLflow."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from fashion_bench.analysis.comparison import Comparison, compare_arms
from fashion_bench.analysis.exploration import dependence, expectations
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.plots import (
    Difference,
    ExpectedCurve,
    draw_arms,
    draw_differences,
    draw_expected,
)
from fashion_bench.records import StudyRecord
from fashion_bench.training.files import write_whole

MOST_PAIRS = 45  # of arms in one picture: all pairs of ten arms


def write_figures(study: StudyRecord, folder: Path) -> list[Path]:
    """Draw what there is to draw of a comparison into a folder, over what it drew there before.

    Raises:
        MachineError: the folder cannot be written.
    """
    pictures = {"arms.png": draw_arms(study), **comparison_figures(study)}
    paths = {folder / f"{study.name}-{file}": picture for file, picture in pictures.items()}
    for path, picture in paths.items():
        write_whole(path, picture)
    return list(paths)


def comparison_figures(study: StudyRecord) -> dict[str, bytes]:
    """Return the pictures of a comparison, by file name: those that would show something."""
    return dict(_of_experiment(study) if study.kind == "experiment" else _of_study(study))


def _of_experiment(study: StudyRecord) -> Iterator[tuple[str, bytes]]:
    for metric, of_metric in groupby(compare_arms(study), lambda one: one.metric):
        comparisons = [one for one in of_metric if one.differences]
        if comparisons and not metric.is_loss:
            yield f"differences_{metric}.png", _draw(study, metric, comparisons)


def _draw(study: StudyRecord, metric: Metric, comparisons: Sequence[Comparison]) -> bytes:
    interval = "95 % interval of the mean (Student), each pair of arms by itself"
    if len(comparisons) > MOST_PAIRS:
        comparisons = [one for one in comparisons if one.b == study.arms[0]]
        interval += "; drawn: those with the first arm"
    rows = [_row(one) for one in comparisons]
    return draw_differences(study.name, rows, quantity=metric.words, interval=interval)


def _row(one: Comparison) -> Difference:
    interval = None if one.statistics is None else one.statistics.interval
    return Difference(
        label=f"{one.a} - {one.b}",
        differences=one.differences,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
    )


def _of_study(study: StudyRecord) -> Iterator[tuple[str, bytes]]:
    expected = expectations(study)
    curves = [
        ExpectedCurve(
            label=one.arm, n=one.best.n, mean=one.best.mean, low=one.best.low, high=one.best.high
        )
        for one in expected
    ]
    if any(curve.n for curve in curves):
        independent = not dependence(study)
        yield (
            "expected.png",
            draw_expected(
                study.name, curves, band="10 % to 90 % of draws", independent=independent
            ),
        )
