"""How the driver has segments run."""

from collections.abc import Callable, Mapping, Sequence

from fashion_bench.records import Progress, Segment, TrialRecord

__all__ = ["OnDone", "Run", "recalling"]

OnDone = Callable[[Segment, tuple[Progress, ...]], None]
Run = Callable[[Sequence[Segment], OnDone], list[tuple[Progress, ...]]]
"""Runs segments and returns their progress in order, calling back as each is done."""


def recalling(failed: Mapping[str, TrialRecord], run: Run) -> Run:
    """Return ``run``, but let trials that are already in the ledger as failed fail again.

    A worker that died may not die the next time; but the ledger would then contradict what the
    sampler is told.
    """

    def fails(segment: Segment) -> bool:
        return any(
            trial.trial_id in failed and segment.until_epoch > len(failed[trial.trial_id].history)
            for trial in segment.trials
        )

    def recalled(segment: Segment) -> tuple[Progress, ...]:
        reasons = [failed[t.trial_id].reason for t in segment.trials if t.trial_id in failed]
        return tuple(
            Progress(trial_id=trial.trial_id, history=(), failure=reasons[0])
            for trial in segment.trials
        )

    def run_others(segments: Sequence[Segment], on_done: OnDone) -> list[tuple[Progress, ...]]:
        others = iter(run([segment for segment in segments if not fails(segment)], on_done))
        return [recalled(segment) if fails(segment) else next(others) for segment in segments]

    return run_others if failed else run
