"""Tests of ``analysis/rendering/terminal.py``: tables where there is little room."""

import pytest

from fashion_bench.analysis.document import Column, Document, Section, Table, columns_of
from tests.analysis.conftest import printed

STAGES = Table(
    columns=(
        *columns_of("stage", kind="words"),
        *columns_of("trials", "epochs_expected", "epochs_at_most"),
    ),
    rows=(
        {"stage": "survey", "trials": 32, "epochs_expected": 320, "epochs_at_most": 320},
        {"stage": "search", "trials": 256, "epochs_expected": 1024, "epochs_at_most": 2560},
    ),
    note="as the file has it",
)


def shown(table: Table[dict[str, object]], width: int) -> str:
    """Return a table as a terminal shows it."""
    return printed(Document(sections=(Section(blocks=(table,)),)), width)


NARROW = """\

 stage    trials   epochs expected
 ─────────────────────────────────
 survey       32               320
 search      256             1,024

as the file has it
not shown at this width: epochs at most
"""

WIDE = """\

 stage    trials   epochs expected   epochs at most
 ──────────────────────────────────────────────────
 survey       32               320              320
 search      256             1,024            2,560

as the file has it
"""


@pytest.mark.parametrize(("width", "text"), [(40, NARROW), (80, WIDE)])
def test_what_does_not_fit_is_left_out_and_told(width: int, text: str) -> None:
    """Columns from the right, whole; the first one stays, with all of its names."""
    assert shown(STAGES, width) == text


def test_two_columns_stay_however_narrow_it_is() -> None:
    """A name that is longer than the terminal is broken, and what stands beside it is told."""
    table = Table(
        columns=(Column("arm", lambda _: "a" * 60, "words"), *columns_of("best", "n")),
        rows=({"best": 0.8123, "n": 8},),
    )
    lines = shown(table, 30).splitlines()
    assert max(map(len, lines)) <= 30
    assert "".join(line.split()[0] for line in lines if "aaa" in line) == "a" * 60
    assert "0.8123" in shown(table, 30)
    assert lines[-1] == "not shown at this width: n"
