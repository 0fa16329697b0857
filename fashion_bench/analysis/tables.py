"""Tidy pandas tables: one row an arm, a trial, an epoch of a trial, or a difference of arms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import pandas as pd

from fashion_bench.analysis.document import fields_of
from fashion_bench.analysis.metric import chance_of, imputed_value
from fashion_bench.analysis.summary import summarise_arms, summarise_scores
from fashion_bench.config import TEST_SETS
from fashion_bench.errors import visible
from fashion_bench.records import Epoch, Outcome, StudyRecord, TrialRecord

if TYPE_CHECKING:  # with it comes scipy, which takes a second and which no table needs
    from fashion_bench.analysis.comparison import Comparison

_NAME_TYPES = {"study": "str", "arm": "str", "number": "int64", "trial_id": "str"}
_TRIAL_TYPES = _NAME_TYPES | {
    "generation": "int64",
    "outcome": "str",
    "reason": "str",
    "value": "float64",
    "best_epoch": "Int64",
    "best_valid_loss": "float64",
    "epochs": "int64",
    "seconds": "float64",
    "processor_seconds": "float64",
    "seed": "int64",
    "split_seed": "int64",
    "replicate": "int64",
}
_TYPES: dict[object, str] = {int: "int64", float: "float64", float | None: "float64", bool: "bool"}
_EPOCH_TYPES = _NAME_TYPES | {field.name: _TYPES[field.type] for field in fields(Epoch)}


def arms_table(study: StudyRecord) -> pd.DataFrame:
    """Return one row an arm: the fields of ``ArmSummary``, of an experiment those of ``ArmScore``.

    A spread takes three columns, ``<name>_n``, ``<name>_mean`` and ``<name>_sd``.
    """
    arms = summarise_scores(study) if study.kind == "experiment" else summarise_arms(study)
    return pd.json_normalize([asdict(arm) for arm in arms], sep="_")


def trials_table(study: StudyRecord) -> pd.DataFrame:
    """Return one row a trial.

    ``value`` has chance imputed: it is chance for a trial that diverged before its first
    sound epoch, missing for one that failed. Each parameter is a column ``params_<name>``.
    ``order_seed`` and ``dropout_seed`` are there where they are seeds of their own.
    ``replicate`` counts, from 1, how often its arm had come to the same parameters.
    ``retried_value`` is there where failed trials were trained again.
    ``test_loss`` and ``test_accuracy`` are there once a trial was measured, with
    ``test_rotated_loss`` and ``test_rotated_accuracy`` where the file asks for them.
    """
    seen = Counter[tuple[object, ...]]()
    chance = chance_of(study)
    again = {one.trial_id: {"retried_value": one.value} for one in study.retried}
    rows = [
        _trial_row(trial, chance)
        | {"replicate": _replicate(seen, trial)}
        | again.get(trial.trial_id, {})
        for trial in study.trials
    ]
    extra = dict.fromkeys(name for row in rows for name in row if name not in _TRIAL_TYPES)
    return pd.DataFrame(rows, columns=[*_TRIAL_TYPES, *extra]).astype(_TRIAL_TYPES)


def epochs_table(study: StudyRecord) -> pd.DataFrame:
    """Return one row an epoch, trial after trial."""
    rows = [
        fields_of(trial, *_NAME_TYPES) | asdict(epoch)
        for trial in study.trials
        for epoch in trial.history
    ]
    return pd.DataFrame(rows, columns=list(_EPOCH_TYPES)).astype(_EPOCH_TYPES)


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV, in which nothing is unseen.

    No cell begins a formula: names begin with a letter or a digit, sentences are ours.
    """
    return visible(table.to_csv(index=False))


def _replicate(seen: Counter[tuple[object, ...]], trial: TrialRecord) -> int:
    """Count a trial among those of its configuration; each was trained with a seed of its own."""
    configuration = (trial.arm, *trial.params.items())
    seen[configuration] += 1
    return seen[configuration]


def _trial_row(trial: TrialRecord, chance: float) -> dict[str, Any]:
    best = None if trial.outcome is Outcome.FAILED else trial.best
    row = fields_of(trial, *_NAME_TYPES, "generation", "reason", "seconds", "processor_seconds") | {
        "outcome": trial.outcome.value,
        "value": imputed_value(trial, chance),
        "best_epoch": None if best is None else best.epoch,
        "best_valid_loss": None if best is None else best.valid_loss,
        "epochs": len(trial.history),
        **trial.config.seeds,
    }
    row |= {f"params_{name}": value for name, value in trial.params.items()}
    for test_set, score in trial.tests.items():
        name = TEST_SETS[test_set]
        row |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
    return row


# Differences between arms ------------------------------------------------------------------------

_DIFFERENCE_TYPES = {
    "metric": "str",
    "a": "str",
    "b": "str",
    "primary": "bool",
    "n": "int64",
    "left_out": "int64",
    **dict.fromkeys(("mean", "low", "high", "p"), "float64"),
    **dict.fromkeys(("adjusted_low", "adjusted_high", "adjusted_p"), "float64"),
    **dict.fromkeys(("superiority", "effect_size", "smallest"), "float64"),
    **dict.fromkeys(("margin", "margin_low", "margin_high"), "float64"),
    "design": "str",
    "verdict": "str",
}


def differences_table(comparisons: "Sequence[Comparison]") -> pd.DataFrame:
    """Return one row a comparison; what cannot be told is missing.

    ``mean`` is of the differences a - b, an accuracy's in fractions, with its 95 % interval ``low``
    to ``high``. ``adjusted_…`` are corrected, and the verdict rests on them: in the ``primary``
    metric for its pairs, in the others for all pairs in all metrics that are scored.
    ``superiority`` is P(A > B), ``smallest`` the least difference found with 80 % power. Where
    ``margin_low`` to ``margin_high`` lie inside the ``margin``, no difference matters. ``design``
    is ``planned``, and then there is no verdict before all pairs are in, or ``anytime``.
    """
    rows = [_difference_row(one) for one in comparisons]
    return pd.DataFrame(rows, columns=list(_DIFFERENCE_TYPES)).astype(_DIFFERENCE_TYPES)


def _difference_row(one: "Comparison") -> dict[str, Any]:
    found = one.statistics
    row = fields_of(one, "a", "b", "primary", "left_out", "smallest") | {
        "metric": str(one.metric),
        "n": len(one.seeds),
        "verdict": "cannot tell" if found is None else found.verdict.value,
    }
    if found is None:
        return row
    told = ("mean", "p", "adjusted_p", "superiority", "effect_size", "margin")
    row |= fields_of(found, *told) | {"design": found.design.value}
    for prefix, interval in (
        ("", found.interval),
        ("adjusted_", found.adjusted_interval),
        ("margin_", found.margin_interval),
    ):
        if interval is not None:
            row |= {f"{prefix}low": interval.low, f"{prefix}high": interval.high}
    return row
