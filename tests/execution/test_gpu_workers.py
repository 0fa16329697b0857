"""Worker processes on GPUs: made-up cards, real processes. What a card does is no trial's fault."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.errors import MachineError
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.gpus import VISIBLE, Gpu
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.records import Progress, Segment

sys.path.insert(0, str(Path(__file__).parent))  # workers import it too
import made_up_training as made_up
from made_up_training import Mishap, curves, ignore, results_of

GPUS = (Gpu("GPU-a1", "Tesla Z"), Gpu("MIG-GPU-b2/3/0", "Tesla Y MIG 1g.5gb"))
MendsAfter = Callable[[Path, int], Mishap]


@pytest.fixture(autouse=True)
def folder_of_locks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the locks of cards apart from those of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("locks")))
        yield


def on_cards(
    mishaps: dict[str, Mishap],
    set_up: Mishap = int,
    cards: int = 1,
    trial_seconds: float = float("inf"),
) -> ProcessExecutor:
    """Open workers on so many cards."""
    make = partial(made_up.make_train, mishaps, set_up)
    held = Cards(GPUS[:cards], None, "s")
    return ProcessExecutor(make, cards, trial_seconds=trial_seconds, cards=held)


def broken(folder: Path, times: int) -> Mishap:
    """Let the GPU break."""
    return partial(made_up.break_the_gpu, folder, times)


def killed(folder: Path, times: int) -> Mishap:
    """Let a signal end the worker, as a driver that crashes does."""
    return partial(made_up.die, folder, times)


MENDS: dict[str, MendsAfter] = {"broken": broken, "killed": killed}
SAYS = {"broken": r"the GPU stopped working \(CUDA error\)", "killed": "signal 9"}


def test_a_worker_sees_its_card_alone(tmp_path: Path) -> None:
    """Each of two workers has another one, and the driver's own environment stays as it was."""
    (met := tmp_path / "met").mkdir()
    (seen := tmp_path / "seen").mkdir()
    mine = os.environ.get(VISIBLE)
    meet = {f"s.a-{n}": partial(made_up.meet, met, 2) for n in range(2)}
    with on_cards(meet, partial(made_up.leave_card, seen), cards=2) as executor:
        executor.run(made_up.segments(2), ignore)
    assert sorted(file.read_text() for file in seen.iterdir()) == sorted(gpu.id for gpu in GPUS)
    assert os.environ.get(VISIBLE) == mine


def test_on_a_cpu_no_card_is_named(tmp_path: Path) -> None:
    """The environment is as it was."""
    make = partial(made_up.make_train, set_up=partial(made_up.leave_card, tmp_path))
    with ProcessExecutor(make, workers=1) as executor:
        executor.run(made_up.segments(1), ignore)
    assert [file.read_text() for file in tmp_path.iterdir()] == [os.environ.get(VISIBLE, "not set")]


@pytest.mark.parametrize("mishap", MENDS)
def test_a_card_that_breaks_twice_changes_nothing(tmp_path: Path, mishap: str) -> None:
    """Its segment runs again in a new worker on the same card: the list is the same."""
    (seen := tmp_path / "seen").mkdir()
    (left := tmp_path / "left").mkdir()
    segments = made_up.segments(3, trials=2)
    mishaps = {"s.a-2": MENDS[mishap](left, 2)}
    with on_cards(mishaps, partial(made_up.leave_card, seen)) as executor:
        assert results_of(executor, segments) == curves(segments)
    assert [file.read_text() for file in seen.iterdir()] == [GPUS[0].id] * 3


@pytest.mark.parametrize("mishap", MENDS)
@pytest.mark.parametrize("trials", [1, 2])
def test_a_card_that_stays_broken_ends_the_run(tmp_path: Path, mishap: str, trials: int) -> None:
    """One line names it; no trial failed, and what came before is kept."""
    heard: list[tuple[Progress, ...]] = []

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        heard.append(progress)
        return ()

    segments = made_up.segments(4, trials=trials)
    mishaps = {f"s.a-{2 * trials}": MENDS[mishap](tmp_path, 9)}
    with on_cards(mishaps) as executor, pytest.raises(MachineError, match=SAYS[mishap]) as caught:
        executor.run(segments, on_done)
    assert str(caught.value).startswith("Tesla Z: failed three times")
    assert len(str(caught.value).splitlines()) == 1
    assert heard == curves(segments[:2])
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("mishap", MENDS)
def test_a_card_that_no_worker_can_use_ends_the_run(tmp_path: Path, mishap: str) -> None:
    """So it is where it breaks before a worker is set up."""
    executor = on_cards({}, MENDS[mishap](tmp_path, 9))
    with executor, pytest.raises(MachineError, match=f"Tesla Z: failed three .*{SAYS[mishap]}"):
        executor.run(made_up.segments(1), ignore)


def test_a_trial_may_fail_on_a_card() -> None:
    """An error of its own code is its own; the rest go on."""
    segments = made_up.segments(3)
    with on_cards({"s.a-1": made_up.fail}) as executor:
        results = results_of(executor, segments)
    failed = "RuntimeError: no kernel for this shape"
    assert [result[0].failure for result in results] == [None, failed, None]


def test_trials_that_are_late_together_have_not_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody knows which of them hung: their worker is ended, and at last the run."""
    segments = made_up.segments(1, trials=2)
    hang = {"s.a-1": partial(made_up.hang, tmp_path)}
    told = "Tesla Z: failed three times.*no result within 0.5 seconds per trial"
    with on_cards(hang, trial_seconds=0.5) as executor, pytest.raises(MachineError, match=told):
        executor.run(segments, ignore)
    assert [record.message for record in caplog.records] == [
        "A worker died (no result within 0.5 seconds per trial)."
    ] * 3


def test_a_trial_that_is_late_alone_has_failed(tmp_path: Path) -> None:
    """As on a CPU, without another try."""
    hang = {"s.a-0": partial(made_up.hang, tmp_path)}
    with on_cards(hang, trial_seconds=0.5) as executor:
        [(progress,)] = results_of(executor, made_up.segments(1))
    assert progress.failure == "no result within 0.5 seconds per trial"


def test_a_segment_goes_to_the_card_that_has_its_trials(tmp_path: Path) -> None:
    """A worker that is free does not take from another what that trained before."""
    (met := tmp_path / "met").mkdir()
    (homes := tmp_path / "homes").mkdir()
    first = made_up.segments(2)
    names = [trial.trial_id for segment in first for trial in segment.trials]
    leave = {name: partial(made_up.leave_home, homes, name, met) for name in names}

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
        if segment.until_epoch >= 12:
            return []
        until = segment.until_epoch + 2
        at = segment.until_epoch
        return [replace(segment, from_epoch=at, until_epoch=until, before=(segment,))]

    with on_cards(leave, cards=2) as executor:
        executor.run(first, on_done)
    lines = {name: (homes / name).read_text().split() for name in names}
    assert all(len(found) == 6 for found in lines.values())
    assert len({*lines[names[0]]}) == len({*lines[names[1]]}) == 1
    assert lines[names[0]][0] != lines[names[1]][0]


def test_what_has_lost_its_home_is_trained_elsewhere(tmp_path: Path) -> None:
    """A worker that died is waited for by no segment."""
    [first] = made_up.segments(1)
    later = replace(first, from_epoch=2, until_epoch=4, before=(first,))

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
        return [later] if segment is first else []

    dies = {"s.a-0": partial(made_up.die_at_the_second, tmp_path)}
    with on_cards(dies) as executor:
        executor.run([first], on_done)
    assert len(list(tmp_path.iterdir())) == 3
