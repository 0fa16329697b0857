"""Every contestant beside the plain loop and the notebook's."""

import pytest

from fashion_bench.bench.contestants import NOTEBOOK, PLAIN
from fashion_bench.bench.engine import engine_table
from fashion_bench.bench.machine import Peaks
from fashion_bench.bench.measure import Fresh, Rounds
from fashion_bench.bench.tables import Row, Spread, Table
from fashion_bench.config import Recipe
from tests.bench.made_up import make_contestant

ENGINE = make_contestant("engine", trials=2)
CNN = make_contestant("engine, CNN", model="cnn", part="tenth")


def peaks(gflops: float) -> Peaks:
    """A device that multiplies so fast as the engine asks, and half as fast by itself."""
    return Peaks(own_gflops=gflops / 2, fast_gflops=gflops, copy_gb=1.0)


@pytest.fixture(name="table")
def make_table() -> Table:
    """Two rounds of four contestants, the second at half the speed."""
    seconds = {NOTEBOOK: 140.0, PLAIN: 20.0, ENGINE: 10.0, CNN: 1_000.0}
    rounds = Rounds(
        seconds={each.name: [took, 2 * took] for each, took in seconds.items()},
        first={each.name: 99.0 for each in seconds},
        peaks=[peaks(100.0), peaks(50.0)],
    )
    return engine_table(tuple(seconds), Recipe(), rounds, {"engine": Fresh(1.5, 612.0)})


def ends(row: Row, heading: str) -> tuple[float, float]:
    """The lowest and the highest of a figure."""
    figure = row[heading]
    assert isinstance(figure, Spread)
    return figure.low, figure.high


def test_a_row_is_told_beside_the_plain_loop_and_the_notebook(table: Table) -> None:
    """Half the plain loop's seconds, a fourteenth of the notebook's, in both rounds."""
    row = table.rows[2]
    assert row["what"] == "engine"
    assert ends(row, "s per trial") == (10.0, 20.0)
    assert ends(row, "÷ plain") == (0.5, 0.5)
    assert ends(row, "notebook ÷ it") == (14.0, 14.0)
    assert (row["start, s"], row["peak, MiB"]) == (1.5, 612.0)
    assert row["measured"] == "10 epochs, 2 trials"


def test_the_part_of_the_peak_is_by_the_peak_of_its_round(table: Table) -> None:
    """533 GFLOP in 10 s, of the better peak, 100 a second; in the second round half of both."""
    assert table.rows[2]["of peak, %"] == pytest.approx(53.4, abs=0.1)


def test_another_network_is_set_beside_nothing(table: Table) -> None:
    """A CNN's seconds by an MLP's would be no speed; what was not measured is left open."""
    row = table.rows[3]
    assert row["÷ plain"] is row["notebook ÷ it"] is row["start, s"] is None
    assert row["measured"] == "1 epoch of 5,400 images"


def test_the_notes_say_how_often(table: Table) -> None:
    """And of what."""
    assert "(n = 2)" in table.notes
    assert "10 epochs of 54,000 images" in table.notes
