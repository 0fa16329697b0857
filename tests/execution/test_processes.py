"""What only the executor of worker processes does: survive them, and leave none behind."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from fashion_bench.errors import MachineError, SegmentError
from fashion_bench.execution import forkserver
from fashion_bench.execution.forkserver import FORKS, ForkServer
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.records import Progress, Segment

sys.path.insert(0, str(Path(__file__).parent))  # workers import it too
import made_up_training as made_up
from made_up_training import curves, ignore, results_of

# Unguarded, and read from standard input: its `__main__` cannot be imported.
DRIVER = """
import sys; sys.path.insert(0, {here!r})
from functools import partial
from pathlib import Path
import made_up_training as made_up
from fashion_bench.execution.processes import ProcessExecutor
hang = partial(made_up.hang, Path({folder!r}))
make = partial(made_up.make_train, {mishaps})
with ProcessExecutor(make, workers=2, trial_seconds={limit}) as executor:
    results = made_up.results_of(executor, made_up.segments(3))
    print(sum(progress.failure is None for [progress] in results))
"""


def lives(pid: int) -> bool:
    """Whether any thread of a process runs; a dead process nobody has waited for has none."""
    try:
        stats = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):  # one ended meanwhile
        return lives(pid)
    return any(stat.rpartition(")")[2].split()[0] != "Z" for stat in stats)


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes to hold within so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def kill_all(processes: list[int]) -> None:
    """Kill them, and return when they are dead."""
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: not any(map(lives, processes)), 60)


def pids(folder: Path) -> list[int]:
    """Return the ids that processes left here."""
    return [int(file.name) for file in folder.iterdir()]


def start_driver(folder: Path, mishaps: str, limit: float = 1e9) -> "subprocess.Popen[str]":
    """Start a driver in a group of its own."""
    here = str(Path(__file__).parent)
    script = folder.with_suffix(".py")
    text = DRIVER.format(here=here, folder=str(folder), mishaps=mishaps, limit=limit)
    script.write_text(text)
    with script.open() as stdin:
        return subprocess.Popen(
            [sys.executable, "-"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@contextmanager
def hanging_driver(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A driver both of whose workers are in the middle of a segment."""
    driver = start_driver(folder, '{"s.a-0": hang, "s.a-1": hang}')
    try:
        assert until(lambda: len(pids(folder)) == 2, 120)
        yield driver
    finally:
        driver.kill()
        driver.communicate()


def test_a_killed_worker_changes_nothing(tmp_path: Path) -> None:
    """A worker killed in a segment is replaced and its segment run again, twice if need be."""
    segments = made_up.segments(6)
    make = partial(made_up.make_train, {"s.a-2": partial(made_up.die, tmp_path, 2)})
    with ProcessExecutor(make, workers=2) as executor:
        assert results_of(executor, segments) == curves(segments)
    assert len(list(tmp_path.iterdir())) == 2


ENDS: dict[str, Callable[[Path], made_up.Mishap]] = {
    "signal 9": lambda folder: partial(made_up.die, folder, 9),
    "signal 11": lambda folder: partial(made_up.die, folder, 9, signal.SIGSEGV),
    "exit code 3": lambda _: partial(os._exit, 3),
}


@pytest.mark.parametrize("ended", ENDS)
def test_a_segment_that_always_ends_its_worker_ends_the_run(tmp_path: Path, ended: str) -> None:
    """Whether by a signal or an exit: nobody knows whose fault it is, so no trial has failed."""
    segments, heard = made_up.segments(4, trials=2), list[Progress]()

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        heard.extend(progress)
        return ()

    make = partial(made_up.make_train, {"s.a-2": ENDS[ended](tmp_path)})
    with ProcessExecutor(make, workers=1) as executor, pytest.raises(SegmentError) as caught:
        executor.run(segments, on_done)
    assert str(caught.value) == (
        f"s.a-2 and 1 trained with it: worker ended by {ended} three times, so training stops, and "
        "no trial has failed; see whether memory or disk ran out, then run the same command "
        "again: it goes on"
    )
    assert (caught.value.trials, caught.value.after) == (("s.a-2", "s.a-3"), 0)
    assert heard == list(curves(segments)[0])
    assert len(list(tmp_path.iterdir())) == (0 if "code" in ended else 3)


def test_a_worker_that_is_stopped_is_not_late() -> None:
    """Time in which a worker could not run, as in a debugger, is not its trial's."""
    segments = made_up.segments(2)
    make = partial(made_up.make_train, {"s.a-0": partial(made_up.stop_for, 4)})
    with ProcessExecutor(make, workers=1, trial_seconds=1.5) as executor:
        assert results_of(executor, segments) == curves(segments)


