"""Studies and trials as text for a terminal, and the same as plain data for ``--json``."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fashion_bench.analysis.summary import (
    ArmScore,
    ArmSummary,
    Spread,
    best_trial,
    summarise_arms,
    summarise_scores,
)
from fashion_bench.config import TEST_SETS
from fashion_bench.records import Opening, StudyRecord, TrialRecord

NONE = "–"


def summary_text(study: StudyRecord) -> RenderableType:
    """Return what there is to tell of a study or experiment."""
    if study.kind == "experiment":
        return experiment_text(study, summarise_scores(study))
    return study_text(study, summarise_arms(study))


def study_text(study: StudyRecord, summaries: Sequence[ArmSummary]) -> RenderableType:
    """Return the study as text: its question, what each arm took and reached, its best trial."""
    return Group(_heading(study), _spent(summaries), _reached(summaries), _best(study))


def experiment_text(study: StudyRecord, scores: Sequence[ArmScore]) -> RenderableType:
    """Return the experiment as text: its question and what each arm scored over its seeds."""
    return Group(_heading(study), _scored(scores), _notes(study, scores))


def as_json(study: StudyRecord) -> dict[str, Any]:
    """Return what the text tells as plain data; a number that is not there is ``None``."""
    told: dict[str, Any] = {
        "name": study.name,
        "kind": study.kind,
        "question": study.question,
        "planned": study.planned,
        "finished": len(study.trials),
        "arms": [asdict(summary) for summary in summarise_arms(study)],
    }
    if study.kind == "experiment":
        told["scores"] = [asdict(score) for score in summarise_scores(study)]
        told["openings"] = [asdict(opening) for opening in study.openings]
    best = best_trial(study.trials)
    told["best"] = None if best is None else _best_json(best)
    return {name: to_jsonable(item) for name, item in told.items()}


def _heading(study: StudyRecord) -> Text:
    epochs = sum(len(trial.history) for trial in study.trials)
    seconds = sum(trial.seconds for trial in study.trials)
    return Text.assemble(
        (f"{study.name} ({study.kind})", "bold"),
        f"\n{study.question}\n",
        f"{len(study.trials)} of {study.planned} trials finished, ",
        f"{epochs:,} epochs, {_duration(seconds)} of training",
    )


def _spent(summaries: Sequence[ArmSummary]) -> Table:
    counts = ("trials", "complete", "pruned", "diverged", "failed", "epochs")
    table = new_table("What each arm took", *counts, "time")
    for summary in summaries:
        cells = [f"{getattr(summary, name):,}" for name in counts]
        table.add_row(Text(summary.arm), *cells, _duration(summary.seconds))
    return table


def _reached(summaries: Sequence[ArmSummary]) -> Table:
    table = new_table("Validation accuracy at the best epoch", "best", "median", "quartiles", "n")
    table.add_column("best trial", overflow="fold")
    for summary in summaries:
        table.add_row(
            Text(summary.arm),
            number(summary.best),
            number(summary.median),
            _range(summary.lower_quartile, summary.upper_quartile),
            f"{summary.trials - summary.failed:,}",
            Text(summary.best_trial or NONE),
        )
    return table


def _scored(scores: Sequence[ArmScore]) -> Table:
    title = "Mean ± standard deviation over n seeds"
    turned = any(score.test_rotated_accuracy is not None for score in scores)
    last = "rotated test" if turned else "test loss"  # more would not fit into 80 columns
    table = new_table(title, "valid accuracy", "test accuracy", last, "n")
    for score in scores:
        shown = score.test_rotated_accuracy if turned else score.test_loss
        spreads = (score.valid_accuracy, score.test_accuracy, shown)
        cells = (_mean_sd(spread, score.seeds) for spread in spreads)
        table.add_row(Text(score.arm), *cells, f"{score.seeds:,}")
    return table


def _notes(study: StudyRecord, scores: Sequence[ArmScore]) -> Text:
    lost = [
        f"{score.arm}: {score.diverged} diverged, {score.failed} failed of {score.seeds}"
        for score in scores
        if score.diverged or score.failed
    ]
    return Text("\n".join([*lost, *map(_opened, study.openings)]))


def _opened(opening: Opening) -> str:
    why = f": {opening.reason}" if opening.reason else ""
    commit, dash, dirty = opening.git_commit.partition("-")
    return (
        f"Test images opened {moment(opening.opened_at)} by commit {commit[:7]}{dash}{dirty}{why}"
    )


def _best(study: StudyRecord) -> Text:
    best = best_trial(study.trials)
    if best is None or best.best is None:
        return Text(f"Best trial: {NONE}")
    params = ", ".join(f"{name} {param(value)}" for name, value in best.params.items())
    return Text.assemble(
        "Best trial: ",
        (best.trial_id, "bold"),
        f" ({best.outcome}), {number(best.value)} at epoch {best.best.epoch}",
        f" of {best.config.recipe.epochs}\n  {params}",
    )


def _best_json(trial: TrialRecord) -> dict[str, Any]:
    return {
        "trial_id": trial.trial_id,
        "arm": trial.arm,
        "outcome": trial.outcome.value,
        "value": trial.value,
        "best_epoch": None if trial.best is None else trial.best.epoch,
        "params": trial.params,
    }


# Lists of studies and of trials ------------------------------------------------------------------

SHOWN = 20  # trials: a screen


def list_text(studies: Iterable[StudyRecord]) -> RenderableType:
    """Return a table with one row a study."""
    table = new_table("", "trials", "planned", "best", first="name")
    for heading in ("kind", "begun"):
        table.add_column(heading)
    for study in studies:
        table.add_row(
            Text(study.name),
            f"{len(study.trials):,}",
            f"{study.planned:,}",
            number(_best_value(study)),
            study.kind,
            datetime.fromtimestamp(study.created_at, UTC).strftime("%Y-%m-%d"),
        )
    return table


def list_json(studies: Iterable[StudyRecord]) -> list[dict[str, Any]]:
    """Return the same as plain data."""
    return [
        {
            "name": study.name,
            "kind": study.kind,
            "question": study.question,
            "arms": list(study.arms),
            "trials": len(study.trials),
            "planned": study.planned,
            "best": _best_value(study),
            "created_at": study.created_at,
        }
        for study in studies
    ]


def show_text(study: StudyRecord) -> RenderableType:
    """Return the summary of a study and its best trials."""
    return Group(summary_text(study), _best_trials(study))


def show_json(study: StudyRecord) -> dict[str, Any]:
    """Return the summary as plain data, with all trials."""
    return as_json(study) | {"trials": [_trial_json(trial) for trial in study.trials]}


def _best_value(study: StudyRecord) -> float | None:
    best = best_trial(study.trials)
    return None if best is None else best.value


def _best_trials(study: StudyRecord) -> Table:
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


def _trial_json(trial: TrialRecord) -> dict[str, Any]:
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
        **{
            f"{name}_accuracy": trial.tests[on].accuracy if on in trial.tests else None
            for on, name in TEST_SETS.items()
        },
    }


# Tables and numbers as text ----------------------------------------------------------------------


def new_table(title: str, *numbers: str, first: str = "arm") -> Table:
    """Return a table whose first column holds names and whose others hold numbers."""
    table = Table(
        title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, pad_edge=False
    )
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def number(value: float | None) -> str:
    """Return a fraction as text."""
    return NONE if value is None or not isfinite(value) else f"{value:.4f}"


def param(value: object) -> str:
    """Return a parameter's value as text."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def moment(seconds: float) -> str:
    """Return a Unix time as text."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def some_of(names: Sequence[object], most: int) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(map(str, names[:most])) + (f" and {more} more" if more > 0 else "")


def _range(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{number(low)} to {number(high)}"


def _mean_sd(spread: Spread | None, seeds: int) -> str:
    if spread is None:
        return NONE
    mean_sd = f"{number(spread.mean)} ± {number(spread.sd)}"
    return mean_sd if spread.n == seeds else f"{mean_sd}\n(n = {spread.n})"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


# JSON --------------------------------------------------------------------------------------------


def to_jsonable(value: object) -> object:
    """Return data as JSON has it: no number that is not finite, dicts and lists only."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: to_jsonable(item) for name, item in value.items()}
    return [to_jsonable(item) for item in value] if isinstance(value, (list, tuple)) else value


def json_text(data: object) -> str:
    """Return data as JSON that every reader understands.

    Raises:
        ValueError: it holds a number that is not finite, for which JSON has no word.
    """
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
