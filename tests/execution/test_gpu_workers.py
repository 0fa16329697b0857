"""Workers on GPUs: one on each, and what breaks there is never a trial's fault."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.errors import GpuError, MachineError
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.gpus import VISIBLE, Gpu
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.records import Progress, Segment
from tests.execution import made_up_training as made_up
from tests.execution.made_up_training import curves, results_of

SAID = "the GPU stopped working (CUDA error: an illegal memory access was encountered)"


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Cards]:
    """Return what takes so many made-up cards."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return lambda number: Cards([Gpu(f"GPU-{n}", "Tesla Z") for n in range(number)], None, "s")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder where workers leave word."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def break_down(folder: Path, times: int) -> None:
    """Raise what an error of the GPU becomes, the first so many times."""
    so_far = len(list(folder.iterdir()))
    if so_far < times:
        (folder / f"{so_far}").touch()
        raise GpuError("cuda", SAID, remedy="run the same command again")


def leave_card(folder: Path, count: int) -> None:
    """Leave what card this process may see, and go on when so many processes have."""
    (folder / str(os.getpid())).write_text(os.environ[VISIBLE])
    while len(list(folder.iterdir())) < count:
        time.sleep(0.02)


def test_each_worker_sees_its_own_card(cards: Callable[[int], Cards], here: Path) -> None:
    """And no other: for it that is the only one."""
    make = partial(made_up.make_train, set_up=partial(leave_card, here, 2))
    with ProcessExecutor(make, workers=2, cards=cards(2)) as executor:
        results_of(executor, made_up.segments(4))
    assert sorted(path.read_text() for path in here.iterdir()) == ["GPU-0", "GPU-1"]


def test_a_gpu_that_breaks_twice_changes_nothing(
    cards: Callable[[int], Cards], here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each time its worker is replaced, and the segment run again."""
    segments = made_up.segments(4)
    make = partial(made_up.make_train, {"s.a-2": partial(break_down, here, 2)})
    with ProcessExecutor(make, workers=1, cards=cards(1)) as executor:
        assert results_of(executor, segments) == curves(segments)
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"A worker died ({SAID})."] * 2


@pytest.mark.parametrize(
    ("mishap", "how"), [(break_down, SAID), (made_up.die, "signal 9")], ids=["error", "signal"]
)
def test_a_gpu_that_stays_broken_ends_the_run(
    cards: Callable[[int], Cards], here: Path, mishap: Callable[[Path, int], None], how: str
) -> None:
    """After the third time, in one line; no trial has failed, and what was done before is kept."""
    done: list[tuple[Progress, ...]] = []

    def on_done(_: Segment, progress: tuple[Progress, ...]) -> Sequence[Segment]:
        done.append(progress)
        return ()

    segments = made_up.segments(4, trials=2)
    make = partial(made_up.make_train, {"s.a-2": partial(mishap, here, 99)})
    with (
        ProcessExecutor(make, workers=1, cards=cards(1)) as executor,
        pytest.raises(MachineError, match=r"^Tesla Z: failed 3 times in a row") as caught,
    ):
        executor.run(segments, on_done)
    assert how in str(caught.value)
    assert "\n" not in str(caught.value)
    assert done == curves(segments)[:1]
    assert len(list(here.iterdir())) == 3


def test_a_gpu_that_cannot_be_set_up_is_named(cards: Callable[[int], Cards], here: Path) -> None:
    """Three workers that never came so far are no reason to look for memory or fewer workers."""
    make = partial(made_up.make_train, set_up=partial(made_up.die, here, 9))
    with (
        ProcessExecutor(make, workers=1, cards=cards(1)) as executor,
        pytest.raises(MachineError, match=r"^Tesla Z: failed 3 times"),
    ):
        results_of(executor, made_up.segments(1))


def test_who_hung_in_a_cohort_nobody_knows(cards: Callable[[int], Cards], here: Path) -> None:
    """Of several trials that take too long none has failed; one alone has, as on a CPU."""
    make = partial(made_up.make_train, {"s.a-0": partial(made_up.hang, here)})
    with ProcessExecutor(make, workers=1, trial_seconds=1, cards=cards(1)) as executor:
        [[alone]] = results_of(executor, made_up.segments(1))
        assert alone.failure == "no result within 1 seconds per trial"
        with pytest.raises(MachineError, match="no trial has failed \\(no result within 1 sec"):
            results_of(executor, made_up.segments(1, trials=2))


def test_trials_go_on_where_their_states_are(cards: Callable[[int], Cards], here: Path) -> None:
    """A segment goes to the worker that trained its trials, whichever comes first in turn."""
    first = made_up.segments(2)
    mishaps = {f"s.a-{n}": partial(leave_word, here / f"s.a-{n}") for n in range(2)}
    rungs, waiting = iter(range(2, 8)), list[Segment]()

    def on_done(segment: Segment, _: tuple[Progress, ...]) -> Sequence[Segment]:
        waiting.append(segment)
        if len(waiting) < 2 or (rung := next(rungs, None)) is None:
            return ()
        both = sorted(waiting, key=lambda one: one.trials[0].trial_id, reverse=rung % 2 == 0)
        waiting.clear()
        return [replace(one, from_epoch=rung, until_epoch=rung + 1, before=(one,)) for one in both]

    make = partial(made_up.make_train, mishaps, set_up=partial(made_up.meet, here, 2))
    with ProcessExecutor(make, workers=2, cards=cards(2)) as executor:
        executor.run(first, on_done)
    words = [(here / f"s.a-{n}").read_text().split() for n in range(2)]
    assert [len(processes) for processes in words] == [7, 7]
    assert [len(set(processes)) for processes in words] == [1, 1]


def leave_word(file: Path) -> None:
    """Add this process's id, and take a moment: so the other worker is free first at times."""
    with file.open("a") as written:
        written.write(f"{os.getpid()}\n")
    time.sleep(0.05)
