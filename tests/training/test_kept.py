"""What stays on the device from rung to rung: the same bits as read back, or trained again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fashion_bench.config import Trial
from fashion_bench.errors import MachineError
from fashion_bench.records import Progress, Segment
from fashion_bench.training import kept as kept_module
from fashion_bench.training import segment as segment_module
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.kept import Kept
from fashion_bench.training.segment import train_segment
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import RECIPE, figures, make_config, small_images

WIDE = (14, 9)
LANES = 4


def trials(number: int, name: str = "s.a") -> list[Trial]:
    """Return trials of three epochs that differ in width, seed and dropout."""
    recipe = replace(RECIPE, epochs=3)
    return [
        Trial(
            trial_id=f"{name}-{seed}",
            config=make_config(
                seed, recipe=recipe, widths=(8 + seed, 9 - seed), dropout=0.2 * (seed % 2)
            ),
        )
        for seed in range(number)
    ]


def segment(some: Sequence[Trial], start: int, *before: Segment, generation: int = 0) -> Segment:
    """Return the segment from one rung to the next."""
    return Segment(
        trials=tuple(some),
        from_epoch=start,
        until_epoch=start + 1,
        lanes=LANES,
        padded_arguments=WIDE,
        generation=generation,
        before=before,
    )


def rungs() -> list[Segment]:
    """Return a generation: two cohorts at the first rung, one of five survivors' three, one of two.

    The second has two trials and so two fillers; the third has survivors of both.
    """
    some = trials(6)
    first, second = segment(some[:4], 0), segment(some[4:], 0)
    third = segment([some[1], some[3], some[4]], 1, first, second)
    return [first, second, third, segment([some[3], some[4]], 2, third)]


Run = Callable[[Segment], tuple[Progress, ...]]


class Worker:
    """Trains segments, and tells what it trained."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.kept = CheckpointStore(folder), Kept()
        self.trained: list[tuple[int, int]] = []
        real = segment_module.advance

        def advance(cohort: Cohort, *given: object, **named: object) -> None:
            self.trained.append((cohort.epoch, given[1]))
            real(cohort, *given, **named)

        monkeypatch.setattr(segment_module, "advance", advance)

    def run(self, one: Segment) -> tuple[Progress, ...]:
        """Train a segment."""
        return train_segment(one, small_images(), self.store, kept=self.kept)

    def anew(self) -> None:
        """Be another worker, that has trained nothing."""
        self.kept.wait()
        self.kept = Kept()
        self.trained.clear()


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """One that keeps cohorts."""
    return Worker(tmp_path / "kept", monkeypatch)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What comes of the rungs where each is read back from a file."""
    store = CheckpointStore(tmp_path_factory.mktemp("read back"))
    return [came_of(train_segment(one, small_images(), store)) for one in rungs()]


def came_of(progress: Sequence[Progress]) -> list[object]:
    """Return all that came of trials but the clock."""
    return [(p.trial_id, figures(p.history).tolist(), p.checkpoint_sha256) for p in progress]


def has_parts(store: CheckpointStore, one: Segment) -> list[bool]:
    """Return of each trial of a segment whether it can be gone on with from its state."""
    return [store.lane(trial, one.until_epoch) is not None for trial in one.trials]


def test_kept_it_goes_on_with_the_same_bits(worker: Worker, expected: list[object]) -> None:
    """From rung to rung without a state to read; what tells of each rung is saved."""
    for one, came in zip(rungs(), expected, strict=True):
        assert came_of(worker.run(one)) == came
        assert not any(has_parts(worker.store, one))
    assert worker.trained == [(0, 1), (0, 1), (1, 2), (2, 3)]
    worker.anew()
    assert [came_of(worker.run(one)) for one in rungs()] == expected
    assert not worker.trained


def test_a_worth_while_state_is_saved_beside_and_read_back(
    worker: Worker, expected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker reads it, and trains nothing again."""
    monkeypatch.setattr(segment_module, "WORTH", 0.0)
    for one, came in zip(rungs(), expected, strict=True):
        assert came_of(worker.run(one)) == came
        worker.anew()
        assert all(has_parts(worker.store, one)) == (one.until_epoch < 3)


def test_a_new_worker_trains_again_what_its_trials_come_from(
    worker: Worker, expected: list[object]
) -> None:
    """Rung by rung, in the same cohorts; when epochs ended stays what was told."""
    *before, last = rungs()
    told = [worker.run(one) for one in before]
    worker.anew()
    found = worker.run(last)
    assert came_of(found) == expected[-1]
    assert worker.trained == [(0, 1), (0, 1), (1, 2), (2, 3)]
    for progress in found:
        (earlier,) = (each for each in told[-1] if each.trial_id == progress.trial_id)
        assert progress.history[:2] == earlier.history


