"""The records that cross a boundary: what is asked of an executor, and what came of a trial."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from typing import Literal, Protocol, Self

from fashion_bench.config import ParamValue, TestSet, Trial, TrialConfig
from fashion_bench.errors import SpecError
from fashion_bench.plan import STAGES, Kind, Plan

State = Literal["running", "stopped", "finished"]
"""Where a study stands: what is not finished and nobody runs is stopped."""


class Outcome(StrEnum):
    """How a trial ended; ``sentence`` says it to a reader."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def sentence(self) -> str:
        """What this outcome means, as one sentence."""
        return {
            Outcome.COMPLETE: "Trained for all its epochs.",
            Outcome.PRUNED: "Stopped at a rung: other trials of its arm were ahead.",
            Outcome.DIVERGED: "The loss or a weight stopped being finite, or the loss exploded.",
            Outcome.FAILED: "No result: the worker, its memory or its time ran out.",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One finished epoch of one trial.

    Attributes:
        epoch: counted from 1 when finished.
        train_loss: mean over the epoch's images, measured while training (dropout on), nats.
        train_accuracy: fraction 0-1, measured likewise.
        valid_loss: mean cross entropy of a full pass over the validation images, nats.
        valid_accuracy: fraction 0-1 of the same pass.
        seconds: wall time of the epoch; of a cohort, its share of it.
        ended_at: when it ended, Unix time in seconds.
        diverged: a loss or weight was not finite, or the mean training loss was above 100.
        processor_seconds: processor time of the process that trained it, all its threads; of a
            cohort, its share. ``None`` in what version 0.1 wrote.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float
    seconds: float
    ended_at: float
    diverged: bool = False
    processor_seconds: float | None = None


def sum_known(figures: Iterable[float | None]) -> float | None:
    """Return the sum of figures; ``None`` where one is not known: less than all would mislead."""
    known = list(figures)
    return None if None in known else sum((each for each in known if each is not None), 0.0)


def best_epoch(history: Sequence[Epoch]) -> Epoch | None:
    """Return the epoch of the lowest validation loss, the earlier on a tie.

    ``None`` when no epoch ended without diverging.
    """
    sound = [epoch for epoch in history if not epoch.diverged and isfinite(epoch.valid_loss)]
    return min(sound, key=lambda epoch: (epoch.valid_loss, epoch.epoch), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The unit of work handed to an executor: train these trials together until this epoch.

    Running a segment twice is harmless: what is already trained is read back (decision 4).

    Attributes:
        trials: of one recipe, all trained until ``from_epoch``.
        from_epoch: the rung their states were last saved at; 0 starts them.
        until_epoch: the rung to reach.
        lanes: of their cohort, where that is more than the trials; fillers take the rest.
        padded_arguments: of the network, as wide as lanes are padded to; ``None`` for those of
            the widest trial.
        generation: of the trials; of what waits, the earliest is trained first.
        before: the segments that its trials' states come from, on a GPU: who has no state of them
            trains these again.

    Raises:
        SpecError: the trials have different recipes, so no tensor program could hold them, or one
            is there twice.
    """

    trials: tuple[Trial, ...]
    until_epoch: int
    from_epoch: int = 0
    lanes: int = 1
    padded_arguments: tuple[ParamValue, ...] | None = None
    generation: int = 0
    before: tuple["Segment", ...] = ()

    def __post_init__(self) -> None:
        if len({trial.config.recipe for trial in self.trials}) > 1:
            raise SpecError(
                "segment", "its trials have different recipes", remedy="make a segment of each"
            )
        if len({trial.trial_id for trial in self.trials}) < len(self.trials):
            raise SpecError("segment", "a trial is in it twice", remedy="name each once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one trial has come.

    Attributes:
        trial_id: whose progress this is.
        history: its epochs so far, in order; ends at a diverged one.
        checkpoint_sha256: digest of the best epoch's weights as saved; ``None`` before any.
        failure: why there is no result, where there is none.
    """

    trial_id: str
    history: tuple[Epoch, ...]
    checkpoint_sha256: str | None = None
    failure: str | None = None

    @property
    def diverged(self) -> bool:
        """Whether training ended in nonsense."""
        return bool(self.history) and self.history[-1].diverged


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """How far the trials of a segment are, told while they train.

    Attributes:
        epochs: that each of them has behind it, a part of the one at work included.
        latest: the last epoch of each trial that has finished one, by trial id.
    """

    epochs: float
    latest: Mapping[str, Epoch]


Tell = Callable[[Underway], None]
"""Is told now and then, while a segment trains, how far it is."""


OnDone = Callable[[Segment, tuple[Progress, ...]], Sequence[Segment]]
"""Hears of a segment that ended; returns those that follow from it."""

OnUnderway = Callable[[Segment, Underway], None]
"""Hears of a segment that begins, and now and then how far it is."""


def unheard(*_: object, **__: object) -> None:
    """Take no notice of what is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestScore:
    """What one checkpoint scored on one set of test images.

    Attributes:
        loss: mean cross entropy, nats.
        accuracy: fraction 0-1.
        images: how many were scored.
        measured_at: Unix time in seconds.
        opening: which opening of the test images it is of, counted from 1.
        predictions_sha256: digest of the file that says what was predicted of each image.
        temperature: the network's own, found on its validation images; see ``scoring``.
        figures: what else it scored, by measure; of a measure of the user's by its name.
    """

    __test__ = False  # the name is the field's own; pytest need not collect it

    loss: float
    accuracy: float
    images: int
    measured_at: float
    opening: int
    predictions_sha256: str
    temperature: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One time that an experiment opened the test images.

    Attributes:
        opened_at: Unix time in seconds.
        git_commit: of the code that opened them.
        digests: of the images, by test set.
        reason: why they were opened again; empty where none was given.
    """

    opened_at: float
    git_commit: str
    digests: Mapping[TestSet, str]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A change of a key that only says how results are read, made when some were known.

    Attributes:
        key: of the file.
        before: its value until then; ``None`` where it was not set.
        now: its value since, likewise.
        at: Unix time in seconds.
        trials: how many had finished.
    """

    key: str
    before: str | float | None
    now: str | float | None
    at: float
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One finished trial as the ledger holds it; all that tables, pictures and MLflow need.

    Attributes:
        study: name of the study or experiment.
        arm: name of the arm within it.
        number: place of the trial in its arm, from 0, in the order asked.
        generation: the generation it was asked in, from 0.
        trial_id: ``<study>.<arm>-<number>``.
        config: what was trained.
        params: what varied, as the file names it (hidden, lr, dropout …), fixed values included.
        outcome: how it ended.
        reason: one sentence; for a failure, what went wrong.
        history: its epochs.
        checkpoint_sha256: digest of the saved weights of the best epoch; ``None`` without one.
        ended_at: Unix time in seconds.
        tests: its scores by test set; experiments only, once measured.
    """

    study: str
    arm: str
    number: int
    generation: int
    trial_id: str
    config: TrialConfig
    params: Mapping[str, ParamValue]
    outcome: Outcome
    reason: str
    history: tuple[Epoch, ...]
    checkpoint_sha256: str | None
    ended_at: float
    tests: Mapping[TestSet, TestScore] = field(default_factory=dict)

    @property
    def test(self) -> TestScore | None:
        """Its score on the test images as they are."""
        return self.tests.get("plain")

    @property
    def best(self) -> Epoch | None:
        """The epoch whose weights are the checkpoint."""
        return best_epoch(self.history)

    @property
    def value(self) -> float | None:
        """What the search maximises: validation accuracy at the best epoch, a fraction 0-1.

        A failed trial has none, whatever it had reached.
        """
        if self.best is None or self.outcome is Outcome.FAILED:
            return None
        return self.best.valid_accuracy

    @property
    def seconds(self) -> float:
        """Wall time spent training it."""
        return sum(epoch.seconds for epoch in self.history)

    @property
    def processor_seconds(self) -> float | None:
        """Processor time spent training it; ``None`` where an epoch was recorded without."""
        return sum_known(epoch.processor_seconds for epoch in self.history)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Number, failures and best value of the trials of a study, or of a stage, counted unread.

    Attributes:
        trials: how many have finished.
        failed: how many of them have no result.
        foreign: how many others somebody put beside them with Optuna.
        best: of the best trial (see ``best_trial``) the value; ``None`` without one.
        outcome: how that trial ended.
    """

    trials: int = 0
    failed: int = 0
    foreign: int = 0
    best: float | None = None
    outcome: Outcome | None = None

    def __add__(self, other: Self) -> Self:
        """Return what both come to; of equal bests the first counts."""
        known = [one for one in (self, other) if one.best is not None]
        best = max(known, key=lambda one: one.best or 0.0, default=self)
        names = ("trials", "failed", "foreign")
        return replace(best, **{name: getattr(self, name) + getattr(other, name) for name in names})


class Begun(Protocol):
    """What tells a study, or a stage of one, from another of its name."""

    @property
    def name(self) -> str:
        """As in its file."""

    @property
    def created_at(self) -> float:
        """When it was begun: Unix time in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """A study or experiment as the ledger holds it; of several joined for comparing, all of them.

    Attributes:
        name: as in its file.
        question: the question the file asks.
        plan: what the file comes to.
        text: the file as it was written.
        provenance: what its results rest on besides: code, versions, device, data.
        arms: the arms' names, in the file's order.
        varying: the parameters that differ between its trials, in the file's order.
        planned: trials the file asks for, over all arms; where looks may end it, at most.
        trials: the finished trials, arm by arm in the file's order, each by number.
        openings: every time the test images were opened, where the plan may open them.
        amendments: what was changed in how its results are read, after some were known.
        created_at: Unix time in seconds.
        survey: what was trained before the search of a study in stages, once it has begun.
        confirm: what was trained after it, likewise.
        retried: what came of failed trials that were trained again; none of it is in the list.
        joined: the experiments that it joins for comparing; each keeps its own openings and
            amendments.
    """

    name: str
    question: str
    plan: Plan
    text: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    arms: tuple[str, ...]
    varying: tuple[str, ...] = ()
    planned: int
    trials: tuple[TrialRecord, ...] = ()
    openings: tuple[Opening, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    retried: tuple[TrialRecord, ...] = ()
    created_at: float
    survey: "StudyRecord | None" = None
    confirm: "StudyRecord | None" = None
    joined: "tuple[StudyRecord, ...]" = ()

    @property
    def stages(self) -> "tuple[StudyRecord, ...]":
        """Its stages that have begun, itself as its search, in order."""
        found = {"survey": self.survey, "search": self, "confirm": self.confirm}
        return tuple(one for stage in STAGES if (one := found[stage]) is not None)

    @property
    def kind(self) -> Kind:
        """What people call it."""
        return self.plan.kind

    def of_arm(self, arm: str) -> tuple[TrialRecord, ...]:
        """Return the trials of one arm."""
        return tuple(trial for trial in self.trials if trial.arm == arm)

    def counts(self, trial: TrialRecord) -> bool:
        """Whether a trial counts in what its arm comes to.

        What a survey's file lists beside the points that it draws does not.
        """
        return self.plan.stage != "survey" or trial.number < self.plan.points

    def counted(self, arm: str) -> tuple[TrialRecord, ...]:
        """Return those trials of one arm that count in what it comes to."""
        return tuple(filter(self.counts, self.of_arm(arm)))
