"""What MLflow has of a study, run by run: which run is ours, and what it lacks of its content."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isnan
from pathlib import Path
from typing import Self
from uuid import uuid4

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Metric, Run, RunStatus

from fashion_bench.records import TrialRecord
from fashion_bench.tracking.keys import ATTEMPT, OWN_ID, differing, number, stray
from fashion_bench.tracking.projection import RunContent

File = bytes | Path
FilesOf = Callable[[TrialRecord], Mapping[str, File]]

_NONCE = 32  # characters


@dataclass(slots=True)
class KnownRun:
    """A run of MLflow's, as it was read or written last.

    Attributes:
        run_id: MLflow's name for it.
        files_at: the URI of its artifacts.
        status: MLflow's word for how it ended.
        deleted: by a person, on MLflow's page.
        tags: all of them.
        params: the names of its parameters.
        metrics: the last value of each curve.
        trials: of an arm's run: how many finished ones it tells of.
        whole: whether its files were seen to be there.
    """

    run_id: str
    files_at: str
    status: str = "RUNNING"
    deleted: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    params: set[str] = field(default_factory=set)
    metrics: dict[str, float] = field(default_factory=dict)
    trials: int = 0
    whole: bool = False

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return what there is of a run."""
        return cls(
            run.info.run_id,
            run.info.artifact_uri,
            status=run.info.status,
            deleted=run.info.lifecycle_stage == LifecycleStage.DELETED,
            tags=dict(run.data.tags),
            params=set(run.data.params),
            metrics=dict(run.data.metrics),
            trials=number(run.data.tags.get("trials")),
        )

    @property
    def ended(self) -> bool:
        """Whether all was sent that there was, and then its end."""
        return bool(RunStatus.is_terminated(RunStatus.from_string(self.status)))

    @property
    def named(self) -> dict[str, str]:
        """The tag by which it is known to be ours, once its id was answered to our attempt."""
        return {OWN_ID: self.run_id} if ATTEMPT in self.tags else {}

    @property
    def has_curve(self) -> bool:
        """Of an arm's run: whether it has its curve, and so tells of no more trials."""
        return "n" in self.tags

    @property
    def opening(self) -> int:
        """Which opening of the test images it has scores of; 0 without any."""
        return number(self.tags.get("test_opening"))


@dataclass(frozen=True, slots=True)
class Found:
    """The runs of one key.

    Attributes:
        own: the one that is ours.
        late: made by a request of ours whose answer was lost; nothing was sent to them.
        others: copies that a person made, and doubles of versions that left no nonce.
    """

    own: KnownRun
    late: Sequence[KnownRun]
    others: Sequence[KnownRun]


def found_runs(runs: Iterable[Run]) -> dict[str, Found]:
    """Return the runs of an experiment by key: a trial's id, an arm's summary, a study's name."""
    by_key: dict[str, list[KnownRun]] = defaultdict(list)
    for run in map(KnownRun.of, runs):
        names = (run.tags.get(name) for name in ("trial_id", "summary", "study"))
        key, _, nonce = run.tags.get(ATTEMPT, "").partition(" ")
        by_key[key if len(nonce) == _NONCE else next(filter(None, names), run.run_id)].append(run)
    return {key: _sorted_out(runs) for key, runs in by_key.items()}


def attempt(key: str) -> str:
    """Return what marks the run that a request makes; a copy that a person makes has the same."""
    return f"{key} {uuid4().hex:.{_NONCE}}"


def _sorted_out(runs: Sequence[KnownRun]) -> Found:
    def rank(run: KnownRun) -> tuple[object, ...]:
        named = {run.run_id: 0, None: 1}.get(run.tags.get(OWN_ID), 2)
        return named, run.deleted, not run.ended, -run.opening, run.run_id

    own, *rest = sorted(runs, key=rank)
    mark = own.tags.get(ATTEMPT)
    late = [
        run
        for run in rest
        if not (run.deleted or run.ended or OWN_ID in run.tags or run.metrics)
        and run.tags.get(ATTEMPT) not in {None, mark}
    ]
    others = [run for run in rest if not run.deleted and run not in late]
    return Found(own, late, others)


# What a run lacks ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a run lacks of its content, or has otherwise; points can only be added."""

    tags: Mapping[str, str]
    params: Mapping[str, str]
    points: Sequence[Metric]
    stray: Sequence[str]  # tags
    wrong: Sequence[str] = ()  # curves that have another value

    def __bool__(self) -> bool:
        return bool(self.tags or self.params or self.points or self.stray)


def lacking(
    client: MlflowClient, run: KnownRun, content: RunContent, *, thorough: bool = False
) -> Lacking:
    """Compare a run with its content.

    Args:
        client: of its store.
        run: as it was listed.
        content: what it should hold.
        thorough: compare every point of each curve, not its last alone.
    """
    tags, strays = differing(content.tags, run.tags), stray(content.tags, run.tags)
    if not run.tags.get(ATTEMPT, "").startswith(f"{content.key} ") and OWN_ID in run.tags:
        tags[ATTEMPT] = attempt(content.key)
    if run.tags.get(OWN_ID, run.run_id) != run.run_id:
        tags[OWN_ID] = run.run_id
    params = {name: str(value) for name, value in content.params.items() if name not in run.params}
    last = latest(content.metrics)
    same = all(_same(value, run.metrics.get(name)) for name, value in last.items())
    if same and not (thorough or tags or params):  # a new point of the same value has another tag
        return Lacking(tags, params, [], strays)
    there = {
        (point.key, point.step): point.value
        for name in last.keys() & run.metrics.keys()
        for point in client.get_metric_history(run.run_id, name)
    }
    points = [point for point in content.metrics if (point.key, point.step) not in there]
    wrong = [
        point.key
        for point in content.metrics
        if not _same(point.value, there.get((point.key, point.step), point.value))
    ]
    return Lacking(tags, params, points, strays, tuple(dict.fromkeys(wrong)))


def latest(metrics: Iterable[Metric]) -> dict[str, float]:
    """Return the last value of each curve, as MLflow lists it with a run."""
    return {point.key: point.value for point in sorted(metrics, key=lambda one: one.step)}


def _same(value: float, there: float | None) -> bool:
    return there is not None and (value == there or (isnan(value) and isnan(there)))


def names_there(client: MlflowClient, run_id: str, path: str | None = None) -> set[str]:
    """Return the names of a run's files that a server keeps."""
    found = set[str]()
    for file in client.list_artifacts(run_id, path):
        found |= names_there(client, run_id, file.path) if file.is_dir else {file.path}
    return found


def files_lacking(
    names: Mapping[str, str | None], place: Path | None, there: Callable[[], set[str]]
) -> list[str]:
    """Return the names of files that are not there; with a digest, those that are others, too.

    Args:
        names: of the files there should be, with the digests that they should have.
        place: the folder they should be in; ``None`` where a server has it.
        there: their names, asked then.
    """
    if place is None:
        return sorted(names.keys() - there())
    return [
        name
        for name, wanted in names.items()
        if not (place / name).is_file()
        or (wanted is not None and not digest(place / name).startswith(wanted))
    ]


def digest(file: File) -> str:
    """Return the sha256 sum of a file."""
    return sha256(file if isinstance(file, bytes) else file.read_bytes()).hexdigest()