def test_half_of_the_states_missing(
    worker: Worker, expected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the cohort of a trial that is nowhere is trained again; the others are read back."""
    monkeypatch.setattr(segment_module, "WORTH", 0.0)
    first, second, third, _ = rungs()
    for one in (first, second):
        worker.run(one)
    worker.anew()
    worker.store.state("s.a-4", 1).unlink()
    assert came_of(worker.run(third)) == expected[2]
    assert worker.trained == [(0, 1), (1, 2)]


def test_another_workers_cohort_is_trained_again_beside_ones_own(
    worker: Worker, expected: list[object]
) -> None:
    """What is kept here is gone on with."""
    first, second, third, _ = rungs()
    worker.run(first)
    worker.anew()
    worker.run(second)
    assert came_of(worker.run(third)) == expected[2]
    assert worker.trained == [(0, 1), (0, 1), (1, 2)]


def test_killed_between_checkpoint_and_state(
    worker: Worker, expected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rung of which some trials have only a checkpoint is trained again, to the same end."""
    first, second, third, last = rungs()
    for one in (first, second):
        worker.run(one)

    def killed(point: str) -> None:
        raise KeyboardInterrupt(point)

    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.training.checkpoint.reached", killed)
        with pytest.raises(KeyboardInterrupt):
            worker.run(third)
    assert all(worker.store.progress(trial, 2) is None for trial in third.trials)
    worker.anew()
    assert came_of(worker.run(third)) == expected[2]
    assert came_of(worker.run(last)) == expected[3]


def test_out_of_memory_what_is_kept_makes_room(
    worker: Worker, expected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on from the CPU's memory; only where that is not enough the error is raised."""
    first, second, third, _ = rungs()
    for one in (first, second):
        worker.run(one)
    real, short = segment_module.advance, [1, 1]

    def advance(*given: object, **named: object) -> None:
        if short and short.pop():
            raise torch.OutOfMemoryError("CUDA out of memory.")
        real(*given, **named)

    monkeypatch.setattr(segment_module, "advance", advance)
    moved: list[Cohort] = []
    on_cpu = kept_module.on_cpu
    monkeypatch.setattr(
        kept_module, "on_cpu", lambda cohort: moved.append(cohort) or on_cpu(cohort)
    )
    with pytest.raises(torch.OutOfMemoryError):
        worker.run(third)
    assert len(moved) == 2  # one cohort each, however many trials it has
    assert came_of(worker.run(third)) == expected[2]
    short[:] = [1]
    worker.kept = Kept()
    with pytest.raises(torch.OutOfMemoryError):
        worker.run(segment(trials(4, "s.b"), 0))


@pytest.mark.parametrize(("lanes", "there"), [(LANES, False), (1, True)])
def test_an_older_generation_is_dropped(worker: Worker, lanes: int, there: bool) -> None:
    """When a segment of a later one begins; where arms go on apart, one generation later."""
    older, newer = trials(1), trials(1, "s.b")
    worker.run(segment(older, 0, generation=3))
    worker.run(replace(segment(newer, 0, generation=4), lanes=lanes))
    assert (worker.kept.lane(older[0], 1) is not None) == there
    worker.run(replace(segment(trials(1, "s.c"), 0, generation=5), lanes=lanes))
    assert worker.kept.lane(older[0], 1) is None


def test_what_is_kept_is_of_that_trial_at_that_epoch(worker: Worker) -> None:
    """Another configuration under its name is another trial, and one that diverged goes nowhere."""
    one, mad = trials(1)[0], replace(trials(2)[1], config=make_config(lr=1e30))
    mad = replace(mad, config=replace(mad.config, recipe=one.config.recipe))
    worker.run(segment([one, mad], 0))
    assert worker.kept.lane(one, 1) is not None
    assert worker.kept.lane(one, 2) is None
    assert worker.kept.lane(replace(one, config=replace(one.config, seed=7)), 1) is None
    assert worker.kept.lane(mad, 1) is None


def test_a_disk_that_fills_up_beside_training_is_told(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the next answer."""
    monkeypatch.setattr(segment_module, "WORTH", 0.0)
    first, second, *_ = rungs()

    def full(*_: object, **__: object) -> None:
        raise MachineError("a disk", "is full", remedy="free space")

    with monkeypatch.context() as patch:
        patch.setattr(CheckpointStore, "save_state", full)
        with pytest.raises(MachineError, match="is full"):
            worker.run(first)
    real = CheckpointStore.save_state

    def full_of_parts(*given: object, whole: bool = True) -> None:
        if whole:
            full()
        real(*given, whole=whole)

    with monkeypatch.context() as patch:
        patch.setattr(CheckpointStore, "save_state", full_of_parts)
        worker.run(first)
        with pytest.raises(MachineError, match="is full"):
            worker.run(second)
    assert came_of(worker.run(first))
