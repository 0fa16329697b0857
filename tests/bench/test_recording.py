"""Recorded studies beside training alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.bench import recording
from fashion_bench.bench.contestants import Contestant
from fashion_bench.bench.measure import Rounds
from fashion_bench.bench.recording import generations_of, measure_long_recording
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.study_files import Silent, write_equal
from fashion_bench.bench.tables import Spread
from fashion_bench.config import Recipe
from fashion_bench.records import Progress, Segment
from fashion_bench.search.driver import drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.planning import plan_of
from fashion_bench.search.running import OnDone
from fashion_bench.search.spec import load_study
from tests.execution.made_up_training import curve

RECIPE = Recipe(source="synthetic", epochs=2, train_images=500, valid_images=100)


def test_alone_trains_what_the_study_trains(tmp_path: Path) -> None:
    """The same segments of the same trials, generation by generation, as the driver runs."""
    file = write_equal(tmp_path, RECIPE, 24)
    plan = plan_of(load_study(file), file)
    layout = Layout(device="cpu", lanes=1, slab=plan.slab)
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.open(plan, text="", spec={}, layout=layout, provenance={})
    seen: list[list[Segment]] = []

    def run(segments: Sequence[Segment], _: OnDone) -> list[tuple[Progress, ...]]:
        seen.append(list(segments))
        return [(curve(each.trials[0], each.until_epoch),) for each in segments]

    past = ledger.past(plan)
    drive(plan, past, layout=layout, run=run, append=lambda rows: None, watcher=Silent())
    assert generations_of(plan) == seen
    assert len(seen) == 3


def test_the_long_one_is_whole_trials_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As many as asked for, nothing before that round, and the ratio is told."""
    asked = []

    def run_rounds(
        contestants: Sequence[Contestant], trial: Recipe, *_: object, **how: object
    ) -> Rounds:
        asked.append(([each.trials for each in contestants], trial, how["rounds"], how["warm_up"]))
        return Rounds(seconds={"alone": [4.0], "recorded": [5.0]}, first={})

    monkeypatch.setattr(recording, "run_rounds", run_rounds)
    setting = Setting(trial=RECIPE, data=tmp_path, rounds=5, say=print, study=16)
    (table,) = measure_long_recording(setting)
    measure_long_recording(replace(setting, study=None))
    assert asked == [([16, 16], RECIPE, 1, False), ([1_000, 1_000], RECIPE, 1, False)]
    ratio = table.rows[1]["÷ alone"]
    assert isinstance(ratio, Spread)
    assert (ratio.median, ratio.n) == (1.25, 1)
    assert "n = 1" in table.notes
