"""Killed at any named point, in whichever process gets there, a run loses nothing.

A story is a run that is killed at one point after the other, each time in a new life.
"""

from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL
from typing import Literal, get_args

import pytest

from fashion_bench.faults import Point
from tests.faults.processes import gone_after
from tests.faults.tiny_study import EXPERIMENT, FILE, end, order, rows, start
from tests.faults.unharmed import assert_unharmed

Process = Literal["driver", "worker", "writer"]

# Who gets there, in the order of a run: each life gets to the next point or beyond the last one.
# For the driver to get to a worker's it trains alone, which comes to the same.
STORIES: tuple[tuple[Process, tuple[Point, ...]], ...] = (
    ("driver", ("ledger-made", "arm-opened", "asked", "mid-epoch", "before-rename")),
    ("driver", ("after-rename", "checkpoint-saved", "trained", "rows-added", "ledger-written")),
    ("driver", ("test-opened", "before-rename", "predicted", "arm-scored")),
    # A segment whose worker dies for the third time has failed; setting up is no segment's.
    ("worker", ("worker-ready", "mid-epoch", "before-rename")),
    ("worker", ("after-rename", "checkpoint-saved")),
    ("writer", ("mlflow-made", "writer-ready", "run-created", "run-logged", "arm-told")),
)
GENERATION = 4  # trials of two arms together, in the study and in the experiment
SHORT: tuple[Process, tuple[Point, ...]] = ("driver", ("rows-added",))


def _stories() -> Iterator[object]:
    yield pytest.param(*SHORT, id="driver-short")
    for process, points in STORIES:
        yield pytest.param(process, points, marks=pytest.mark.faults, id=f"{process}-{points[0]}")


def test_no_point_is_left_out() -> None:
    """Every point there is belongs to some process."""
    assert {point for _, points in STORIES for point in points} == set(get_args(Point))


@pytest.mark.parametrize(("process", "points"), [*_stories()])
def test_killed_at_points_it_ends_as_if_it_never_stopped(
    process: Process, points: tuple[Point, ...], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A driver's death ends all its processes, and any other's no study; none leaves a trace."""
    of_experiment = "test-opened" in points
    text, whole = (EXPERIMENT, "whole_experiment") if of_experiment else (FILE, "whole")
    if process == "worker":
        run_though_workers_die(tmp_path, points)
    else:
        for point in points:
            (die if process == "driver" else run_though_the_writer_dies)(tmp_path, point, text)
        end(start(tmp_path, file_text=text))
    assert_unharmed(tmp_path, request.getfixturevalue(whole))


def die(folder: Path, point: Point, text: str) -> None:
    """Start the command and have its driver killed at a point."""
    killed = order(folder, point)
    run = start(folder, "--workers", "1", file_text=text)
    run.wait(timeout=300)
    print(f"{point}: the others are gone after {gone_after(run.pid):.2f} s")
    end(run, -SIGKILL)
    assert not killed.exists()
    assert rows(folder) % GENERATION == 0, "a generation is in the ledger whole or not at all"


def run_though_the_writer_dies(folder: Path, point: Point, text: str) -> None:
    """Run the command to its end with its writer killed at a point, which it tells."""
    killed = order(folder, point)
    _, told = end(start(folder, file_text=text))
    assert "MLflow is behind" in told, point
    assert not killed.exists()


def run_though_workers_die(folder: Path, points: tuple[Point, ...]) -> None:
    """Run the study to its end, with a worker killed at each of the points."""
    killed = [order(folder, point) for point in points]
    _, told = end(start(folder))
    assert told.count("A worker died (signal 9).") == len(points)
    assert "MLflow is behind" not in told
    assert not any(each.exists() for each in killed)
