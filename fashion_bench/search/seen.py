"""What a search has seen of its trials: results are held back until a generation may see them."""

from collections.abc import Container, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from typing import Any, Self

from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

# What Optuna's halving notes at a trial, rung by rung of its own: the value that it had there.
_NOTED = "completed_rung_"


@dataclass(slots=True)
class Unseen:
    """A trial of which the search has not seen all.

    Attributes:
        trial: as it is; each change makes a new one.
        generation: in which it was asked.
        noted: what Optuna's pruner noted at it, by key: at which rung, by its place.
        ended: the rung at which it ended; ``None`` before.
    """

    trial: FrozenTrial
    generation: int
    noted: dict[str, int] = field(default_factory=dict)
    ended: int | None = None

    @classmethod
    def again(
        cls, asked: FrozenTrial, told: FrozenTrial, generation: int, rungs: Sequence[int]
    ) -> Self:
        """Return it as it was when it had been told, before anybody saw that.

        Args:
            asked: as the search has it (see ``as_asked``).
            told: as the ledger has it.
            generation: in which it was asked.
            rungs: of the study.
        """
        unseen = cls(copy(asked), generation)
        unseen.trial.intermediate_values = dict(told.intermediate_values)
        unseen.trial.system_attrs = dict(told.system_attrs)
        unseen.trial.state, unseen.trial.values = told.state, told.values
        unseen.ended = unseen._rung(rungs)
        # It notes something at each rung where it is asked, from one of them on.
        keys = [key for key in told.system_attrs if key.startswith(_NOTED)]
        keys.sort(key=lambda key: int(key.removeprefix(_NOTED)))
        pruned = told.state is TrialState.PRUNED and told.value is not None  # else it diverged
        last = unseen.ended - (not pruned)
        unseen.noted = {key: last - back for back, key in enumerate(reversed(keys))}
        return unseen

    def report(self, values: Mapping[int, float]) -> None:
        """Take values by epoch, behind those that there are."""
        self._change(intermediate_values={**self.trial.intermediate_values, **values})

    def note(self, key: str, value: Any, rungs: Sequence[int]) -> None:  # noqa: ANN401
        """Take what the pruner notes at the rung that it has reached."""
        self._change(system_attrs={**self.trial.system_attrs, key: value})
        self.noted[key] = self._rung(rungs)

    def end(self, state: TrialState, value: float | None, rungs: Sequence[int]) -> None:
        """Let it have ended; one that was pruned has the last value it reported, as with Optuna."""
        if state is TrialState.PRUNED and (reported := self.trial.intermediate_values):
            last = reported[max(reported)]
            value = None if isnan(last) else last
        values = None if value is None else [float(value)]
        self._change(state=state, values=values, datetime_complete=datetime.now())
        self.ended = self._rung(rungs)

    def _change(self, **attributes: object) -> None:
        self.trial = copy(self.trial)
        for name, value in attributes.items():
            setattr(self.trial, name, value)

    def _rung(self, rungs: Sequence[int]) -> int:
        """Return the rung that it is at; a trial without a result ended on the way to the next."""
        reached = max(self.trial.intermediate_values, default=0)
        reached += self.trial.state is TrialState.FAIL
        return next(place for place, rung in enumerate(rungs) if rung >= reached)

    def show(self, storage: InMemoryStorage, until: int, rungs: Sequence[int]) -> bool:
        """Let a search see what was known of it at a rung; return whether that is all.

        Args:
            storage: of the search.
            until: the place of the rung.
            rungs: of the study.
        """
        number, seen = self.trial._trial_id, storage.get_trial(self.trial._trial_id)
        for epoch, value in self.trial.intermediate_values.items():
            if epoch <= rungs[until] and epoch not in seen.intermediate_values:
                storage.set_trial_intermediate_value(number, epoch, value)
        for key, rung in self.noted.items():
            if rung <= until and key not in seen.system_attrs:
                storage.set_trial_system_attr(number, key, self.trial.system_attrs[key])
        if self.ended is None or self.ended > until:
            return False
        storage.set_trial_state_values(number, self.trial.state, self.trial.values)
        return True


def as_asked(trial: FrozenTrial) -> FrozenTrial:
    """Return a trial as it was when it had been asked, and nothing was known of it."""
    attributes = {k: v for k, v in trial.system_attrs.items() if not k.startswith(_NOTED)}
    return create_trial(
        state=TrialState.RUNNING,
        params=trial.params,
        distributions=trial.distributions,
        system_attrs=attributes,
    )


class SeenStorage(InMemoryStorage):
    """What a pruner may look at: what a generation saw when it was asked, and its own trials.

    Args:
        seen: the former.
        own: the latter.
        rungs: of the study.
    """

    def __init__(
        self, seen: Sequence[FrozenTrial], own: Sequence[Unseen], rungs: Sequence[int]
    ) -> None:
        super().__init__()
        self._seen, self._own, self._rungs = seen, own, rungs

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """See ``optuna.storages.BaseStorage``; nothing that is returned is ever changed."""
        trials = (*self._seen, *(each.trial for each in self._own))
        return [trial for trial in trials if states is None or trial.state in states]

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:  # noqa: ANN401
        """Note it at one of the generation's own."""
        own = next(each for each in self._own if each.trial._trial_id == trial_id)
        own.note(key, value, self._rungs)
