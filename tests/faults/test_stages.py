"""A study in stages that is killed in each of them ends as one that was not."""

from pathlib import Path
from signal import SIGKILL

import pytest

from fashion_bench.faults import Point
from tests.faults.tiny_study import NAME, STAGES, end, order, record, start
from tests.faults.unharmed import assert_unharmed

OF_STAGES = (f"{NAME}.survey", NAME, f"{NAME}.confirm")

# Each life gets through what the one before had recorded: so twice each, stage by stage.
POINTS: tuple[Point, ...] = ("trained", "ledger-written") * len(OF_STAGES)


@pytest.mark.faults
def test_killed_in_every_stage_it_ends_as_if_it_never_stopped(tmp_path: Path) -> None:
    """No trial of any stage is lost, doubled or other; MLflow has the same of each."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    end(start(whole, file_text=STAGES))
    came = []
    for point in POINTS:
        ordered = order(killed, point)
        run = start(killed, "--workers", "1", file_text=STAGES)
        run.wait(timeout=300)
        end(run, -SIGKILL)
        assert not ordered.exists()
        came.append(sum(len(stage.trials) for stage in record(killed).stages))
    assert came == [0, 4, 4, 8, 8, 12]
    end(start(killed, file_text=STAGES))
    for name in OF_STAGES:
        assert_unharmed(killed, whole, name)
