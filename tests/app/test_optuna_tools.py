"""Optuna's own tools on the ledger, as a person opens it: names, times and every picture."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import optuna
import pytest
import requests
from numpy import ndarray
from optuna import visualization
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from fashion_bench.app.browse import read_study
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from tests.app.conftest import Listener
from tests.finished import Finished
from tests.mlflow_server import free_port
from tests.old.databases import RUNS_OF_0_1, load_runs

ARMS = ("none", "dropout")
ROOT = Path(__file__).parents[2]


def opened(runs: Path, name: str) -> optuna.Study:
    """The Optuna study of an arm, without a word of ours."""
    return optuna.load_study(study_name=name, storage=f"sqlite:///{runs / 'ledger.db'}")


@pytest.mark.parametrize("arm", ARMS)
def test_a_trial_has_its_own_times(finished: Finished, arm: str) -> None:
    """From the beginning of its first epoch to the end of its last, in the reader's time."""
    records = {one.trial_id: one for one in read_study(finished.runs, "s").trials}
    for trial in opened(finished.runs, f"s.{arm}").trials:
        record = records[trial.user_attrs["trial_id"]]
        start, end = trial.datetime_start, trial.datetime_complete
        assert start is not None
        assert end is not None
        assert end.timestamp() == pytest.approx(record.ended_at, abs=1e-5)
        began = record.history[0].ended_at - record.history[0].seconds
        assert start.timestamp() == pytest.approx(began, abs=1e-5)
        assert datetime.now() - timedelta(hours=1) < start < end < datetime.now()


def test_what_a_study_has_named_stays(tmp_path: Path, listener: Listener) -> None:
    """Values that have no name yet get one when the study goes on; a person's name is kept."""
    runs = load_runs(tmp_path / "runs")
    none, dropout = (opened(runs, f"stopped.{arm}") for arm in ARMS)
    assert none.metric_names is None
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        dropout.set_metric_names(["mine"])
    options = RunOptions(runs=runs, device="cpu", workers=1, no_mlflow=True)
    run_study(RUNS_OF_0_1 / "stopped.toml", options, listener)
    assert [study.metric_names for study in (none, dropout)] == [["validation accuracy"], ["mine"]]


def test_values_have_a_name(finished: Finished) -> None:
    """Of a study, and of an experiment."""
    for name in (f"{one}.{arm}" for one in "se" for arm in ARMS):
        assert opened(finished.runs, name).metric_names == ["validation accuracy"]


def values(study: optuna.Study) -> list[float]:
    """What each trial reached; all of them are complete."""
    return [trial.value or 0.0 for trial in study.trials]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is seen of a picture, whichever library drew it.

    Attributes:
        points: of each cloud of points that is not empty, x and y of each.
        lines: of each line, x and y of each of its points.
        bars: how long each bar is, times in days.
        words: what stands at the axes and their ticks, and in the legend.
    """

    points: list[list[tuple[Any, Any]]]
    lines: list[list[tuple[Any, Any]]]
    bars: list[float]
    words: set[str]


def by_matplotlib(draw: str, study: optuna.Study) -> Drawn:
    """Draw it with matplotlib."""
    made = getattr(visualization.matplotlib, draw)(study)
    every = next(iter(made.ravel() if isinstance(made, ndarray) else [made])).figure.axes
    legends = [legend for one in every if (legend := one.get_legend())]
    texts = [text for one in every for text in (*one.get_xticklabels(), *one.get_yticklabels())]
    texts += [text for legend in legends for text in legend.texts]
    offsets = [points.get_offsets() for one in every for points in one.collections]
    return Drawn(
        points=[list(map(tuple, points.tolist())) for points in offsets if len(points)],
        lines=[pairs(*line.get_data()) for one in every for line in one.lines],
        bars=[bar.get_width() for one in every for bar in one.patches],
        words={text.get_text() for text in texts}
        | {label for one in every for label in (one.get_xlabel(), one.get_ylabel())},
    )


def by_plotly(draw: str, study: optuna.Study) -> Drawn:
    """Draw it with plotly."""
    figure = getattr(visualization, draw)(study)
    traces = [(one.mode or "", one) for one in figure.data if one.type == "scatter"]
    bars = [one for one in figure.data if one.type == "bar"]
    ends = [one.x if one.base is None else [ms / DAY_MS for ms in one.x] for one in bars]
    axes = [*figure.select_xaxes(), *figure.select_yaxes()]
    words = {one.title.text for one in axes} | {one.name for one in figure.data}
    return Drawn(
        points=[pairs(one.x, one.y) for mode, one in traces if mode == "markers" and len(one.x)],
        lines=[pairs(one.x, one.y) for mode, one in traces if "lines" in mode],
        bars=[float(end) for each in ends for end in each],
        words=words.union(*(one.ticktext or () for one in axes), *(one.y for one in bars)),
    )


def pairs(x: Iterable[Any], y: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Return the points of a line or a cloud."""
    return list(zip(x, y, strict=True))


