"""What is told of lag: how busy it keeps workers, and what it costs a search."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.bench import regret
from experiments.bench.cases import Options
from experiments.bench.lag import CASES, _row, _study
from experiments.bench.page import Row
from experiments.bench.regret import BEST, FILE, RESPONSES, TINY, Point
from fashion_bench.config import Recipe

OPTIONS = Options(trial=Recipe(), data=Path(), quick=True)


def test_a_lag_keeps_workers_busier_and_its_trials_unseen() -> None:
    """By the real driver and ledger; the time it took is told by the trials that it recorded."""
    rows = list[Row]()
    for lag in ((0, 0, 0), (0, 1, 1)):
        case = replace(CASES[-1], lag=lag)
        rows.append(_row(_study(case, 32), case.workers))
    assert [row["unseen"] for row in rows] == [0, 2]
    ever, lagging = (float(str(row["busy, %"])) for row in rows)
    assert lagging > ever > 0
    for row in rows:
        least, taken = float(str(row["s, all busy"])), float(str(row["s"]))
        assert float(str(row["busy, %"])) == pytest.approx(100 * least / taken)
        assert float(str(row["driver, trials per s"])) > 0


@pytest.mark.parametrize("response", RESPONSES.values(), ids=RESPONSES)
def test_no_trial_is_better_than_the_best(response: regret.Response) -> None:
    """Each response loses nothing at one place, and something at every other that is tried."""
    best = Point(lr=-2.6, decay=-2.0, dropout=0.3, activation="gelu")
    assert response(best) == pytest.approx(0.0)
    for name, off in (("lr", 0.5), ("decay", 0.5), ("dropout", 0.1)):
        assert response(replace(best, **{name: getattr(best, name) + off})) > 0.0005
    assert response(replace(best, activation="tanh")) > 0.0005


def test_what_was_searched_is_gone_on_with(tmp_path: Path) -> None:
    """A line that the file has is not searched again, and a seed's figures are always the same."""
    kept = tmp_path / "regret.jsonl"
    whole = regret.measure(kept, 2, TINY)
    assert len(whole) == 2 * len(RESPONSES)
    lines = kept.read_text().splitlines()
    known = {**json.loads(lines[0]), "regret": {"random": 7.0}}
    kept.write_text("\n".join([json.dumps(known), *lines[1:3]]) + "\n")
    again = regret.measure(kept, 2, TINY)
    assert again == [known, *whole[1:]]
    assert [json.loads(line) for line in kept.read_text().splitlines()] == again


def test_what_lag_adds_is_told_by_what_chance_loses(tmp_path: Path) -> None:
    """Seed by seed, with Student's interval, for each response and for all."""
    kept = tmp_path / "regret.jsonl"
    late, _ = TINY[0].late(0, TINY[0].lags[0])
    with kept.open("w") as file:
        for name in RESPONSES:
            for seed, added in enumerate((0.1, 0.3)):
                found = {"random": 2.0, "TPE": 0.5, late: 0.5 + added}
                told = {"response": name, "trials": TINY[0].trials, "seed": seed, "regret": found}
                file.write(json.dumps(told) + "\n")
    (table,) = regret.measure_regret(replace(OPTIONS, kept=kept))
    assert [row["response"] for row in table.rows] == [*RESPONSES, "all three"]
    for row in table.rows:
        low, middle, high = (float(str(row[key])) for key in ("95 % from", "added ÷ random", "to"))
        assert middle == pytest.approx(0.1)
        assert high - middle == pytest.approx(middle - low) == pytest.approx(12.7062 * 0.05)
        assert row["n"] == 2
    assert f"below {BEST}" in table.notes


def test_the_space_has_the_best_in_it() -> None:
    """Inside of every range, so that no search has to find an edge."""
    space = FILE["nuisance"]
    assert isinstance(space, dict)
    for name, best in (("lr", 10**-2.6), ("weight_decay", 1e-2), ("dropout", 0.3)):
        assert space[name]["low"] < best < space[name]["high"]
    assert math.isclose(10**-2.6, 0.0025, rel_tol=0.01)
