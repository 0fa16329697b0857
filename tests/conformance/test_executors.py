"""What every executor does, whichever it is."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.errors import (
    CohortMemoryError,
    DataError,
    FashionBenchError,
    MachineError,
    SegmentError,
)
from fashion_bench.execution.cluster.executor import RayExecutor
from fashion_bench.execution.cluster.joining import Cluster
from fashion_bench.execution.executor import Executor, MakeTrain
from fashion_bench.execution.local import LocalExecutor
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.records import Progress, Segment, Underway

sys.path.insert(0, str(Path(__file__).parents[1] / "execution"))  # workers import it too
import made_up_training as made_up
from made_up_training import curves, ignore, results_of

MakeExecutor = Callable[[MakeTrain], Executor]

EXECUTORS: dict[str, MakeExecutor] = {
    "local": LocalExecutor,
    "1 process": partial(ProcessExecutor, workers=1),
    "2 processes": partial(ProcessExecutor, workers=2),
    "3 processes": partial(ProcessExecutor, workers=3),
}


@pytest.fixture(scope="module")
def own_ray() -> Iterator[Cluster]:
    """A Ray of this machine's own."""
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join((str(Path(made_up.__file__).parent), before))
    with Cluster(address=None, cpus=2) as cluster:
        yield cluster
    os.environ["PYTHONPATH"] = before


@pytest.fixture(params=[*EXECUTORS, pytest.param("ray", marks=pytest.mark.cluster)])
def make_executor(request: pytest.FixtureRequest) -> MakeExecutor:
    """Each executor in turn."""
    if request.param == "ray":
        return partial(RayExecutor, cluster=request.getfixturevalue("own_ray"))
    return EXECUTORS[request.param]


def test_results_are_those_of_any_executor(make_executor: MakeExecutor) -> None:
    """Whoever trains and however many do, the results are the same."""
    segments = made_up.segments(7, trials=2)
    with make_executor(made_up.make_train) as executor:
        assert results_of(executor, segments) == curves(segments)


def test_each_segment_is_announced_once(make_executor: MakeExecutor) -> None:
    """``on_done`` hears of every segment once."""
    segments, heard = made_up.segments(5), list[Segment]()

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        heard.append(segment)
        return ()

    with make_executor(made_up.make_train) as executor:
        executor.run(segments, on_done)
    assert sorted(heard, key=segments.index) == segments


def test_what_follows_is_run_too(make_executor: MakeExecutor) -> None:
    """What ``on_done`` returns is trained, and what follows from that, until nothing does."""
    first, later = made_up.segments(3), made_up.segments(9, trials=2)[3:]
    left, heard = list(later), dict[Segment, tuple[Progress, ...]]()

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
        heard[segment] = progress
        following = left[: 2 * (segment not in first[1:])]  # of two of them nothing follows
        del left[: len(following)]
        return following

    with make_executor(made_up.make_train) as executor:
        executor.run(first, on_done)
    segments = [*first, *later]
    assert [heard[segment] for segment in segments] == curves(segments)


@pytest.mark.parametrize("one", ["local", "1 process"])
def test_the_earliest_generation_is_trained_first(one: str) -> None:
    """What follows overtakes what waits of later generations, and nothing of its own."""
    generations = 0, 2, 2, 1, 1, 0
    a, b, c, d, e, f = (
        replace(segment, generation=generation)
        for segment, generation in zip(made_up.segments(6), generations, strict=True)
    )
    done = list[Segment]()

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
        done.append(segment)
        return [e, f] if segment == a else []

    with EXECUTORS[one](made_up.make_train) as executor:
        executor.run([a, b, c, d], on_done)
    assert done == [a, f, d, e, b, c]


def test_a_segment_tells_how_far_it_is(make_executor: MakeExecutor) -> None:
    """``on_underway`` hears that it begins and of every epoch, in order, before it is done."""
    segments = [replace(one, from_epoch=1, until_epoch=4) for one in made_up.segments(3, trials=2)]
    heard: dict[Segment, list[float | str]] = {segment: [] for segment in segments}
    epochs = dict[str, list[float]]()

    def on_underway(segment: Segment, underway: Underway) -> None:
        heard[segment].append(underway.epochs)
        for trial_id, epoch in underway.latest.items():
            epochs.setdefault(trial_id, []).append(epoch.valid_accuracy)

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        heard[segment].append("done")
        return ()

    with make_executor(made_up.make_train) as executor:
        executor.run(segments, on_done, on_underway)
    assert list(heard.values()) == [[1, 2, 3, 4, "done"]] * 3
    assert epochs == {
        progress.trial_id: [epoch.valid_accuracy for epoch in progress.history[1:]]
        for of_segment in curves(segments)
        for progress in of_segment
    }


def test_an_exception_of_who_looks_on_ends_the_run(make_executor: MakeExecutor) -> None:
    """What ``on_underway`` raises is no trial's failure: it reaches the caller."""

    def on_underway(segment: Segment, underway: Underway) -> None:
        if underway.epochs:
            raise BrokenPipeError

    with make_executor(made_up.make_train) as executor:
        with pytest.raises(BrokenPipeError):
            executor.run(made_up.segments(3), ignore, on_underway)
        assert results_of(executor, made_up.segments(1)) == curves(made_up.segments(1))


