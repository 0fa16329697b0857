"""Where a study, or a stage of one, stands: running, stopped or finished, wherever it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fashion_bench.app.live import Live, read_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.plan import study_of
from fashion_bench.records import Counted, Outcome, State, StudyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """Where a study, or a stage of one, stands.

    Attributes:
        state: ``stopped`` is what is not finished and nobody runs.
        seconds_left: a guess at the time until all of a running study is trained.
        live: what its last run is or was at, where that is known.
    """

    state: State
    seconds_left: float | None = None
    live: Live | None = None


def standing(runs_folder: RunsFolder, name: str, finished: Callable[[], bool]) -> RunState:
    """Return where a study, or a stage of one, stands.

    Args:
        runs_folder: where it is.
        name: of it.
        finished: whether the ledger has all of it (``is_finished``); asked only where neither its
            lock nor its live file tells.
    """
    study = study_of(name)
    driven = runs_folder.driver(study) is not None  # first: nobody writes the file behind that
    live = read_live(runs_folder, study)
    whole, own = name == study, live is not None and live.stage == name
    if driven and (whole or own):
        left = live.seconds_left if live is not None and live.trains else None
        return RunState(state="running", seconds_left=left, live=live)
    ended = whole and live is not None and live.doing == "ended"
    return RunState(state="finished" if ended or finished() else "stopped", live=live)


def is_finished(runs_folder: RunsFolder, study: StudyRecord) -> bool:
    """Tell whether nothing is left to do for a study, or for a stage of one.

    Every stage that its file asks for is trained, and its trials are measured where they may be.
    """
    values = (trial for trial in study.trials if trial.value is not None)
    if study.plan.tests and not all(trial.tests for trial in values):
        return False
    if study.plan.stage != "search":
        return is_trained(runs_folder, study)
    begun = {stage.plan.stage: stage for stage in study.stages}
    return all(
        stage in begun and is_trained(runs_folder, begun[stage]) for stage in study.plan.stages
    )


def finished_by_count(study: StudyRecord, counts: Mapping[str, Counted]) -> bool | None:
    """Tell the same by the number of trials; ``None`` where that takes the trials themselves.

    Args:
        study: a study, or a stage of one; its trials are not asked for.
        counts: what the trials of its stages come to, by name.
    """
    if study.plan.tests or study.plan.look is not None:
        return None
    if study.plan.stage != "search":
        return _trained_by_count(study, counts)
    begun = {stage.plan.stage: stage for stage in study.stages}
    if not all(stage in begun for stage in study.plan.stages):
        return False
    told = {_trained_by_count(begun[stage], counts) for stage in study.plan.stages}
    return False if False in told else None if None in told else True


def _trained_by_count(stage: StudyRecord, counts: Mapping[str, Counted]) -> bool | None:
    own = counts.get(stage.name, Counted())
    if own.trials >= stage.planned:
        return True
    limited = stage.plan.minutes is not None or stage.plan.plateau is not None
    failed = 0 < own.trials == own.failed  # a budget, too: it asks whether generations are whole
    return None if limited or failed else False


def foreign_told(counts: Mapping[str, Counted], name: str) -> str:
    """Tell of the trials that others added to a study and its stages; empty without any."""
    added = sum(own.foreign for key, own in counts.items() if study_of(key) == name)
    which = "s that others added with Optuna are" if added > 1 else " that was added with Optuna is"
    return f"{added} trial{which} no part of it" if added else ""


def is_trained(runs_folder: RunsFolder, stage: StudyRecord) -> bool:
    """Tell whether a stage has all the trials that it will ever have.

    They are those that its file asks for, or fewer where a look, its budget or the failure of
    every trial ended it.
    """
    from fashion_bench.analysis.comparison import is_over
    from fashion_bench.search.budget import is_used_up

    if is_over(stage):
        return True
    limited = stage.plan.minutes is not None or stage.plan.plateau is not None
    if not limited and any(trial.outcome is not Outcome.FAILED for trial in stage.trials):
        return False
    past = runs_folder.reading().past(stage.plan)  # only it knows the time that generations took
    return is_used_up(stage.plan, past.records, past.seconds)
