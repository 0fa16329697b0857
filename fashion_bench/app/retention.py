"""Whose checkpoints are kept: every trial's, or those of each arm's best, as ``[record]`` asks."""

from collections.abc import Sequence
from typing import Literal

from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.training.files import Files

__all__ = ["Keep", "drop_checkpoints", "keep_of", "kept"]

Keep = Literal["all", "best"] | int


def keep_of(study: StudyRecord) -> Keep:
    """Return what a stored study asks for; an experiment keeps all."""
    keep: Keep = study.spec.get("record", {}).get("checkpoints", "all")
    return keep


def kept(trials: Sequence[TrialRecord], keep: Keep) -> list[TrialRecord]:
    """Return the trials whose checkpoints are kept: of equals in an arm, the earlier."""
    if keep == "all":
        return list(trials)
    best = 1 if keep == "best" else keep
    arms = dict.fromkeys(trial.arm for trial in trials)
    return [trial for arm in arms for trial in _ranked(trials, arm)[:best]]


def drop_checkpoints(files: Files, trials: Sequence[TrialRecord], keep: Keep) -> None:
    """Remove the checkpoints of these trials that are not kept."""
    staying = {trial.trial_id for trial in kept(trials, keep)}
    for trial in trials:
        if trial.trial_id not in staying:
            files.checkpoint(trial.trial_id).unlink(missing_ok=True)


def _ranked(trials: Sequence[TrialRecord], arm: str) -> list[TrialRecord]:
    scored = [trial for trial in trials if trial.arm == arm and trial.value is not None]
    return sorted(scored, key=lambda trial: -(trial.value or 0.0))
