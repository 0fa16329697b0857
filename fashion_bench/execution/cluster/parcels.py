"""What travels between the driver and a node: a segment with its files, and what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fashion_bench.records import Progress, Segment, Underway
from fashion_bench.training.files import TrialFiles, write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What a node trains with, for as long as it stays the same.

    Attributes:
        make: a ``MakeTrain``, pickled; where files travel, it is given ``TrialFiles`` and the path
            of the images.
        trial_seconds: see ``ProcessExecutor``.
        level: from which on the driver hears of what is logged.
        digest: of the images; ``None`` where neither they nor files travel.
    """

    make: bytes
    trial_seconds: float
    level: int
    digest: str | None


Left = Mapping[str, tuple[bytes | None, bytes | None]]
"""What trials leave, by their ids: the files of the best epoch's weights and of the state."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was logged on a node, at a level of ``logging``; of 0 it was printed by the training."""

    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A segment was trained.

    Attributes:
        progress: of its trials.
        left: the files it leaves.
    """

    progress: tuple[Progress, ...]
    left: Left


@dataclass(frozen=True, slots=True)
class Raised:
    """It was not: what to raise in the driver."""

    error: Exception


Report = Underway | Said | Finished | Raised

States = Mapping[tuple[str, int], bytes]
"""Files that trials go on from, by trial and epoch."""


def states_before(files: TrialFiles, segment: Segment) -> States:
    """Read what a segment goes on from, as far as it is there."""
    return {
        (trial.trial_id, one.from_epoch): path.read_bytes()
        for one in _with_before(segment)
        for trial in one.trials
        if one.from_epoch and (path := files.state(trial.trial_id, one.from_epoch)).exists()
    }


def lay_out(files: TrialFiles, states: States) -> None:
    """Write what a segment goes on from where it is trained."""
    for (trial_id, epoch), content in states.items():
        write_whole(files.state(trial_id, epoch), content, sync=False)


def take_up(files: TrialFiles, segment: Segment) -> Left:
    """Return what a segment left where it was trained; nothing of it, or before it, stays there."""
    left = {
        trial.trial_id: (
            _content(files.checkpoint(trial.trial_id)),
            _content(files.state(trial.trial_id, segment.until_epoch)),
        )
        for trial in segment.trials
    }
    for path in files.folder.glob("*/*"):
        path.unlink()
    return left


def put_away(files: TrialFiles, segment: Segment, left: Left) -> None:
    """Write what came from a node: a checkpoint, then the state that vouches for it.

    A state need not reach the disk at once: it checks itself when it is read.

    Raises:
        MachineError: the disk is full or read-only.
    """
    for trial_id, (checkpoint, state) in left.items():
        if checkpoint is not None:
            write_whole(files.checkpoint(trial_id), checkpoint)
        if state is not None:
            write_whole(files.state(trial_id, segment.until_epoch), state, sync=False)


def reached(files: TrialFiles, segment: Segment) -> tuple[Progress, ...] | None:
    """Return the progress of a segment that a killed driver had trained already; else ``None``."""
    names = [trial.trial_id for trial in segment.trials]
    if not all(files.state(name, segment.until_epoch).exists() for name in names):
        return None
    from fashion_bench.training.checkpoint import CheckpointStore  # torch, which few drivers need

    store = CheckpointStore(files.folder)
    found = [store.progress(trial, segment.until_epoch) for trial in segment.trials]
    sound = tuple(progress for progress in found if progress is not None)
    return sound if len(sound) == len(found) else None


def _with_before(segment: Segment) -> Iterator[Segment]:
    yield segment
    for one in segment.before:
        yield from _with_before(one)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