def check_history(study: optuna.Study, drawn: Drawn) -> None:
    """Each value stands at its trial's number."""
    assert drawn.points[0] == list(enumerate(values(study)))


def check_curves(study: optuna.Study, drawn: Drawn) -> None:
    """A line for each trial, through what it reached after each epoch."""
    curves = [dict(line) for line in drawn.lines]
    assert curves == [trial.intermediate_values for trial in study.trials]
    assert [max(curve) for curve in curves] == [2] * 4


def check_parameters(study: optuna.Study, drawn: Drawn) -> None:
    """All that the arm varies is there by its name."""
    assert drawn.words >= study.trials[0].params.keys()


def check_importances(study: optuna.Study, drawn: Drawn) -> None:
    """A bar for each parameter, of what the value is called; they sum to 1."""
    assert drawn.words >= {*study.trials[0].params, "validation accuracy"}
    assert sum(drawn.bars) == pytest.approx(1)


def check_points(study: optuna.Study, drawn: Drawn) -> None:
    """A point for each trial, in a panel of two parameters."""
    check_parameters(study, drawn)
    assert max(map(len, drawn.points)) == 4


def check_shares(study: optuna.Study, drawn: Drawn) -> None:
    """The share of trials grows from one to all, between the worst value and the best."""
    (line,) = drawn.lines
    assert (line[0], line[-1]) == ((min(values(study)), 1 / 4), (max(values(study)), 1))


def check_times(study: optuna.Study, drawn: Drawn) -> None:
    """A bar for each trial, as long as it trained, in days."""
    day = timedelta(days=1)
    took = sorted(trial.duration / day for trial in study.trials if trial.duration)
    # Ends and starts are rounded apart.
    assert sorted(drawn.bars) == pytest.approx(took, abs=timedelta(microseconds=100) / day)
    assert min(took) > 0


DAY_MS = timedelta(days=1) / timedelta(milliseconds=1)
PICTURES: dict[str, Callable[[optuna.Study, Drawn], None]] = {
    "plot_optimization_history": check_history,
    "plot_intermediate_values": check_curves,
    "plot_parallel_coordinate": check_parameters,
    "plot_param_importances": check_importances,
    "plot_slice": check_parameters,
    "plot_contour": check_points,
    "plot_rank": check_points,
    "plot_edf": check_shares,
    "plot_timeline": check_times,
}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("library", [by_matplotlib, by_plotly])
@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_shows_the_trials(
    finished: Finished, picture: str, library: Callable[[str, optuna.Study], Drawn]
) -> None:
    """Each of Optuna's own pictures of an arm shows what the ledger holds, whoever draws it."""
    study = opened(finished.runs, "s.dropout")
    try:
        PICTURES[picture](study, library(picture, study))
    finally:
        plt.close("all")


@pytest.fixture
def dashboard(finished: Finished) -> Iterator[str]:
    """The address of what `make dashboard` starts beside a folder of runs."""
    port = free_port()
    make = ["make", "-f", ROOT / "Makefile", f"BIN={Path(sys.executable).parent}", "READY="]
    command = [*make, "dashboard", f"ARGS=--port {port}"]
    with subprocess.Popen(command, cwd=finished.runs.parent, start_new_session=True) as process:
        yield f"http://127.0.0.1:{port}/api/studies"
        os.killpg(process.pid, signal.SIGTERM)


def test_the_dashboard_shows_arms_and_changes_nothing(dashboard: str) -> None:
    """It lists each arm with its trials, named, with their times, and can delete none."""
    session = requests.Session()
    until_it_listens = Retry(total=30, backoff_factor=0.1, backoff_max=10)  # 4 minutes in all
    session.mount("http://", HTTPAdapter(max_retries=until_it_listens))
    listed = session.get(dashboard, timeout=60).json()["study_summaries"]
    studies = {one["study_name"]: one["study_id"] for one in listed}
    assert list(studies) == ["s.none", "s.dropout", "e.none", "e.dropout"]
    address = f"{dashboard}/{studies['s.dropout']}"
    detail = session.get(address, timeout=60).json()
    assert detail["objective_names"] == ["validation accuracy"]
    assert [one["number"] for one in detail["trials"]] == [0, 1, 2, 3]
    assert all(one["datetime_start"] < one["datetime_complete"] for one in detail["trials"])
    assert session.delete(address, json={}, timeout=60).status_code == 500
    assert session.get(address, timeout=60).json()["trials"] == detail["trials"]