def test_set_up_happens_once_per_worker(make_executor: MakeExecutor, tmp_path: Path) -> None:
    """However many segments and runs, a worker loads its data once."""
    count = partial(made_up.leave_pid, tmp_path)
    with make_executor(partial(made_up.make_train, set_up=count)) as executor:
        executor.run(made_up.segments(3), ignore)
        executor.run(made_up.segments(3), ignore)
    assert max(file.read_text().count("here") for file in tmp_path.iterdir()) == 1


def test_nothing_to_run_is_nothing_to_do(make_executor: MakeExecutor) -> None:
    """Without segments nothing is set up."""
    with make_executor(partial(made_up.make_train, set_up=made_up.be_wrong)) as executor:
        assert results_of(executor, []) == []


@pytest.mark.parametrize(
    ("mishap", "sentence"),
    [
        (made_up.fail, "RuntimeError: no kernel for this shape"),
        (made_up.miss_a_file, "FileNotFoundError: [Errno 2] No such file or directory: 'its.npy'"),
    ],
)
def test_an_exception_is_a_failure_of_its_segment(
    make_executor: MakeExecutor,
    caplog: pytest.LogCaptureFixture,
    mishap: made_up.Mishap,
    sentence: str,
) -> None:
    """An exception fails the trials of its segment, in one line; the rest go on."""
    segments = made_up.segments(3, trials=2)
    with make_executor(partial(made_up.make_train, {"s.a-2": mishap})) as executor:
        results = results_of(executor, segments)
    expected = curves(segments)
    expected[1] = tuple(
        Progress(trial_id=trial_id, history=(), failure=sentence) for trial_id in ("s.a-2", "s.a-3")
    )
    assert results == expected
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"in {mishap.__name__}" in caplog.text  # the traceback, for whoever looks into it


def test_a_trouble_of_the_machine_is_no_failure(make_executor: MakeExecutor) -> None:
    """It ends the run in one line, fails no trial, and the executor can be used again."""
    segments = [replace(one, from_epoch=1) for one in made_up.segments(3, trials=2)]
    mishaps = {"s.a-3": made_up.run_out_of_memory}
    heard: list[Progress] = []

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        heard.extend(progress)
        return ()

    with make_executor(partial(made_up.make_train, mishaps)) as executor:
        with pytest.raises(SegmentError) as caught:
            executor.run(segments, on_done)
        assert (caught.value.trials, caught.value.after) == (("s.a-2", "s.a-3"), 1)
        assert str(caught.value).startswith("s.a-2 and 1 trained with it: MemoryError")
        assert results_of(executor, made_up.segments(1)) == curves(made_up.segments(1))
    assert all(progress.failure is None for progress in heard)


def test_a_machine_that_cannot_set_up_is_told(make_executor: MakeExecutor) -> None:
    """So it is where there is no memory, or the disk fails, before anything is trained."""
    make = partial(made_up.make_train, set_up=made_up.read_a_bad_disk)
    told = r"training: cannot be set up \(OSError: .* Input/output error"
    with make_executor(make) as executor, pytest.raises(MachineError, match=told):
        executor.run(made_up.segments(2), ignore)


@pytest.mark.parametrize(
    ("mishap", "kind", "line"),
    [
        (made_up.miss_the_data, DataError, "data/train: is cut short (given: 17); fetch it again"),
        (made_up.fill_the_disk, MachineError, "checkpoints: no space left; free some"),
        (made_up.overfill, CohortMemoryError, "cuda: 4 trials do not fit; free some memory"),
    ],
)
def test_an_error_the_user_can_mend_ends_the_run(
    make_executor: MakeExecutor, mishap: made_up.Mishap, kind: type[FashionBenchError], line: str
) -> None:
    """An error meant for the user reaches the caller whole, and the executor can be used again."""
    with make_executor(partial(made_up.make_train, {"s.a-1": mishap})) as executor:
        with pytest.raises(FashionBenchError) as caught:
            executor.run(made_up.segments(4), ignore)
        assert type(caught.value) is kind
        assert str(caught.value) == line
        assert results_of(executor, made_up.segments(1)) == curves(made_up.segments(1))


def test_a_mendable_error_of_the_set_up_ends_the_run(make_executor: MakeExecutor) -> None:
    """Data missing when a worker sets up is told as such."""
    make = partial(made_up.make_train, set_up=made_up.miss_the_data)
    with make_executor(make) as executor, pytest.raises(DataError, match="is cut short"):
        executor.run(made_up.segments(2), ignore)


def test_a_bug_of_the_set_up_ends_the_run(make_executor: MakeExecutor) -> None:
    """A bug when a worker sets up fails no trial: it is raised, and says what it was."""
    make = partial(made_up.make_train, set_up=made_up.be_wrong)
    with (
        make_executor(make) as executor,
        pytest.raises((RuntimeError, ArithmeticError), match="a bug"),
    ):
        executor.run(made_up.segments(2), ignore)


def test_an_exception_of_the_listener_ends_the_run(make_executor: MakeExecutor) -> None:
    """What ``on_done`` raises reaches the caller, and the executor can be used again."""

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        raise KeyboardInterrupt

    with make_executor(made_up.make_train) as executor:
        with pytest.raises(KeyboardInterrupt):
            executor.run(made_up.segments(3), on_done)
        assert results_of(executor, made_up.segments(1)) == curves(made_up.segments(1))


def test_training_has_one_thread(make_executor: MakeExecutor) -> None:
    """Torch computes on one thread, so that its sums do not depend on the executor."""
    with make_executor(made_up.make_thread_counter) as executor:
        [[progress]] = results_of(executor, made_up.segments(1))
    assert len(progress.history) == 1
