"""What is told of whole studies."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.bench import studies
from experiments.bench.cases import WORKERS, BenchmarkCase, Inputs, Options
from experiments.bench.measure import Rounds
from experiments.bench.page import Spread
from experiments.bench.studies import StudyRun, write_study
from fashion_bench.app.options import RunOptions
from fashion_bench.app.recorder import Mirrored
from fashion_bench.config import Recipe
from fashion_bench.data.synthetic import draw_images
from fashion_bench.search.resolve import load_file
from tests.networks import widths_of

RECIPE = Recipe(source="synthetic", epochs=4, batch_size=32, train_images=500, valid_images=100)
OPTIONS = Options(trial=RECIPE, data=Path(), rounds=3)


def test_equal_trials_are_the_notebooks(tmp_path: Path) -> None:
    """Only the rate varies, nobody is stopped, and trials are of the recipe asked for."""
    file = write_study(tmp_path, RECIPE, 16, halving=False)
    plan = load_file(file).plan
    assert (plan.recipe, plan.trials_per_arm, plan.padded_widths) == (RECIPE, 16, ())
    assert widths_of(plan.trial(plan.arms[0], 0, {"lr": 0.001}).config) == (250, 100)
    assert plan.varying == ("lr",)
    assert (plan.pruner.name, plan.rungs, plan.sampler.name) == ("none", (4,), "random")


def test_of_a_halving_one_in_three_goes_on(tmp_path: Path) -> None:
    """At epochs 1 and 3; widths vary too."""
    file = write_study(tmp_path, RECIPE, 16, halving=True)
    plan = load_file(file).plan
    assert (plan.recipe, plan.trials_per_arm) == (RECIPE, 16)
    assert set(plan.varying) == {"hidden", "lr"}
    assert (plan.pruner.name, plan.pruner.options["eta"]) == ("halving", 3)
    assert plan.rungs == (1, 3, 4)


@pytest.mark.parametrize("no_mlflow", [True, False])
def test_of_recording_the_mirror_alone_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_mlflow: bool
) -> None:
    """Both are the same study, run as users run it; what MLflow lacks is an error."""
    asked: list[tuple[str, RunOptions]] = []

    def run_study(file: Path, options: RunOptions, _: object) -> SimpleNamespace:
        asked.append((file.read_text(), options))
        return SimpleNamespace(mirrored=Mirrored(problem="away" if len(asked) > 1 else None))

    monkeypatch.setattr(studies, "run_study", run_study)
    case = BenchmarkCase(name="it", prepare=partial(studies._prepare_study, no_mlflow), trials=24)
    with ExitStack() as resources:
        run = case.prepare(
            case,
            RECIPE,
            Inputs(options=OPTIONS, images=draw_images("train", 1), resources=resources),
        )
        run()
        with pytest.raises(RuntimeError, match="away"):
            run()
    (text, options), (again, _) = asked
    write_study(tmp_path, RECIPE, 24, halving=False)
    assert text == again == (tmp_path / "bench.toml").read_text()
    assert (options.no_mlflow, options.workers) == (no_mlflow, WORKERS)


def test_the_long_recording_is_of_whole_trials_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as asked for, nothing before that round, and the ratio is told."""
    asked = []

    def run_rounds(cases: Sequence[BenchmarkCase], options: Options, *, warm_up: bool) -> Rounds:
        asked.append(([case.trials for case in cases], options.trial, options.rounds, warm_up))
        return Rounds(seconds={"without MLflow": [4.0], "recorded": [5.0]}, first={}, gpu_mib={})

    monkeypatch.setattr(studies, "run_rounds", run_rounds)
    (table,) = studies.measure_long_recording(replace(OPTIONS, study=16))
    studies.measure_long_recording(OPTIONS)
    assert asked == [([16, 16], RECIPE, 1, False), ([1_000, 1_000], RECIPE, 1, False)]
    ratio = table.rows[1]["÷ without MLflow"]
    assert isinstance(ratio, Spread)
    assert ratio.values == (1.25,)
    assert "n = 1" in table.notes


@pytest.fixture(name="runs")
def make_runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Runs that take no time: how many trials, and whether they were watched."""
    runs: list[tuple[int, bool]] = []

    def run(_: Options, trials: int, *, watch: bool) -> StudyRun:
        runs.append((trials, watch))
        return StudyRun(seconds=30.0, epochs=60, peak_mib=999.0 if watch else None)

    monkeypatch.setattr(studies, "run_command", run)
    return runs


def test_memory_is_watched_in_a_run_of_its_own(runs: list[tuple[int, bool]]) -> None:
    """Looking takes time, so the rounds that are timed are not looked at."""
    (table,) = studies.measure_study(OPTIONS)
    assert runs == [(24, True), *[(24, False)] * 3]
    (row,) = table.rows
    per_epoch = row["s per epoch"]
    assert isinstance(per_epoch, Spread)
    assert per_epoch.values == (0.5, 0.5, 0.5)
    assert (row["trials"], row["epochs"], row["peak, MiB"]) == (24, 60, 999.0)
    assert "n = 3" in table.notes


def test_the_long_study_is_timed_once(runs: list[tuple[int, bool]]) -> None:
    """200 trials, or as many as asked for."""
    studies.measure_long_study(OPTIONS)
    studies.measure_long_study(replace(OPTIONS, study=80))
    assert runs == [(200, True), (200, False), (80, True), (80, False)]


def test_a_study_that_fails_is_told(tmp_path: Path) -> None:
    """A figure of it would be of nothing."""
    options = replace(OPTIONS, trial=Recipe(epochs=2), data=tmp_path)
    with pytest.raises(RuntimeError, match="Error: "):
        studies.run_command(options, 7, watch=False)
