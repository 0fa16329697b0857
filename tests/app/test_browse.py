"""Tests of ``app/browse.py``."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.app.browse import (
    has_display,
    read_studies,
    read_study,
    remove_study,
    serve_ui,
    sync_studies,
)
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import MachineError, StudyError
from tests.app.conftest import Listener
from tests.app.small_files import write
from tests.finished import Finished, copy_runs
from tests.mlflow_server import free_port

RUNS = """
    SELECT e.name, t.value FROM runs r
    JOIN experiments e ON e.experiment_id = r.experiment_id
    JOIN tags k ON k.run_uuid = r.run_uuid AND k.key = 'kind'
    JOIN tags t ON t.run_uuid = r.run_uuid
      AND t.key =
        CASE k.value WHEN 'trial' THEN 'trial_id' WHEN 'arm' THEN 'summary' ELSE 'study' END
    WHERE e.lifecycle_stage = 'active' AND r.lifecycle_stage = 'active' AND r.status != 'RUNNING'
    ORDER BY 1, 2"""


def shown(runs: Path) -> dict[str, list[str]]:
    """What MLflow shows: of each study, its runs."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        for experiment, run in connection.execute(RUNS):
            found.setdefault(experiment, []).append(run)
    return found


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs, to be written to."""
    return copy_runs(finished.runs, tmp_path / "runs")


def test_studies_come_oldest_first(finished: Finished) -> None:
    """Studies and experiments alike, with all their trials."""
    studies = read_studies(finished.runs)
    assert [(study.name, len(study.trials)) for study in studies] == [("s", 8), ("e", 4)]
    assert read_study(finished.runs, "e") == studies[1]


def test_a_name_that_is_unknown_is_told(finished: Finished) -> None:
    """The near one is named."""
    with pytest.raises(StudyError, match="holds no study of this name"):
        read_study(finished.runs, "t")


def test_a_removed_study_is_gone_everywhere_and_can_be_run_anew(
    runs: Path, listener: Listener
) -> None:
    """Ledger, weights and MLflow lose it, and it alone; the same name starts afresh."""
    remove_study(runs, "s")
    assert [study.name for study in read_studies(runs)] == ["e"]
    assert not (runs / "trials" / "s").exists()
    assert list(shown(runs)) == ["e"]
    assert (runs / "trials" / "e" / "checkpoints").exists()

    options = RunOptions(runs=runs, device="cpu", workers=1)
    study = run_study(write(runs), options, listener).study
    assert listener.lines[1] == "begun after 0"
    arms, trials = (f"s.{arm}#1" for arm in study.arms), (t.trial_id for t in study.trials)
    assert shown(runs)["s"] == sorted(["s", *arms, *trials])


def test_what_is_being_run_is_not_removed(runs: Path) -> None:
    """Neither is anything of it."""
    before = shown(runs)
    with (
        RunsFolder(runs).driving("s"),
        pytest.raises(StudyError, match="is being run by process "),
    ):
        remove_study(runs, "s")
    assert len(read_study(runs, "s").trials) == 8
    assert shown(runs) == before


def test_a_removal_that_was_cut_off_can_be_done_again(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the end, the study is still listed, so that it can be removed."""
    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.app.browse.remove_whole", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            remove_study(runs, "s")
    assert [study.name for study in read_studies(runs)] == ["s", "e"]
    remove_study(runs, "s")
    assert [study.name for study in read_studies(runs)] == ["e"]


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("broken", ["file", "folder"])
def test_without_a_usable_mlflow_nothing_is_removed_or_sent(runs: Path, broken: str) -> None:
    """A database that is none, or a folder in its place, is one line; the study stays whole."""
    for file in runs.glob("mlflow.db*"):
        file.unlink()
    if broken == "file":
        (runs / "mlflow.db").write_bytes(b"not a database " * 1000)
    else:
        (runs / "mlflow.db").mkdir()
    with pytest.raises(MachineError, match="MLflow's store cannot be written or read"):
        remove_study(runs, "s")
    with pytest.raises(MachineError, match="then `fashion-bench sync`"):
        sync_studies(runs, print)
    assert len(read_study(runs, "s").trials) == 8
    assert len(list((runs / "trials" / "s" / "checkpoints").iterdir())) == 8


def test_with_the_server_away_nothing_is_removed(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither here nor there: the same command can be given again."""
    monkeypatch.setattr("fashion_bench.tracking.retry.PATIENCE_SECONDS", 0)
    before = shown(runs)
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(MachineError, match=f"{url}: .* does not answer"):
        remove_study(runs, "s", url)
    assert len(read_study(runs, "s").trials) == 8
    assert shown(runs) == before


def test_sync_brings_everything(runs: Path, finished: Finished) -> None:
    """Without MLflow's database, the ledger alone makes it again, and then nothing is lacking."""
    for file in runs.glob("mlflow.db*"):
        file.unlink()
    said: list[str] = []
    sync_studies(runs, said.append)
    sync_studies(runs, said.append)
    assert said == [
        "s: 8 of 8 trials were sent to MLflow",
        "e: 4 of 4 trials were sent to MLflow",
        "s: 0 of 8 trials were sent to MLflow",
        "e: 0 of 4 trials were sent to MLflow",
    ]
    assert shown(runs) == shown(finished.runs)


@pytest.mark.parametrize("begun", [False, True])
def test_what_was_not_run_yet_says_what_runs_it(
    tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    """The file of that name is found beside or in the usual folders, and only read."""
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("name = ")
    write(tmp_path / "experiments", 'name = "later"\nseeds = 6\nmodel = "my.py:Net"\n')
    folder = runs if begun else tmp_path / "nowhere"
    command = "fashion-bench experiment run experiments/file.toml"
    with pytest.raises(StudyError, match=rf"^later: not run yet; {command} --runs {folder} \("):
        read_study(folder, "later")
    with pytest.raises(StudyError, match=rf"^later: not run yet; {command} \("):
        read_study(Path("runs"), "later")
    with pytest.raises(StudyError, match="holds no study"):
        read_study(folder, "another")


@pytest.mark.parametrize(
    ("platform", "around", "seen"),
    [
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, False),
    ],
)
def test_a_browser_is_opened_where_it_is_seen(
    platform: str, around: dict[str, str], seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a display of this machine: a Mac has one, and whoever came by ssh sits elsewhere."""
    monkeypatch.setattr("sys.platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    assert has_display() is seen


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("installed", [True, False])
def test_the_start_page_is_opened_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: bool, installed: bool
) -> None:
    """The page's address and the ssh line; an installation without the page says what to do."""
    opened, said = list[str](), list[str]()
    monkeypatch.setattr("fashion_bench.app.browse.has_display", lambda: True)
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("fashion_bench.tracking.server.has_front_door", lambda: installed)
    monkeypatch.setattr("fashion_bench.tracking.server.serve", _at_once)
    port = free_port()
    serve_ui(tmp_path, host="127.0.0.1", port=port, say=said.append, browser=asked)
    url = f"http://127.0.0.1:{port}{'/start' if installed else ''}"
    assert said[-2] == f"The studies are at {url} (Ctrl-C ends it)"
    assert said[-1].startswith(f"From another machine, first run there: ssh -N -L {port}:")
    assert ("install fashion-bench again" in said[0]) is not installed
    assert opened == [url] * asked


def _at_once(runs: Path, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    ready(f"http://{host}:{port}")
