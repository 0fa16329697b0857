"""Lists for a terminal: the studies there are, and the trials of one, the best first."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fashion_bench.analysis.compare import best_trial
from fashion_bench.analysis.text import as_json, new_table, number, param, summary_text
from fashion_bench.records import TEST_SETS, StudyRecord, TestSet, TrialRecord

__all__ = ["list_json", "list_text", "show_json", "show_text"]

SHOWN = 20  # trials: a screen


def list_text(studies: Iterable[StudyRecord]) -> RenderableType:
    """Return a table with one row a study."""
    table = new_table("", "trials", "planned", "best", first="name")
    for heading in ("kind", "begun"):
        table.add_column(heading)
    for study in studies:
        best = best_trial(study.trials)
        table.add_row(
            Text(study.name),
            f"{len(study.trials):,}",
            f"{study.planned:,}",
            number(None if best is None else best.value),
            study.kind,
            datetime.fromtimestamp(study.created_at, UTC).strftime("%Y-%m-%d"),
        )
    return table


def list_json(studies: Iterable[StudyRecord]) -> list[dict[str, Any]]:
    """Return the same as plain data."""
    listed = []
    for study in studies:
        best = best_trial(study.trials)
        listed.append(
            {
                "name": study.name,
                "kind": study.kind,
                "question": study.question,
                "arms": list(study.arms),
                "trials": len(study.trials),
                "planned": study.planned,
                "best": None if best is None else best.value,
                "created_at": study.created_at,
            }
        )
    return listed


def show_text(study: StudyRecord) -> RenderableType:
    """Return the summary of a study and its best trials."""
    return Group(summary_text(study), _trials(study))


def show_json(study: StudyRecord) -> dict[str, Any]:
    """Return the summary as plain data, with all trials."""
    return as_json(study) | {"trials": [_told(trial) for trial in study.trials]}


def _trials(study: StudyRecord) -> Table:
    ranked = sorted(study.trials, key=lambda trial: -(trial.value or 0.0))[:SHOWN]
    table = new_table(_title(study, ranked), "value", "epochs", first="trial")
    table.add_column("outcome", no_wrap=True)
    table.add_column("parameters")
    for trial in ranked:
        table.add_row(
            Text(trial.trial_id.partition(".")[2]),
            number(trial.value),
            str(len(trial.history)),
            trial.outcome.value,
            Text(", ".join(f"{name} {param(trial.params[name])}" for name in study.varying)),
        )
    return table


def _title(study: StudyRecord, shown: Sequence[TrialRecord]) -> str:
    return f"The best {len(shown)} of {len(study.trials)} trials" if shown else "No trials yet"


def _told(trial: TrialRecord) -> dict[str, Any]:
    return {
        "trial_id": trial.trial_id,
        "arm": trial.arm,
        "number": trial.number,
        "generation": trial.generation,
        "outcome": trial.outcome.value,
        "reason": trial.reason,
        "value": trial.value,
        "epochs": len(trial.history),
        "seconds": trial.seconds,
        "seed": trial.config.seed,
        "params": dict(trial.params),
        **{f"{name}_accuracy": _accuracy(trial, on) for on, name in TEST_SETS.items()},
    }


def _accuracy(trial: TrialRecord, test_set: TestSet) -> float | None:
    return trial.tests[test_set].accuracy if test_set in trial.tests else None
