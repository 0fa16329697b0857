"""What a study goes on from: its whole generations, and what a half-written one has settled.

A generation is in the ledger whole or not at all, unless its trials were added one by one: by an
older version, or because Optuna's tables are not known (see ``bulk``). Killed in their midst, it
is asked again; those that are there are not added again, and those that failed fail again.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from optuna.trial import FrozenTrial

from fashion_bench.plan import Plan
from fashion_bench.records import OnDone, OnUnderway, Outcome, Progress, Segment, TrialRecord
from fashion_bench.search.beside import Stop

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
        given_up: trials that a person gave up, likewise: each fails where it could not be trained,
            alone, and the others of its cohort are trained beside fillers.
    """

    generations: int
    trials: Mapping[str, tuple[FrozenTrial, ...]]
    records: tuple[TrialRecord, ...]
    counters: Mapping[str, Mapping[str, object]]
    seconds: float
    failed: Mapping[str, TrialRecord]
    given_up: Mapping[str, Stop] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plan: Plan,
        trials: Mapping[str, Sequence[FrozenTrial]],
        records: Mapping[str, Sequence[TrialRecord]],
        given_up: Mapping[str, Stop] = MappingProxyType({}),
    ) -> Self:
        """Return the past of a study.

        Args:
            plan: the study.
            trials: all that are in the ledger, by arm and number.
            records: the same as records.
            given_up: trials that a person gave up.
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
            failed={
                one.trial_id: one
                for one in half
                if one.outcome is Outcome.FAILED and one.trial_id not in given_up
            },
            given_up=given_up,
        )

    def recalled(self, run: Run) -> Run:
        """Return ``run``, but let trials fail that a person gave up or the ledger has as failed.

        A worker that died may not die the next time; but the ledger would then contradict what the
        sampler is told (decision 13).
        """

        def run_others(
            segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway
        ) -> None:
            def others(segments: Sequence[Segment]) -> list[Segment]:
                """Return what is to be run: of what is recalled, what follows from it."""
                left, found = deque(segments), list[Segment]()
                while left:
                    segment = left.popleft()
                    if (rest := self._trained(segment)) is not None:
                        found.append(rest)
                    if progress := self._failing(segment):
                        left.extend(on_done(segment, progress))
                return found

            def done(segment: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
                return others(on_done(segment, progress))

            run(others(segments), done, on_underway)

        return run_others if self.failed or self.given_up else run

    def _failing(self, segment: Segment) -> tuple[Progress, ...]:
        """Return what is known to fail of a segment: an exception once failed all its trials."""
        names, until = [trial.trial_id for trial in segment.trials], segment.until_epoch
        failed = [self.failed[name] for name in names if name in self.failed]
        shared = [one.reason for one in failed if until > len(one.history)]
        reasons = {name: shared[0] for name in names if shared}
        for name in names:
            if (gone := self.given_up.get(name)) is not None and until > gone.after:
                reasons[name] = gone.reason
        return tuple(Progress(trial_id=t, history=(), failure=why) for t, why in reasons.items())

    def _trained(self, segment: Segment) -> Segment | None:
        """Return what is left of a segment, in as many lanes; ``None`` where nothing is."""
        failing = {progress.trial_id for progress in self._failing(segment)}
        left = tuple(trial for trial in segment.trials if trial.trial_id not in failing)
        before = tuple(filter(None, map(self._trained, segment.before)))
        return replace(segment, trials=left, before=before) if left else None
