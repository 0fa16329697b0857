"""A whole study: what is told of its runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.bench import study
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.study import measure_long_study, measure_study
from fashion_bench.bench.tables import Spread
from fashion_bench.config import Recipe


@pytest.fixture(name="runs")
def make_runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Runs that take no time: how many trials, and whether they were watched."""
    runs: list[tuple[int, bool]] = []

    def run(_: Setting, trials: int, *, watch: bool = False) -> study._Ran:
        runs.append((trials, watch))
        return study._Ran(seconds=30.0, epochs=60, peak_mib=999.0 if watch else None)

    monkeypatch.setattr(study, "_run", run)
    return runs


SETTING = Setting(trial=Recipe(), data=Path(), rounds=3, say=lambda line: None)


def test_memory_is_watched_in_a_run_of_its_own(runs: list[tuple[int, bool]]) -> None:
    """Looking takes time, so the rounds that are timed are not looked at."""
    (table,) = measure_study(SETTING)
    assert runs == [(24, True), *[(24, False)] * 3]
    (row,) = table.rows
    per_epoch = row["s per epoch"]
    assert isinstance(per_epoch, Spread)
    assert (per_epoch.median, per_epoch.n) == (0.5, 3)
    assert (row["trials"], row["epochs"], row["peak, MiB"]) == (24, 60, 999.0)
    assert "n = 3" in table.notes


def test_the_long_one_is_timed_once(runs: list[tuple[int, bool]]) -> None:
    """200 trials, or as many as asked for."""
    measure_long_study(SETTING)
    measure_long_study(replace(SETTING, study=80))
    assert runs == [(200, True), (200, False), (80, True), (80, False)]


def test_a_study_that_fails_is_told(tmp_path: Path) -> None:
    """A figure of it would be of nothing."""
    setting = replace(SETTING, trial=Recipe(source="fashion_mnist", epochs=2), data=tmp_path)
    with pytest.raises(RuntimeError, match="Error: "):
        study._run(setting, 7)
