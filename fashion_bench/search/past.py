"""What a study goes on from: its whole generations, and what a half-written one has settled.

A generation is in the ledger whole or not at all, unless its trials were added one by one: by an
older version, or because Optuna's tables are not known (see ``bulk``). Killed in their midst, it
is asked again; those that are there are not added again, and those that failed fail again.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from optuna.trial import FrozenTrial

from fashion_bench.plan import Plan
from fashion_bench.records import OnDone, OnUnderway, Outcome, Progress, Segment, TrialRecord

Run = Callable[[Sequence[Segment], OnDone, OnUnderway], None]
"""Runs segments and all that follow from them, calling back as each goes on and is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The whole generations of a study: what a driver goes on from.

    Attributes:
        generations: how many are whole in every arm.
        trials: Optuna's view of their trials, by arm and number.
        records: the same trials as records, arm by arm.
        counters: by arm, the sampler's counters after the last of them.
        seconds: wall time they took together.
        failed: trials of a half-written generation that are in the ledger as failed, by trial id:
            asked again they must fail again, or the ledger would not say what the sampler knew.
    """

    generations: int
    trials: Mapping[str, tuple[FrozenTrial, ...]]
    records: tuple[TrialRecord, ...]
    counters: Mapping[str, Mapping[str, object]]
    seconds: float
    failed: Mapping[str, TrialRecord]

    @classmethod
    def of(
        cls,
        plan: Plan,
        trials: Mapping[str, Sequence[FrozenTrial]],
        records: Mapping[str, Sequence[TrialRecord]],
    ) -> Self:
        """Return the past of a study.

        Args:
            plan: the study.
            trials: all that are in the ledger, by arm and number.
            records: the same as records.
        """
        whole = min(len(of_arm) for of_arm in trials.values())
        if whole < plan.trials_per_arm:
            whole -= whole % plan.generation
        kept = {arm: tuple(of_arm[:whole]) for arm, of_arm in trials.items()}
        firsts = next(iter(kept.values()))[:: plan.generation]
        half = [record for of_arm in records.values() for record in of_arm[whole:]]
        return cls(
            generations=-(-whole // plan.generation),
            trials=kept,
            records=tuple(record for of_arm in records.values() for record in of_arm[:whole]),
            counters={a: t[-1].user_attrs["counters"] if t else {} for a, t in kept.items()},
            seconds=sum(float(trial.user_attrs["seconds"]) for trial in firsts),
            failed={r.trial_id: r for r in half if r.outcome is Outcome.FAILED},
        )

    def recalled(self, run: Run) -> Run:
        """Return ``run``, but let trials that are already in the ledger as failed fail again.

        A worker that died may not die the next time; but the ledger would then contradict what the
        sampler is told (decision 13).
        """

        def recalled(segment: Segment) -> tuple[Progress, ...] | None:
            failed = [self.failed[t.trial_id] for t in segment.trials if t.trial_id in self.failed]
            if all(segment.until_epoch <= len(record.history) for record in failed):
                return None
            return tuple(
                Progress(trial_id=trial.trial_id, history=(), failure=failed[0].reason)
                for trial in segment.trials
            )

        def run_others(
            segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway
        ) -> None:
            def others(segments: Sequence[Segment]) -> list[Segment]:
                """Return what is to be run: of what is recalled, what follows from it."""
                left, found = deque(segments), list[Segment]()
                while left:
                    segment = left.popleft()
                    if (progress := recalled(segment)) is None:
                        found.append(segment)
                    else:
                        left.extend(on_done(segment, progress))
                return found

            def done(segment: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
                return others(on_done(segment, progress))

            run(others(segments), done, on_underway)

        return run_others if self.failed else run