@pytest.mark.faults
def test_time_in_which_nobody_could_run_is_no_trials(tmp_path: Path) -> None:
    """Driver and workers stopped together, as by Ctrl-Z, and going on, no trial is late."""
    (folder := tmp_path / "driver").mkdir()
    began = folder / "began"
    mishaps = f'{{"s.a-0": partial(made_up.nap, Path({str(began)!r}), 4)}}'
    driver = start_driver(folder, mishaps, limit=6)
    try:
        assert until(began.exists, 120)
        os.killpg(driver.pid, signal.SIGSTOP)
        time.sleep(9)
        os.killpg(driver.pid, signal.SIGCONT)
        out, err = driver.communicate(timeout=60)
    finally:
        driver.kill()
    assert (out, err, driver.returncode) == ("3\n", "", 0)


def test_a_limit_may_be_beyond_what_can_be_waited_for() -> None:
    """A system's call waits for weeks at most; a limit of years is one all the same."""
    segments = made_up.segments(2)
    with ProcessExecutor(made_up.make_train, workers=1, trial_seconds=6e13) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_a_hanging_segment_fails(tmp_path: Path) -> None:
    """A segment over its time fails without another try, its worker is gone, the rest go on."""
    segments = made_up.segments(3)
    make = partial(made_up.make_train, {"s.a-0": partial(made_up.hang, tmp_path)})
    with ProcessExecutor(make, workers=1, trial_seconds=3) as executor:
        results = results_of(executor, segments)
        [hanging] = pids(tmp_path)
        assert not lives(hanging)
    failure = Progress(trial_id="s.a-0", history=(), failure="no result within 3 seconds per trial")
    assert results == [(failure,), *curves(segments)[1:]]


def test_the_time_is_for_each_trial() -> None:
    """A segment of thirty trials has thirty times the time of one."""
    segments = made_up.segments(1, trials=30)
    nap = partial(time.sleep, 0.05)
    make = partial(made_up.make_train, {trial.trial_id: nap for trial in segments[0].trials})
    with ProcessExecutor(make, workers=1, trial_seconds=1) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_setting_up_is_not_the_trials_time() -> None:
    """Loading the data may take longer than a trial."""
    segments = made_up.segments(1)
    make = partial(made_up.make_train, set_up=partial(time.sleep, 3.5))
    with ProcessExecutor(make, workers=1, trial_seconds=3) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_workers_that_cannot_start_end_the_run(tmp_path: Path) -> None:
    """Workers that die while they set up fail no trial: the machine has failed."""
    make = partial(made_up.make_train, set_up=partial(made_up.die, tmp_path, 9))
    with ProcessExecutor(make, workers=1) as executor, pytest.raises(MachineError) as caught:
        executor.run(made_up.segments(2), ignore)
    assert str(caught.value) == (
        "workers: 3 died (signal 9) before they were set up (given: 1); "
        "look for free memory, or ask for fewer workers"
    )


def test_workers_that_never_listen_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that ends at once, before it is told what to do, is the machine's failure."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    more_than_a_pipe_holds = partial(len, bytes(4_000_000))
    make = partial(made_up.make_train, set_up=more_than_a_pipe_holds)
    with ProcessExecutor(make, 1) as executor, pytest.raises(MachineError, match="exit code 1"):
        executor.run(made_up.segments(1), ignore)


def test_one_death_at_the_start_is_nothing(tmp_path: Path) -> None:
    """A worker that dies while it sets up is replaced."""
    segments = made_up.segments(2)
    make = partial(made_up.make_train, set_up=partial(made_up.die, tmp_path, 1))
    with ProcessExecutor(make, workers=2) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_workers_that_die_idle_are_replaced(tmp_path: Path) -> None:
    """Workers that all died between two runs are missed by nobody."""
    segments = made_up.segments(3)
    make = partial(made_up.make_train, set_up=partial(made_up.meet, tmp_path, 3))
    with ProcessExecutor(make, workers=3) as executor:
        executor.run(segments, ignore)
        kill_all(pids(tmp_path))
        assert results_of(executor, segments) == curves(segments)


def test_an_idle_death_is_no_segments_fault(tmp_path: Path) -> None:
    """A death before a segment was given does not count among its three."""
    (idle := tmp_path / "idle").mkdir()
    (dead := tmp_path / "dead").mkdir()
    segments = made_up.segments(2)
    twice = {"s.a-1": partial(made_up.die, dead, 2)}
    make = partial(made_up.make_train, twice, set_up=partial(made_up.leave_pid, idle))
    with ProcessExecutor(make, workers=1) as executor:
        executor.run(segments[:1], ignore)
        kill_all(pids(idle))
        assert results_of(executor, segments[1:]) == curves(segments[1:])
    assert len(list(dead.iterdir())) == 2


