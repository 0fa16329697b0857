"""Tidy tables of a study: one row an arm, a trial, or an epoch of a trial."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import pandas as pd

from fashion_bench.analysis.compare import summarise_arms, summarise_scores
from fashion_bench.analysis.value import counted_value
from fashion_bench.records import TEST_SETS, Outcome, StudyRecord, TrialRecord

__all__ = ["arms_table", "epochs_table", "trials_table"]

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
    "seed": "int64",
    "split_seed": "int64",
    "replicate": "int64",
}
_EPOCH_TYPES = _NAME_TYPES | {
    "epoch": "int64",
    "train_loss": "float64",
    "train_accuracy": "float64",
    "valid_loss": "float64",
    "valid_accuracy": "float64",
    "seconds": "float64",
    "ended_at": "float64",
    "diverged": "bool",
}


def arms_table(study: StudyRecord) -> pd.DataFrame:
    """Return one row an arm: the fields of ``ArmSummary``, of an experiment those of ``ArmScore``.

    A spread takes three columns, ``<name>_n``, ``<name>_mean`` and ``<name>_sd``.
    """
    arms = summarise_scores(study) if study.kind == "experiment" else summarise_arms(study)
    return pd.json_normalize([asdict(arm) for arm in arms], sep="_")


def trials_table(study: StudyRecord) -> pd.DataFrame:
    """Return one row a trial.

    ``value`` is the value as it is counted: chance for a trial that diverged before its first
    sound epoch, missing for one that failed. Each parameter is a column ``params_<name>``.
    ``replicate`` counts, from 1, how often its arm had come to the same parameters.
    ``test_loss`` and ``test_accuracy`` are there once a trial was measured, with
    ``test_rotated_loss`` and ``test_rotated_accuracy`` where the file asks for them.
    """
    seen = Counter[tuple[object, ...]]()
    rows = [_trial_row(trial) | {"replicate": _count(seen, trial)} for trial in study.trials]
    extra = dict.fromkeys(name for row in rows for name in row if name not in _TRIAL_TYPES)
    return pd.DataFrame(rows, columns=[*_TRIAL_TYPES, *extra]).astype(_TRIAL_TYPES)


def epochs_table(study: StudyRecord) -> pd.DataFrame:
    """Return one row an epoch, trial after trial."""
    rows = [
        _names(trial) | {name: getattr(epoch, name) for name in _EPOCH_TYPES.keys() - _NAME_TYPES}
        for trial in study.trials
        for epoch in trial.history
    ]
    return pd.DataFrame(rows, columns=list(_EPOCH_TYPES)).astype(_EPOCH_TYPES)


def _count(seen: Counter[tuple[object, ...]], trial: TrialRecord) -> int:
    """Count a trial among those of its configuration; each was trained with a seed of its own."""
    configuration = (trial.arm, *trial.params.items())
    seen[configuration] += 1
    return seen[configuration]


def _names(trial: TrialRecord) -> dict[str, Any]:
    return {name: getattr(trial, name) for name in _NAME_TYPES}


def _trial_row(trial: TrialRecord) -> dict[str, Any]:
    best = None if trial.outcome is Outcome.FAILED else trial.best
    row = _names(trial) | {
        "generation": trial.generation,
        "outcome": trial.outcome.value,
        "reason": trial.reason,
        "value": counted_value(trial),
        "best_epoch": None if best is None else best.epoch,
        "best_valid_loss": None if best is None else best.valid_loss,
        "epochs": len(trial.history),
        "seconds": trial.seconds,
        "seed": trial.config.seed,
        "split_seed": trial.config.split_seed,
    }
    row |= {f"params_{name}": value for name, value in trial.params.items()}
    for test_set, score in trial.tests.items():
        name = TEST_SETS[test_set]
        row |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
    return row
