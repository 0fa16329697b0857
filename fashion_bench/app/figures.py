"""The figures of a comparison, for a folder (``compare --figures``) and for MLflow."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from fashion_bench.analysis.audit import audit
from fashion_bench.analysis.comparison import Comparison, compare_arms
from fashion_bench.analysis.document import Picture
from fashion_bench.analysis.exploration import dependence, expectations
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.plots.audit import draw_audit
from fashion_bench.analysis.plots.curves import draw_arms, draw_expected
from fashion_bench.analysis.plots.differences import draw_differences
from fashion_bench.analysis.plots.survey import draw_effects
from fashion_bench.analysis.survey import effects
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
    return {f"{picture.name}.png": picture.content for picture in comparison_pictures(study)}


def comparison_pictures(study: StudyRecord) -> tuple[Picture, ...]:
    """Return the same for a document."""
    return tuple(_of_experiment(study) if study.kind == "experiment" else _of_study(study))


def _of_experiment(study: StudyRecord) -> Iterator[Picture]:
    for metric, of_metric in groupby(compare_arms(study), lambda one: one.metric):
        comparisons = [one for one in of_metric if one.differences]
        if comparisons and (comparisons[0].primary or metric.measure == "accuracy"):
            yield Picture(
                name=f"differences_{metric.file_name}",
                alt=f"Differences in {metric.words}: of each pair of arms a point for each seed, "
                "and their mean with its interval, as in the table.",
                content=_draw(study, metric, comparisons),
            )


def _draw(study: StudyRecord, metric: Metric, comparisons: Sequence[Comparison]) -> bytes:
    method = "Student" if study.plan.look is None else "always valid"
    interval = f"95 % interval of the mean ({method}), each pair of arms by itself"
    if len(comparisons) > MOST_PAIRS:
        comparisons = [one for one in comparisons if one.b == study.arms[0]]
        interval += "; drawn: those with the first arm"
    return draw_differences(study.name, comparisons, quantity=metric.words, interval=interval)


def _of_survey(survey: StudyRecord) -> Iterator[Picture]:
    found = effects(survey) if survey.trials else ()
    if any(one.trends for one in found):
        yield Picture(
            name="effects",
            alt="Differences between arms at the points of the survey, along each parameter: a "
            "line or means with their 95 % bands, as in the table.",
            content=draw_effects(survey.name, found, survey.plan.margin),
        )


def _of_study(study: StudyRecord) -> Iterator[Picture]:
    survey = study if study.plan.stage == "survey" else study.survey
    if survey is not None:
        yield from _of_survey(survey)
    curves = expectations(study)
    if any(best.n for best in curves.values()):
        yield Picture(
            name="expected",
            alt="Expected best validation accuracy of each arm by number of full trials, and band.",
            content=draw_expected(study.name, curves, independent=not dependence(study)),
        )
    found = audit(study)
    if found.rungs:
        yield Picture(
            name="audit",
            alt="Audit of the pruner: of each complete trial the value in the end against its "
            "validation accuracy at each rung, with the rank correlation of each arm.",
            content=draw_audit(study.name, found, study.arms),
        )