def test_a_slow_listener_is_not_a_slow_worker(tmp_path: Path) -> None:
    """A segment that is done in time counts, though the driver was too busy to hear of it."""
    segments = made_up.segments(2)
    naps = {"s.a-0": partial(time.sleep, 0.1), "s.a-1": partial(time.sleep, 0.3)}
    make = partial(made_up.make_train, naps, set_up=partial(made_up.meet, tmp_path, 2))
    busy = iter([3.5, 0])  # until the second is late, and then no more
    heard = list[tuple[Progress, ...]]()

    def listen(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        time.sleep(next(busy))
        heard.append(progress)
        return ()

    with ProcessExecutor(make, workers=2, trial_seconds=3) as executor:
        executor.run(segments, listen)
    assert heard == curves(segments)


def test_workers_are_kept(tmp_path: Path) -> None:
    """A second run meets the workers of the first, with their data loaded."""
    make = partial(made_up.make_train, set_up=partial(made_up.leave_pid, tmp_path))
    with ProcessExecutor(make, workers=1) as executor:
        executor.run(made_up.segments(2), ignore)
        executor.run(made_up.segments(2), ignore)
    assert len(pids(tmp_path)) == 1


def test_segments_start_in_the_order_given(tmp_path: Path) -> None:
    """The first segments are the first to be trained, also one whose worker died."""
    done: list[Segment] = []

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        done.append(segment)
        return ()

    make = partial(made_up.make_train, {"s.a-1": partial(made_up.die, tmp_path, 1)})
    with ProcessExecutor(make, workers=1) as executor:
        executor.run(made_up.segments(5), on_done)
    assert done == made_up.segments(5)


def test_hundreds_of_small_segments() -> None:
    """Many segments go through few workers."""
    segments = made_up.segments(500)
    with ProcessExecutor(made_up.make_train, workers=2) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_a_segment_larger_than_a_pipe() -> None:
    """A cohort that fills the pipe many times over goes through it."""
    segments = made_up.segments(2, trials=5_000)
    with ProcessExecutor(made_up.make_train, workers=2) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_closing_leaves_no_process(tmp_path: Path) -> None:
    """After ``with`` the workers are gone."""
    make = partial(made_up.make_train, set_up=partial(made_up.leave_pid, tmp_path))
    with ProcessExecutor(make, workers=2) as executor:
        executor.run(made_up.segments(2), ignore)
        assert any(map(lives, pids(tmp_path)))
    assert not any(map(lives, pids(tmp_path)))


def test_a_run_that_raises_leaves_no_process(tmp_path: Path) -> None:
    """When a run is given up, workers in the middle of a segment are ended at once."""
    (here := tmp_path / "here").mkdir()
    (hanging := tmp_path / "hanging").mkdir()

    def give_up(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        raise KeyboardInterrupt

    hang = {"s.a-1": partial(made_up.hang, hanging)}
    make = partial(made_up.make_train, hang, set_up=partial(made_up.meet, here, 2))
    with ProcessExecutor(make, workers=2) as executor:
        with pytest.raises(KeyboardInterrupt):
            executor.run(made_up.segments(2), give_up)
        assert not any(map(lives, pids(here)))


def test_no_more_workers_than_segments(tmp_path: Path) -> None:
    """A worker nobody needs is not started."""
    nap = {"s.a-0": partial(time.sleep, 0.7)}
    make = partial(made_up.make_train, nap, set_up=partial(made_up.leave_pid, tmp_path))
    with ProcessExecutor(make, workers=3) as executor:
        executor.run(made_up.segments(1), ignore)
    assert len(pids(tmp_path)) == 1


def test_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are told to use one thread, whatever the driver's environment says and keeps."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    make = partial(made_up.make_train, set_up=made_up.insist_on_one_thread)
    with ProcessExecutor(make, workers=1) as executor:
        executor.run(made_up.segments(1), ignore)
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_what_cannot_travel_is_refused_at_once() -> None:
    """A training no worker could be given is refused before anything starts."""
    with pytest.raises((AttributeError, pickle.PicklingError)):
        ProcessExecutor(lambda: made_up.make_train(), workers=1)


def test_what_a_worker_cannot_import_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that only the driver can import ends the run, and the reason is told."""
    module = ModuleType("known_to_the_driver")
    exec("def make_train(): pass", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with (
        ProcessExecutor(module.make_train, workers=1) as executor,
        pytest.raises(RuntimeError, match="No module named 'known_to_the_driver'"),
    ):
        executor.run(made_up.segments(1), ignore)


def test_any_main_module_will_do(tmp_path: Path) -> None:
    """A driver typed into an interpreter, without a guard, is not run again by its workers."""
    driver = start_driver(tmp_path, "{}")
    out, err = driver.communicate(timeout=60)
    assert (out, err, driver.returncode) == ("3\n", "", 0)


def test_workers_end_with_a_killed_driver(tmp_path: Path) -> None:
    """When the driver is killed, its workers end too, in the middle of a segment of an hour."""
    with hanging_driver(tmp_path) as driver:
        workers = pids(tmp_path)
        assert all(map(lives, workers))
        driver.kill()
        assert until(lambda: not any(map(lives, workers)), 20)


def test_ctrl_c_ends_the_driver_and_its_workers(tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group: the driver alone is interrupted, and ends its workers."""
    with hanging_driver(tmp_path) as driver:
        os.killpg(driver.pid, signal.SIGINT)
        _, err = driver.communicate(timeout=60)
        assert err.count("KeyboardInterrupt") == 1
        assert driver.returncode == -signal.SIGINT
        assert not any(map(lives, pids(tmp_path)))


def test_workers_leave_ctrl_c_to_the_driver(tmp_path: Path) -> None:
    """A worker that gets SIGINT trains on."""
    segments = made_up.segments(2)
    interrupt = {"s.a-0": made_up.interrupt_itself}
    make = partial(made_up.make_train, interrupt, set_up=partial(made_up.leave_pid, tmp_path))
    with ProcessExecutor(make, workers=1) as executor:
        assert results_of(executor, segments) == curves(segments)
    assert len(pids(tmp_path)) == 1


def test_workers_share_what_was_prepared(tmp_path: Path) -> None:
    """What workers need is done once, in the process that they are forked from."""
    server = ForkServer()
    server.prepare(partial(made_up.leave_pid, tmp_path))
    assert server.ask(os.getpid) in pids(tmp_path)
    make = partial(made_up.make_train, set_up=partial(made_up.leave_pid, tmp_path))
    with ProcessExecutor(make, workers=2, server=server) as executor:
        executor.run(made_up.segments(4), ignore)
    [parent, *others] = sorted(pids(tmp_path), key=lambda pid: pid != server.ask(os.getpid))
    assert others
    assert not any(map(lives, others))
    assert lives(parent)
    server.close()
    assert not lives(parent)


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux alone")
def test_where_a_thread_was_begun_nothing_is_forked(tmp_path: Path) -> None:
    """Each worker is then an interpreter of its own, and answers alike."""
    for prepared, forked in ((made_up.do_nothing, True), (made_up.begin_a_thread, False)):
        (folder := tmp_path / prepared.__name__).mkdir()
        server = ForkServer()
        server.prepare(prepared)
        make = partial(made_up.make_train, set_up=partial(made_up.leave_command, folder))
        segments = made_up.segments(2)
        with ProcessExecutor(make, workers=1, server=server) as executor:
            assert results_of(executor, segments) == curves(segments)
        server.close()
        [worker] = folder.iterdir()
        assert ("forkserver" in worker.read_text()) == forked


def test_without_proc_nothing_is_forked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody can count threads there: each worker is an interpreter of its own."""
    monkeypatch.setattr(forkserver, "_TASKS", tmp_path / "none")
    assert not forkserver._may_fork()


def test_who_asks_a_dying_process_is_told() -> None:
    """It waits for no answer from another that was never asked; the next one answers."""
    server = ForkServer()
    with pytest.raises((EOFError, OSError)):
        server.ask(partial(os._exit, 3))
    assert server.ask(os.getpid) > 0
    server.close()


def test_workers_end_with_what_they_are_forked_from(tmp_path: Path) -> None:
    """If that is killed its workers die with it, and are started anew from another."""
    (hanging := tmp_path / "hanging").mkdir()
    server = ForkServer()
    dying = partial(made_up.kill_the_parent_once, hanging)
    segments = made_up.segments(3)
    with ProcessExecutor(
        partial(made_up.make_train, {"s.a-0": dying}), workers=2, server=server
    ) as executor:
        first = server.ask(os.getpid)
        assert results_of(executor, segments) == curves(segments)
        assert server.ask(os.getpid) != first
    server.close()
    assert not any(map(lives, [first, *pids(hanging)]))


def test_what_is_asked_is_answered_or_raised() -> None:
    """An answer travels back, and so does an exception; asking goes on after it."""
    server = ForkServer()
    with pytest.raises(ZeroDivisionError, match="a bug"):
        server.ask(made_up.be_wrong)
    server.prepare(made_up.be_wrong)
    assert server.ask(partial(max, 3, 4)) == 4
    server.close()


def test_workers_draw_apart(tmp_path: Path) -> None:
    """Code that draws without a seed does not draw the same in all workers."""
    server = ForkServer()
    server.prepare(made_up.draw)
    make = partial(made_up.make_train, set_up=partial(made_up.leave_a_draw, tmp_path))
    with ProcessExecutor(make, workers=3, server=server) as executor:
        executor.run(made_up.segments(3), ignore)
    server.close()
    assert len({file.read_text() for file in tmp_path.iterdir()}) == 3
