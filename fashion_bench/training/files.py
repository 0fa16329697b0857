"""The files of a study's trials: paths, atomic writes, removal, whose are kept. No torch."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from fashion_bench.config import TestSet
from fashion_bench.errors import MachineError, StudyError, joined, unwritable
from fashion_bench.faults import reached
from fashion_bench.plan import Keep
from fashion_bench.records import Outcome, StudyRecord, TrialRecord


@dataclass(frozen=True, slots=True)
class TrialFiles:
    """The files of one study: ``resume/`` until no longer needed, the others for ever."""

    folder: Path

    @property
    def retried(self) -> "TrialFiles":
        """The files of its failed trials that were trained again."""
        return TrialFiles(self.folder / "retried")

    def checkpoint(self, trial_id: str) -> Path:
        """Where a trial's best weights are."""
        return self.folder / "checkpoints" / f"{trial_id}.pt"

    def state(self, trial_id: str, epoch: int) -> Path:
        """Where a trial's state at a rung is."""
        return self.folder / "resume" / f"{trial_id}@{epoch}.pt"

    def predictions(self, trial_id: str, test_set: TestSet) -> Path:
        """Where it is kept what a trial's best weights said of each image of a test set."""
        return self.folder / "predictions" / test_set / f"{trial_id}.npz"

    def forget(self, trial_ids: set[str]) -> None:
        """Remove these trials' resume states, and whatever a kill left half-written of them."""
        for path in (*self.folder.glob("resume/*"), *self.folder.rglob(".*")):
            if trial_of(path) in trial_ids:
                _remove(path)


def trial_of(path: Path) -> str:
    """Return whose file it is: ``<trial>.pt``, ``<trial>@1.pt``, or half-written ``.<…>.<pid>``."""
    name = path.name
    whole = name[1:].rpartition(".")[0] if name.startswith(".") else name
    return whole.rpartition(".")[0].partition("@")[0]


def writer_of(path: Path) -> int | None:
    """Return the process that began to write a file under its passing name; ``None`` if none."""
    process = path.suffix[1:]
    return int(process) if path.name.startswith(".") and process.isdecimal() else None


def write_whole(path: Path, content: bytes, *, sync: bool = True) -> str:
    """Write a file to a name of its own, sync it, rename it; return its sha256.

    Args:
        path: of the file.
        content: of it.
        sync: whether a power cut must not leave it torn; not where it checks itself when read.

    Raises:
        MachineError: the disk is full or read-only.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        reached("before-rename")
        part.replace(path)
        reached("after-rename")
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        otherwise = "name another folder, then run the same command again"
        raise unwritable(path, error, otherwise) from error
    return sha256(content).hexdigest()


def recorded_files(files: TrialFiles, study: StudyRecord) -> Iterator[tuple[Path, str]]:
    """Return the files whose digests the ledger holds, each with its own.

    A failed trial's weights are nobody's: its worker may have ended in the middle of them.
    """
    for trial in kept(study.trials, study.plan.checkpoints):
        if trial.checkpoint_sha256 is not None and trial.outcome is not Outcome.FAILED:
            yield files.checkpoint(trial.trial_id), trial.checkpoint_sha256
    for again in study.retried:
        if again.checkpoint_sha256 is not None:
            yield files.retried.checkpoint(again.trial_id), again.checkpoint_sha256
    for trial in study.trials:
        for test_set, score in trial.tests.items():
            yield files.predictions(trial.trial_id, test_set), score.predictions_sha256


def refuse_files(*paths: Path, force: bool) -> None:
    """Look before a person's files are written whether one of these is there.

    Args:
        paths: where they are to be.
        force: whether it may be replaced.

    Raises:
        StudyError: one is, and may not.
    """
    for path in paths:
        # Also a link that leads nowhere; and where nobody may look, the write will say so.
        if os.path.lexists(path) and not force:
            remedy = "give --force to replace it, or write elsewhere"
            raise StudyError(path, "is there already", remedy=remedy)


def demand_files(*paths: Path, remedy: str) -> None:
    """Look whether files are there, and not empty, before it is said that they are.

    Raises:
        MachineError: they are not; names some.
    """
    lacking = [path for path in paths if not path.is_file() or not path.stat().st_size]
    if lacking:
        names = joined(path.name for path in lacking[:3])
        raise MachineError(
            lacking[0].parent,
            f"of {len(paths)} files that were written {len(lacking)} are not there",
            given=names,
            remedy=remedy,
        )


# Removing -----------------------------------------------------------------------------------------

ASIDE = ".removed-"  # how a name begins while what had it is removed


def remove_whole(path: Path) -> None:
    """Remove a folder or file if it is there: out of the way by one rename, then all of it.

    Cut off or refused, it goes on when it is asked for again.

    Raises:
        MachineError: something of it stays.
    """
    aside = path.with_name(f"{ASIDE}{path.name}")
    if path.is_symlink():
        target, remedy = path.readlink(), "remove what it leads to, and the link; then run it again"
        raise MachineError(path, "is a link", given=str(target), remedy=remedy)
    _remove(aside)
    with _told_of(path), suppress(FileNotFoundError):
        path.rename(aside)
    _remove(aside)


def _remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    with _told_of(path):
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(
            error.filename or path,
            "cannot be removed",
            given=error.strerror,
            remedy="see that it can be, or remove it yourself; then run the same command again",
        ) from error


# Whose weights are kept, as [record] asks ---------------------------------------------------------


def kept(trials: Sequence[TrialRecord], keep: Keep) -> list[TrialRecord]:
    """Return the trials whose checkpoints are kept: of equals in an arm, the earlier."""
    if keep == "all":
        return list(trials)
    best = 1 if keep == "best" else keep
    arms = dict.fromkeys(trial.arm for trial in trials)
    return [trial for arm in arms for trial in _ranked(trials, arm)[:best]]


def drop_checkpoints(files: TrialFiles, trials: Sequence[TrialRecord], keep: Keep) -> None:
    """Remove the checkpoints of these trials that are not kept."""
    staying = {trial.trial_id for trial in kept(trials, keep)}
    for trial in trials:
        if trial.trial_id not in staying:
            _remove(files.checkpoint(trial.trial_id))


def _ranked(trials: Sequence[TrialRecord], arm: str) -> list[TrialRecord]:
    scored = [trial for trial in trials if trial.arm == arm and trial.value is not None]
    return sorted(scored, key=lambda trial: -(trial.value or 0.0))
