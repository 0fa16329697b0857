"""The table and the plain data."""

import json

from fashion_bench.bench.contestants import NOTEBOOK, PLAIN, Contestant
from fashion_bench.bench.measure import Fresh, Rounds, Spread
from fashion_bench.bench.report import Bench, as_json, markdown, rows_of
from fashion_bench.bench.search import SearchBench
from fashion_bench.config import Recipe
from tests.bench.made_up import make_contestant

ENGINE = make_contestant("engine", trials=2)
CNN = make_contestant("engine, CNN", model="cnn", part="tenth")


def make_bench(fresh: dict[str, Fresh] | None = None) -> Bench:
    """Two rounds of four contestants: the second at half the speed."""
    seconds = {NOTEBOOK: 140.0, PLAIN: 20.0, ENGINE: 10.0, CNN: 1_000.0}
    contestants: list[Contestant] = list(seconds)
    return Bench(
        machine={"device": "an abacus", "on": "2030-01-01"},
        trial=Recipe(),
        contestants=contestants,
        rounds=Rounds({each.name: [took, 2 * took] for each, took in seconds.items()}, [100, 50]),
        fresh=fresh or {},
        search=SearchBench(
            recorded_ms={100: Spread(12.0, 11.0, 13.0, 5)}, asked_ms={100: Spread(4.0, 3.0, 5.0, 5)}
        ),
    )


def test_a_row_is_told_beside_the_plain_loop_and_the_notebook() -> None:
    """Half the plain loop's seconds, a fourteenth of the notebook's, in both rounds."""
    row = rows_of(make_bench())[2]
    assert (row.name, row.seconds_per_trial.median) == ("engine", 15.0)
    assert row.over_plain is not None
    assert row.notebook_over_it is not None
    assert (row.over_plain.low, row.over_plain.high) == (0.5, 0.5)
    assert (row.notebook_over_it.low, row.notebook_over_it.high) == (14.0, 14.0)
    assert row.of_peak.low == row.of_peak.high
    assert 0.5 < row.of_peak.median < 0.6  # 533 GFLOP in 10 s, of 100 a second


def test_another_network_is_set_beside_nothing() -> None:
    """A CNN's seconds by an MLP's would be no speed."""
    row = rows_of(make_bench())[3]
    assert row.over_plain is row.notebook_over_it is None


def test_the_page_has_every_row_and_the_machine() -> None:
    """A row a contestant, dashes for what was not measured, and how often it was measured."""
    page = markdown(make_bench({"engine": Fresh(1.5, 612.0)})).splitlines()
    rows = [line for line in page[: page.index("## The search alone")] if line.startswith("|")]
    assert "| 100 | 12.0 [11.0, 13.0] | 4.00 [3.00, 5.00] |" in page
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        "| notebook's own loop",
        "| plain loop, fused Adam",
        "| engine",
        "| engine, CNN",
    ]
    assert len({row.count("|") for row in rows}) == 1
    assert rows[4] == (
        "| engine | 15.0 [10.0, 20.0] | 0.500 [0.500, 0.500] | 14.0 [14.0, 14.0] | 40.1 | 53% "
        "| 1.50 | 612 | 10 epochs, 2 trials |"
    )
    assert rows[5].split(" | ")[2:4] == ["–", "–"]
    assert rows[5].endswith("| – | – | 1 epoch of 5,400 images |")
    assert "Measured on: device an abacus, on 2030-01-01." in page
    assert any("n = 2" in line for line in page)


def test_the_plain_data_holds_every_figure() -> None:
    """JSON has the rounds themselves, so that another summary can be made."""
    told = json.loads(json.dumps(as_json(make_bench())))
    assert told["trial"]["epochs"] == 10
    assert told["matmul_gflops"] == [100, 50]
    assert told["rows"][2]["seconds"] == [10.0, 20.0]
    assert told["rows"][2]["over_plain"] == {"median": 0.5, "low": 0.5, "high": 0.5, "n": 2}
    assert told["rows"][2]["peak_mib"] is None
