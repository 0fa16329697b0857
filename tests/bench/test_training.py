"""What is told of a trial's cost."""

from math import isfinite
from pathlib import Path

import pytest

from experiments.bench.cases import NOTEBOOK, PLAIN, Options
from experiments.bench.measure import FAST, OWN, Rounds
from experiments.bench.page import Row, Spread, Table, make_table
from experiments.bench.training import Start, case_rows, measure_start
from fashion_bench.config import Recipe
from tests.bench.instant_cases import make_case

ENGINE = make_case("engine", trials=2)
CNN = make_case("engine, CNN", model="cnn", part="tenth")


@pytest.fixture(name="table")
def make_rows() -> Table:
    """Two rounds of four cases, the second at half the speed."""
    seconds = {NOTEBOOK: 140.0, PLAIN: 20.0, ENGINE: 10.0, CNN: 1_000.0}
    rounds = Rounds(
        seconds={each.name: [took, 2 * took] for each, took in seconds.items()},
        first={each.name: 99.0 for each in seconds},
        peaks=[{OWN: 50.0, FAST: 100.0}, {OWN: 25.0, FAST: 50.0}],
        gpu_mib={},
    )
    starts = {"engine": Start(seconds=1.5, peak_mib=612.0)}
    rows = case_rows(tuple(seconds), Recipe(), rounds, starts)
    return make_table(rows, "engine", options=Options(trial=Recipe(), data=Path(), rounds=2))


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
    assert row["first, s"] == (99.0 - 15.0) * 2  # two trials took it together
    assert row["measured"] == "10 epochs, 2 trials"


def test_the_part_of_the_peak_is_by_the_peak_of_its_round(table: Table) -> None:
    """533 GFLOP in 10 s, of the better peak, 100 a second; in the second round half of both."""
    assert ends(table.rows[2], "of peak, %") == pytest.approx((53.4, 53.4), abs=0.1)


def test_another_network_is_compared_with_nothing(table: Table) -> None:
    """A CNN's seconds by an MLP's would be no speed; what was not measured is left open."""
    row = table.rows[3]
    assert row["÷ plain"] is row["notebook ÷ it"] is row["start, s"] is None
    assert row["measured"] == "1 epoch of 5,400 images"


def test_the_notes_say_how_often(table: Table) -> None:
    """And of what."""
    assert "(n = 2)" in table.notes
    assert "10 epochs of 54,000 images" in table.notes


def test_a_fresh_interpreter_tells_its_start_and_its_own_peak(tmp_path: Path) -> None:
    """A start takes time; the peak is that of the interpreter, not of who started it."""
    own = bytearray(b"x") * (1 << 30)  # with torch, more than the interpreter will take
    trial = Recipe(source="synthetic", train_images=500, valid_images=100)
    start = measure_start(PLAIN, Options(trial=trial, data=tmp_path))
    del own
    assert isfinite(start.seconds)
    assert start.seconds > 0
    assert 100 < start.peak_mib < 1_024
