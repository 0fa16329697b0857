"""Tests of ``analysis/plots/audit.py``."""

import pytest

from fashion_bench.analysis.audit import Audit, RungAudit
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.plots.audit import MOST_RUNGS, draw_audit, heading_of, rungs_of


def row(arm: str = "a", rung: int = 1, controls: int = 0) -> RungAudit:
    """Return what came of three trials of an arm, the first so many of them controls."""
    return RungAudit(
        arm=arm,
        rung=rung,
        n=3,
        controls=controls,
        designated=tuple(place < controls for place in range(3)),
        at_rung=(0.5, 0.6, 0.7),
        at_end=(0.8, 0.9, 0.85),
        correlation=0.5,
        interval=Interval(low=-0.2, high=0.9, level=0.95),
    )


def test_a_panel_for_each_rung() -> None:
    """With every arm; of many rungs the first."""
    found = Audit(rungs=(row(), row(rung=3), row("b"), row("b", rung=3)))
    assert {rung: [one.arm for one in rows] for rung, rows in rungs_of(found).items()} == {
        1: ["a", "b"],
        3: ["a", "b"],
    }
    many = Audit(rungs=tuple(row(rung=rung) for rung in range(1, 10)))
    assert list(rungs_of(many)) == list(range(1, MOST_RUNGS + 1))


def test_a_heading_tells_the_ranks() -> None:
    """With their interval and n."""
    assert heading_of(row()) == "a: ranks 0.50 [-0.20, 0.90], n = 3"


@pytest.mark.parametrize("found", [Audit(), Audit(rungs=(row(), row("b", controls=3)))])
def test_an_audit_is_drawn(found: Audit) -> None:
    """Nothing, or some trials and controls; twice the same."""
    drawn = [draw_audit("made-up", found, ("a", "b")) for _ in range(2)]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]
