"""The mirror on a real MLflow server, in sickness and in health: ``tracking/backend.py``."""

from collections.abc import Callable, Iterator
from itertools import count
from math import inf, nan
from pathlib import Path
from re import sub

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from fashion_bench.errors import FashionBenchError, MachineError
from fashion_bench.records import Epoch, Outcome, StudyRecord, TestScore, TrialRecord
from fashion_bench.tracking.arms import Figures
from fashion_bench.tracking.backend import tracking_uri
from fashion_bench.tracking.experiments import attach, remove_study, runs_of
from fashion_bench.tracking.mlflow_mirror import Mirror
from tests.mlflow_server import MlflowServer, free_port
from tests.troubled_proxy import Proxy, Trouble

Mirrors = Callable[..., Mirror]
Studies = Callable[..., StudyRecord]
Trials = list[TrialRecord]

SCORE = TestScore(
    loss=0.3,
    accuracy=0.9,
    images=10_000,
    measured_at=1_800_000_100.0,
    opening=1,
    predictions_sha256="5ha",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[str]:
    """The URL of a server that runs as long as these tests."""
    with MlflowServer(tmp_path_factory.mktemp("server"), empty_database) as server:
        yield server.url


@pytest.fixture
def server(running: str, tmp_path: Path, make_study: Callable[..., StudyRecord]) -> Iterator[str]:
    """The URL of a server without studies."""
    yield running
    remove_study(tmp_path, make_study(), server=running)


@pytest.fixture
def trials(make_trial: Callable[..., TrialRecord]) -> list[TrialRecord]:
    """One trial of every outcome, one of them measured."""
    (epoch, *_) = make_trial().history
    broken = Epoch(
        epoch=2,
        train_loss=nan,
        train_accuracy=0.1,
        valid_loss=inf,
        valid_accuracy=0.1,
        seconds=1.0,
        ended_at=epoch.ended_at + 1,
        diverged=True,
    )
    return [
        make_trial(number=0, tests={"plain": SCORE}),
        make_trial(number=1, outcome=Outcome.PRUNED, history=(epoch,)),
        make_trial(number=2, outcome=Outcome.DIVERGED, history=(epoch, broken)),
        make_trial(number=3, outcome=Outcome.FAILED, history=(), reason="no memory"),
    ]


def _sync(mirror: Mirror, study: StudyRecord) -> int:
    """Send everything, as ``fashion-bench sync`` does."""
    sent = mirror.sync_trials(study.trials, files=lambda trial: {"plots/id": _text(trial)})
    mirror.sync_study(study, Figures(metrics={"best/none": 0.5}), files={"trials.csv": b"1"})
    return sent


def _text(trial: TrialRecord) -> bytes:
    return trial.trial_id.encode()


def _content(uri: str) -> list[tuple[object, ...]]:
    """All that people see of the study, run by run."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("mlp")
    assert experiment is not None
    shown = [_shown(client, run) for run in runs_of(client, experiment.experiment_id)]
    return [tuple(sorted(experiment.tags.items())), *sorted(shown, key=repr)]


def _shown(client: MlflowClient, run: Run) -> tuple[object, ...]:
    info, data = run.info, run.data
    points = {
        name: sorted((p.step, p.timestamp, repr(p.value)) for p in of)
        for name in sorted(data.metrics)
        if (of := client.get_metric_history(info.run_id, name))
    }
    files = sorted(
        file.path
        for folder in (None, "plots")
        for file in client.list_artifacts(info.run_id, folder)
    )
    times = (info.run_name, info.status, info.start_time, info.end_time)
    # A note links to pages of its experiment, whose number is another in each store, as is a nonce.
    told = {name: words for name, words in data.tags.items() if name[:14] != "fashion_bench."}
    tags = sorted((name, sub(r"experiments/\d+", "", words)) for name, words in told.items())
    params = sorted(data.params.items())
    sets = [
        (i.dataset.name, i.dataset.digest)
        for i in (run.inputs.dataset_inputs if run.inputs else ())
    ]
    return (*times, tags, params, points, files, sets)


def test_a_server_gets_what_the_folder_gets_and_gets_it_once(
    server: str,
    runs: Path,
    make_mirror: Mirrors,
    make_study: Studies,
    trials: Trials,
    tmp_path: Path,
) -> None:
    """Runs, statuses, times, points, data sets and files are the same; sent again, too."""
    study = make_study(*trials)
    _sync(make_mirror(study), study)
    assert _sync(make_mirror(study, server=server), study) == len(trials)
    expected = _content(tracking_uri(runs))
    assert len(expected) == 1 + len(trials) + 1 + 1  # the views, and the runs: trials, arm, study
    assert _content(server) == expected
    assert _sync(make_mirror(study, server=server), study) == 0
    assert _content(server) == expected

    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("mlp")
    assert experiment is not None
    assert experiment.artifact_location.startswith("mlflow-artifacts:")
    query = f"tags.trial_id = '{trials[0].trial_id}'"
    (run,) = client.search_runs([experiment.experiment_id], query)
    path = client.download_artifacts(run.info.run_id, "plots/id", str(tmp_path))
    assert Path(path).read_bytes() == _text(trials[0])


def test_a_report_is_attached_and_a_study_removed(
    server: str, runs: Path, make_mirror: Mirrors, make_study: Studies, trials: Trials
) -> None:
    """On a server as in the folder; what is removed there can be sent again."""
    study = make_study(*trials[:1])
    assert not attach(runs, study, "report.html", "x", server)
    for _ in range(2):
        assert _sync(make_mirror(study, server=server), study) == 1
        assert attach(runs, study, "report.html", "x", server)
        remove_study(runs, study, server=server)
        assert MlflowClient(server).get_experiment_by_name("mlp") is None


@pytest.mark.parametrize("trouble", [500, 503, 429, "drop", "sleep"])
def test_away_it_is_one_line_and_then_catches_up(
    server: str,
    make_mirror: Mirrors,
    make_study: Studies,
    trials: Trials,
    trouble: Trouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever a server does instead of answering; the same mirror sends the rest later."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    study = make_study(*trials)
    with Proxy(server) as proxy:
        mirror = make_mirror(study, server=proxy.url)
        mirror.sync_trials(trials[:1], files=lambda _: {})
        proxy.trouble = lambda _method, path: trouble if "log-batch" in path else None
        with pytest.raises(MachineError) as told:
            mirror.sync_trials(trials, files=lambda _: {}, patience=0)
        assert str(told.value).startswith(f"{proxy.url}: the MLflow server does not answer as it")
        assert str(told.value).endswith(f"once it does, `fashion-bench sync --mlflow {proxy.url}`")
        proxy.trouble = lambda _method, _path: None
        mirror.sync_trials(trials, files=lambda _: {})
    assert [run[:2] for run in _content(server)[1:]] == [
        ("dropout", "FINISHED"),
        ("dropout-0  lr 0.00123  dropout 0.25", "FINISHED"),
        ("dropout-1  lr 0.00123  dropout 0.25", "FINISHED"),
        ("dropout-2  lr 0.00123  dropout 0.25", "FAILED"),
        ("dropout-3  lr 0.00123  dropout 0.25", "FAILED"),
    ]


def test_without_patience_it_is_asked_once(
    server: str, make_mirror: Mirrors, make_study: Studies, trials: Trials
) -> None:
    """MLflow's client repeats nothing by itself: it would make a run twice."""
    with Proxy(server) as proxy:
        mirror = make_mirror(make_study(), server=proxy.url)
        proxy.trouble = lambda _method, _path: 503
        with pytest.raises(MachineError, match="503"):
            mirror.sync_trials(trials, files=lambda _: {}, patience=0)
        assert proxy.requests == 1


def test_answers_that_are_lost_double_nothing(
    server: str, runs: Path, make_mirror: Mirrors, make_study: Studies, trials: Trials
) -> None:
    """Though again and again, in other places, what was done looks as if it was not."""
    study = make_study(*trials)
    _sync(make_mirror(study), study)
    lost, number = {0, 1, 3, 6, 10, 15, 21, 28, 36, 45}, count()
    with Proxy(server) as proxy:
        proxy.trouble = lambda method, _path: (
            "lose" if method != "GET" and next(number) in lost else None
        )
        _sync(make_mirror(study, server=proxy.url), study)
    assert next(number) > 36
    assert _content(server) == _content(tracking_uri(runs))


def test_a_run_that_is_made_late_is_made_away_with(
    server: str, runs: Path, make_mirror: Mirrors, make_study: Studies, trials: Trials
) -> None:
    """A request that was given up and arrives after the next leaves no second run for long."""
    study = make_study(*trials)
    _sync(make_mirror(study), study)
    number = count()
    with Proxy(server) as proxy:
        proxy.trouble = lambda _method, path: (
            "late" if path.endswith("runs/create") and next(number) == 0 else None
        )
        _sync(make_mirror(study, server=proxy.url), study)
        proxy.settle()
        assert len(_content(server)) == len(_content(tracking_uri(runs))) + 1
        assert _sync(make_mirror(study, server=proxy.url), study) == 0
    assert _content(server) == _content(tracking_uri(runs))


def test_nobody_there_is_one_line(
    make_mirror: Mirrors, make_study: Studies, trials: Trials
) -> None:
    """It says where it looked, and not more of the layers below than what befell it."""
    url = f"http://127.0.0.1:{free_port()}"
    mirror = make_mirror(make_study(), server=url)
    with pytest.raises(MachineError, match="Connection refused") as told:
        mirror.sync_trials(trials, files=lambda _: {}, patience=0)
    assert "Max retries" not in str(told.value)


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_are_refused_are_not_told(
    server: str,
    make_mirror: Mirrors,
    make_study: Studies,
    trials: Trials,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is the user's to mend, at once: by the two variables, whose content is in no message."""
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    with Proxy(server) as proxy:
        proxy.trouble = lambda _method, _path: status
        with pytest.raises(FashionBenchError, match="MLFLOW_TRACKING_PASSWORD") as told:
            make_mirror(make_study(), server=proxy.url).sync_trials(trials, files=lambda _: {})
        assert proxy.requests == 1
    assert not isinstance(told.value, MachineError)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("status", [404, 200])
def test_another_kind_of_server_is_one_line(
    server: str, make_mirror: Mirrors, make_study: Studies, trials: Trials, status: int
) -> None:
    """A web page in the place of an answer is not waited for."""
    with Proxy(server) as proxy:
        proxy.trouble = lambda _method, _path: status
        with pytest.raises(MachineError, match="does not answer as it should") as told:
            make_mirror(make_study(), server=proxy.url).sync_trials(trials, files=lambda _: {})
        assert proxy.requests == 1
    assert len(str(told.value).splitlines()) == 1
