"""Killed at any named point, in whichever process gets there, a run loses nothing."""

from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL
from typing import Literal, get_args

import pytest

from fashion_bench.faults import Point
from tests.faults.processes import gone_after
from tests.faults.tiny_study import EXPERIMENT, FILE, end, order, start
from tests.faults.unharmed import assert_unharmed

Process = Literal["driver", "worker", "writer"]

# Who gets there. For the driver to get to a worker's it trains alone, which comes to the same.
POINTS: dict[Process, tuple[Point, ...]] = {
    "driver": (
        "ledger-made",
        "arm-opened",
        "asked",
        "mid-epoch",
        "before-rename",
        "after-rename",
        "checkpoint-saved",
        "trained",
        "row-appended",
        "ledger-written",
        "test-opened",
        "predicted",
        "arm-scored",
    ),
    "worker": ("worker-ready", "mid-epoch", "before-rename", "after-rename", "checkpoint-saved"),
    "writer": ("mlflow-made", "writer-ready", "run-created", "run-logged"),
}
MEASURING: tuple[Point, ...] = ("test-opened", "predicted", "arm-scored")
ALWAYS: set[tuple[Process, Point]] = {
    ("driver", "ledger-made"),
    ("driver", "row-appended"),
    ("driver", "predicted"),
    ("worker", "before-rename"),
    ("writer", "mlflow-made"),
}


def _cases() -> Iterator[object]:
    for process, points in POINTS.items():
        for point in points:
            often = () if (process, point) in ALWAYS else pytest.mark.faults
            yield pytest.param(process, point, marks=often, id=f"{point}-{process}")


def test_no_point_is_left_out() -> None:
    """Every point there is belongs to some process."""
    assert {point for points in POINTS.values() for point in points} == set(get_args(Point))


@pytest.mark.parametrize(("process", "point"), [*_cases()])
def test_killed_at_a_point_it_ends_as_if_it_never_stopped(
    process: Process, point: Point, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A driver's death ends all its processes, and any other's no study; both leave no trace."""
    text, whole = (EXPERIMENT, "whole_experiment") if point in MEASURING else (FILE, "whole")
    alone = "1" if process == "driver" else "2"
    killed = order(tmp_path, point)
    run = start(tmp_path, "--workers", alone, file_text=text)
    if process == "driver":
        run.wait(timeout=300)
        print(f"the others are gone after {gone_after(run.pid):.2f} s")
        end(run, -SIGKILL)
    else:
        _, told = end(run)
        assert ("A worker died (signal 9)." in told) == (process == "worker")
        assert ("MLflow is behind" in told) == (process == "writer")
    assert not killed.exists()
    if process != "worker":
        end(start(tmp_path, "--workers", alone, file_text=text))
    assert_unharmed(tmp_path, request.getfixturevalue(whole))


@pytest.mark.faults
def test_killed_while_predictions_are_written(tmp_path: Path, whole_experiment: Path) -> None:
    """What is half-written of them goes, and the opening is the same."""
    order(tmp_path, "test-opened")
    end(start(tmp_path, file_text=EXPERIMENT), -SIGKILL)
    killed = order(tmp_path, "before-rename")
    end(start(tmp_path, file_text=EXPERIMENT), -SIGKILL)
    assert not killed.exists()
    end(start(tmp_path, file_text=EXPERIMENT))
    assert_unharmed(tmp_path, whole_experiment)
