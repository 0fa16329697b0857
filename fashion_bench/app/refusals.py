"""What a run refuses before it keeps anything, or goes on with; and when it has no hope."""

from fashion_bench.analysis.comparison import settled_after
from fashion_bench.app.abilities import refuse_what_cannot_be_trained
from fashion_bench.app.measure import refuse_what_cannot_be_measured
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.code import unpinned
from fashion_bench.data import sets
from fashion_bench.data.sources import Dataset, Sources
from fashion_bench.errors import CodeError, DataError, MachineError, SpecError, StudyError
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.search.named import addressed
from fashion_bench.search.resolve import StudyFile


def refuse_what_cannot_be_done(asked: StudyFile, sources: Sources) -> None:
    """Try what is the user's own, before anything is kept.

    Raises:
        SpecError: a value, a metric, an optimizer or a loss of the user's cannot be used.
        CodeError: its network cannot be trained.
        DataError: its images change, or are too few.
    """
    plan = asked.plan
    try:
        refuse_what_cannot_be_trained(plan)
        own = None
        if plan.recipe.source not in sets.names():
            own = _unchanging(plan, sources)
        if plan.tests:
            refuse_what_cannot_be_measured(plan, own)
    except (SpecError, CodeError, DataError) as error:
        raise addressed(error, asked.where, asked.spec) from error.__cause__


def _unchanging(plan: Plan, sources: Sources) -> Dataset:
    """Return the user's data, which give the same images each time."""
    found = sources.open(plan.recipe.source)
    if found.facts != plan.data:
        told, remedy = unpinned(plan.data.name), "let it draw nothing, or with a seed of its own"
        raise DataError(told, "gives other images each time", remedy=remedy)
    return found


def refuse_other_images(study: StudyRecord, sources: Sources) -> None:
    """Refuse to go on with images of the user's that are not those it was begun with.

    Those of ours are verified wherever they are read.

    Raises:
        StudyError: they are others.
    """
    source = study.plan.recipe.source
    if source in sets.names():
        return
    if sources.open(source).load("train").digest != study.provenance["data_digest"]:
        remedy = "put those back, or give the study another name"
        raise StudyError(source, "holds other images than the study was begun with", remedy=remedy)


def refuse_half_removed(runs_folder: RunsFolder, study: str) -> None:
    """Refuse to go on with a study whose removal was cut off.

    Raises:
        StudyError: it was.
    """
    if (left := runs_folder.half_removed(study)) is not None:
        remedy = f"`fashion-bench study rm {study}` goes on with that"
        raise StudyError(study, "is half removed", given=str(left), remedy=remedy)


def refuse_more_seeds(study: StudyRecord, asked: StudyFile) -> None:
    """Refuse to add seeds to an experiment once its test images have been seen.

    Raises:
        StudyError: they have been, and no look has settled it.
    """
    grows = asked.plan.trials_per_arm > study.plan.trials_per_arm
    if study.openings and grows and settled_after(study) is None:
        problem = "has opened the test images, and more seeds would now open them again"
        raise StudyError(study.name, problem, remedy="undo that, or give it another name")


def hopeless(study: StudyRecord) -> MachineError | None:
    """Return what to say where every trial failed: the cause is not in the trials."""
    if not study.trials or any(trial.outcome is not Outcome.FAILED for trial in study.trials):
        return None
    return MachineError(
        study.name,
        f"stopped early, for all of its {len(study.trials)} trials failed",
        given=study.trials[-1].reason,
        remedy=f"mend that, `fashion-bench study rm {study.plan.study}`, and run it again",
    )
