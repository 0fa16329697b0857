"""A segment: read back what is saved, train what is not, save it."""

import os
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from fashion_bench.config import Trial
from fashion_bench.data.images import Images
from fashion_bench.errors import MachineError
from fashion_bench.records import Progress, Segment, Underway
from fashion_bench.training.checkpoint import CheckpointStore, read_checkpoint
from fashion_bench.training.segment import train_segment
from tests.training.foreign import BOMBS
from tests.training.small import figures, make_config, make_segment, small_images

TRIALS = [make_config(seed, widths=(8 + seed, 9 - seed), dropout=0.2) for seed in range(3)]
NO_IMAGES = Images(
    pixels=torch.zeros(0, 28, 28), labels=torch.zeros(0), digest="", mean=(0,), std=(1,), classes=10
)
Result = list[tuple[list[list[float]], str | None]]


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    """An empty store."""
    return CheckpointStore(tmp_path / "study")


def result(progress: Sequence[Progress]) -> Result:
    """Return all that came of trials but the clock."""
    return [(figures(p.history).tolist(), p.checkpoint_sha256) for p in progress]


def files_of(store: CheckpointStore) -> dict[str, tuple[int, int]]:
    """Return every file with its inode and time of writing."""
    return {
        str(path.relative_to(store.folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in store.folder.rglob("*")
        if path.is_file()
    }


def test_a_segment_trains_and_saves(store: CheckpointStore) -> None:
    """Progress comes in the order of the trials, each with a checkpoint and a state on disk."""
    progress = train_segment(make_segment(TRIALS, 2), small_images(), store)
    assert [p.trial_id for p in progress] == ["s.a-0", "s.a-1", "s.a-2"]
    assert [[epoch.epoch for epoch in p.history] for p in progress] == [[1, 2]] * 3
    expected = {f"checkpoints/s.a-{i}.pt" for i in range(3)} | {
        f"resume/s.a-{i}@2.pt" for i in range(3)
    }
    assert set(files_of(store)) == expected


def test_a_segment_tells_how_far_its_trials_are(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last epoch of each trial, of fillers none; of what is read back nothing."""
    monkeypatch.setattr("fashion_bench.training.loop.EVERY", 0)
    told = list[Underway]()
    segment = replace(make_segment(TRIALS[:2], 2), lanes=3)
    progress = train_segment(segment, small_images(), store, tell=told.append)
    assert 0 < told[0].epochs < 1
    assert told[0].latest == {}
    assert told[-1].epochs == 2
    assert told[-1].latest == {each.trial_id: each.history[-1] for each in progress}
    told.clear()
    train_segment(segment, NO_IMAGES, store, tell=told.append)
    assert not told


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_segment_run_again_trains_nothing(store: CheckpointStore, lanes: int) -> None:
    """It needs no images, writes no file, and returns the same, the clock included."""
    segment = make_segment(TRIALS[:lanes], 2)
    first, files = train_segment(segment, small_images(), store), files_of(store)
    assert train_segment(segment, NO_IMAGES, store) == first
    assert files_of(store) == files


@pytest.mark.parametrize("lanes", [1, 3])
def test_rungs_change_nothing(tmp_path: Path, lanes: int) -> None:
    """Trained from rung to rung or in one go, from disk or not: the same bits."""
    straight, stepped = (
        CheckpointStore(tmp_path / "straight"),
        CheckpointStore(tmp_path / "stepped"),
    )
    train_segment(make_segment(TRIALS[:lanes], 1), small_images(), stepped)
    assert result(
        train_segment(make_segment(TRIALS[:lanes], 2, from_epoch=1), small_images(), stepped)
    ) == result(train_segment(make_segment(TRIALS[:lanes], 2), small_images(), straight))


def test_a_segment_goes_on_from_its_rung(store: CheckpointStore) -> None:
    """What was trained before is read back: those epochs keep their clock."""
    [before] = train_segment(make_segment(TRIALS[:1], 1), small_images(), store)
    [after] = train_segment(make_segment(TRIALS[:1], 2, from_epoch=1), small_images(), store)
    assert after.history[:1] == before.history


def tear(path: Path) -> None:
    """Leave half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def swap(path: Path) -> None:
    """Put another trial's state in its place."""
    path.write_bytes(path.with_name(path.name.replace("a-1", "a-2")).read_bytes())


def poison(disguise: str, path: Path) -> None:
    """Put a malicious pickle in its place."""
    path.write_bytes(BOMBS[disguise](path.parent / "victim"))


MISHAPS: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "torn": tear,
    "empty": lambda path: path.write_bytes(b""),
    "of another trial": swap,
    **{disguise: partial(poison, disguise) for disguise in BOMBS},
}


@pytest.mark.parametrize("mishap", MISHAPS.values(), ids=MISHAPS)
def test_a_damaged_result_is_trained_again(
    store: CheckpointStore, mishap: Callable[[Path], object]
) -> None:
    """From the rung before, with the same result; nothing is executed."""
    train_segment(make_segment(TRIALS, 1), small_images(), store)
    segment = make_segment(TRIALS, 2, from_epoch=1)
    expected = train_segment(segment, small_images(), store)
    mishap(store.state("s.a-1", 2))
    again = train_segment(segment, small_images(), store)
    assert result(again) == result(expected)
    assert [p.history[0] for p in again] == [p.history[0] for p in expected]
    assert train_segment(segment, NO_IMAGES, store) == again
    assert not (store.folder / "resume" / "victim").exists()


@pytest.mark.parametrize("mishap", MISHAPS.values(), ids=MISHAPS)
def test_a_damaged_rung_is_trained_again_from_the_start(
    store: CheckpointStore, mishap: Callable[[Path], object]
) -> None:
    """All trials of the segment start anew together, and come to the same."""
    train_segment(make_segment(TRIALS, 1), small_images(), store)
    segment = make_segment(TRIALS, 2, from_epoch=1)
    expected = train_segment(segment, small_images(), store)
    mishap(store.state("s.a-1", 1))
    store.state("s.a-1", 2).unlink()
    assert result(train_segment(segment, small_images(), store)) == result(expected)


def test_another_configuration_under_the_same_name_is_trained(store: CheckpointStore) -> None:
    """A result is recognised by its whole configuration."""
    [old] = train_segment(make_segment(TRIALS[:1], 1), small_images(), store)
    [new] = train_segment(make_segment(TRIALS[1:2], 1), small_images(), store)
    assert new.trial_id == old.trial_id
    assert result([new]) != result([old])


def test_a_diverged_trial_is_a_result(store: CheckpointStore) -> None:
    """Its history is short, it is not trained again, and its neighbours go on."""
    segment = make_segment([make_config(lr=1e30), TRIALS[0]], 2)
    mad, sound = train_segment(segment, small_images(), store)
    assert (mad.diverged, mad.checkpoint_sha256, len(mad.history)) == (True, None, 1)
    assert (sound.diverged, len(sound.history)) == (False, 2)
    assert repr(train_segment(segment, NO_IMAGES, store)) == repr((mad, sound))


# A machine that fails


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written to a folder, not even by root."""
    user, mode = os.geteuid(), folder.stat().st_mode
    folder.chmod(0o555)
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(mode)


@contextmanager
def file_in_the_way(folder: Path) -> Iterator[None]:
    """Have a file where the store's folder should be."""
    (folder / "study").touch()
    yield
    (folder / "study").unlink()


FAULTS: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "full disk": lambda folder: file_size_limit(1_000),
    "disk full after the checkpoint": lambda folder: file_size_limit(50_000),
    "read-only folder": read_only,
    "a file in the way": file_in_the_way,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_failing_machine_is_told_and_leaves_nothing_half_written(
    tmp_path: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """One line says what to do; what is on disk is whole; the same command then goes through."""
    store, segment = CheckpointStore(tmp_path / "study"), make_segment(TRIALS[:1], 1)
    with fault(tmp_path), pytest.raises(MachineError) as told:
        train_segment(segment, small_images(), store)
    assert str(told.value).startswith(f"{store.folder}")
    assert "then run the same command again" in str(told.value)
    for name in files_of(store):
        assert name == "checkpoints/s.a-0.pt"
        read_checkpoint(store.folder / name)
    assert store.progress(Trial(trial_id="s.a-0", config=TRIALS[0]), 1) is None
    again = train_segment(segment, small_images(), store)
    assert result(again) == result(
        train_segment(segment, small_images(), CheckpointStore(tmp_path / "new"))
    )


def test_a_write_that_fails_leaves_the_file_that_was_there(store: CheckpointStore) -> None:
    """With the disk full at the second rung, the first is still whole."""
    [first] = train_segment(make_segment(TRIALS[:1], 1), small_images(), store)
    later = make_segment(TRIALS[:1], 2, from_epoch=1)
    with file_size_limit(1_000), pytest.raises(MachineError):
        train_segment(later, small_images(), store)
    read_checkpoint(store.checkpoint("s.a-0"), first.checkpoint_sha256)
    [second] = train_segment(later, small_images(), store)
    assert second.history[:1] == first.history


@pytest.mark.parametrize("rungs", [(2,), (1, 2)], ids=["at once", "over a rung"])
def test_fillers_and_a_wider_slab_change_nothing(tmp_path: Path, rungs: tuple[int, ...]) -> None:
    """Trials in a cohort filled to 4 lanes of a wider slab score what they score alone."""
    trials = tuple(
        Trial(trial_id=f"s.a-{seed}", config=make_config(seed, widths=(8 - seed, 5), dropout=0.3))
        for seed in range(3)
    )
    store, reached, together = CheckpointStore(tmp_path / "together"), 0, ()
    for rung in rungs:
        segment = Segment(
            trials=trials, from_epoch=reached, until_epoch=rung, lanes=4, padded_arguments=(11, 7)
        )
        together, reached = train_segment(segment, small_images(), store), rung
    assert not store.checkpoint("s.a-3").exists()
    for trial, progress in zip(trials, together, strict=True):
        alone = Segment(trials=(trial,), until_epoch=rungs[-1])
        (expected,) = train_segment(alone, small_images(), CheckpointStore(tmp_path / "alone"))
        for one, other in zip(progress.history, expected.history, strict=True):
            assert one.valid_loss == pytest.approx(other.valid_loss, rel=1e-3)
            assert one.valid_accuracy == pytest.approx(other.valid_accuracy, abs=0.02)
