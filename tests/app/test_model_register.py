"""A study's winner in MLflow's registry: ours beside a person's, with its run, and to be loaded."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from warnings import catch_warnings

import mlflow
import numpy as np
import onnx
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from fashion_bench.app import model_register
from fashion_bench.app.doctor import examine
from fashion_bench.app.model import choose
from fashion_bench.app.model_export import Exported
from fashion_bench.app.model_register import register_model
from fashion_bench.tracking.backend import tracking_uri
from fashion_bench.training.classifier import answers
from tests.finished import Finished, copy_runs
from tests.saying import Say, say
from tests.shared import made_once

__all__ = ["say"]


@pytest.fixture
def runs(finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished runs, where MLflow may read no pickle."""
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    return copy_runs(finished.runs, tmp_path / "runs")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, finished: Finished) -> Path:
    """The finished runs, where the winner of ``s`` is champion; not to be written to."""

    def make(folder: Path) -> Path:
        runs = copy_runs(finished.runs, folder / "runs")
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
            register_model(choose(runs, "s"), "champion")
        return runs

    return made_once(tmp_path_factory, "registered", make)


@pytest.fixture
def registered(once: Path, tmp_path: Path) -> Path:
    """A copy of those."""
    return copy_runs(once, tmp_path / "registered")


def client_of(runs: Path) -> MlflowClient:
    """A client of the folder's store."""
    return MlflowClient(tracking_uri(runs), registry_uri=tracking_uri(runs))


def files_of(version: ModelVersion) -> Path:
    """Where the files of a version are."""
    return Path(unquote(version.source).removeprefix("file://"))


@pytest.fixture
def quick(registered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Export any trial as the champion's file: to make one takes seconds."""
    found = client_of(registered).get_model_version_by_alias("s", "champion")
    images = choose(registered, "s").valid_images(None)
    said = answers(choose(registered, "s").load(trust_code=False), images)
    content = (files_of(found) / "model.onnx").read_bytes()
    made = Exported(content=content, images=images, said=said, right=1, apart=0.0)
    monkeypatch.setattr("fashion_bench.app.model_register.exported", lambda *_, **__: made)


def register(say: Say, runs: Path, *words: object) -> dict[str, Any]:
    """Register the winner of study ``s``; return what is told."""
    said = say("model", "register", "s", "--runs", runs, *words, "--json")
    assert said.code == 0, said.told
    told: dict[str, Any] = json.loads(said.printed)
    return told


def loaded(runs: Path, uri: str, images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What MLflow's own loader makes of a registered model, as logits."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(tracking_uri(runs))
    try:
        with catch_warnings(action="ignore", category=UserWarning):  # on types of MLflow's own
            model = mlflow.pyfunc.load_model(uri)
    finally:
        mlflow.set_tracking_uri(before)
    logits: np.ndarray[Any, Any] = model.predict({"images": images})["logits"]
    return logits


def test_a_winner_is_registered_with_its_run(registered: Path, say: Say) -> None:
    """With signature, example, requirements and its metrics; once more makes nothing new."""
    runs = registered
    chosen, client = choose(runs, "s"), client_of(runs)
    found = client.get_model_version_by_alias("s", "champion")
    run = client.get_run(found.run_id)
    assert run.data.tags["trial_id"] == chosen.trial.trial_id
    assert found.tags["fashion_bench.checkpoint_sha256"] == chosen.trial.checkpoint_sha256
    [output] = run.outputs.model_outputs
    logged = client.get_logged_model(output.model_id)
    metrics = {one.key: one.value for one in logged.metrics}
    assert metrics["valid/accuracy"] == chosen.trial.value
    assert {one.run_id for one in logged.metrics} == {found.run_id}
    assert chosen.trial.best is not None
    assert {one.step for one in logged.metrics} == {chosen.trial.best.epoch}

    kept = mlflow.models.Model.load(str(folder := files_of(found)))
    assert kept.metadata["trial"] == chosen.trial.trial_id
    assert [one.name for one in kept.signature.inputs] == ["images"]
    assert [one.shape for one in kept.signature.outputs] == [(-1, 10)]
    names = {
        line.partition("==")[0] for line in (folder / "requirements.txt").read_text().splitlines()
    }
    assert names == {"mlflow", "numpy", "onnx", "onnxruntime"}
    assert (folder / "input_example.json").exists()
    assert b"/fashion_bench/" not in (folder / "model.onnx").read_bytes()

    images = chosen.valid_images(None)
    logits = loaded(runs, "models:/s@champion", images.pixels.numpy())
    np.testing.assert_allclose(
        logits, answers(chosen.load(trust_code=False), images).logits, atol=1e-4
    )
    told = register(say, runs, "--alias", "champion")
    assert (told["name"], told["version"], told["new"], told["before"]) == ("s", "1", False, "1")
    assert told["right"] == told["recorded"] == chosen.right
    assert "models:/s@champion" in told["serve"]
    assert len(client.search_logged_models([logged.experiment_id])) == 1
    assert "s: 0 of 8 trials were sent" in say("sync", "--runs", runs).printed
    found = examine(runs, runs)
    about = [one for one in found if one.about.split()[0] in {"study", "mlflow"}]
    assert {one.state for one in about} == {"ok"}


@pytest.mark.usefixtures("quick")
def test_another_trial_is_another_version(registered: Path, say: Say) -> None:
    """The alias moves from one of ours, which is told; all outlives folder and study."""
    runs = registered
    other = next(t for t in choose(runs, "s").stage.trials if t != choose(runs, "s").trial)
    said = say(
        "model", "register", "s", "--trial", other.trial_id, "--alias", "champion", "--runs", runs
    )
    assert "s has it as version 2, new. champion led to version 1 before." in said.printed
    assert str(client_of(runs).get_model_version_by_alias("s", "champion").version) == "2"
    images = choose(runs, "s").valid_images(None).pixels[:5].numpy()
    before = loaded(runs, "models:/s@champion", images)
    removed = say("study", "rm", "s", "--yes", "--runs", runs).printed
    assert removed == "s is removed.\nIn MLflow's registry it stays as s, version 1, 2.\n"
    moved = runs.rename(runs.with_name("moved"))
    say("sync", "--runs", moved)
    np.testing.assert_array_equal(loaded(moved, "models:/s@champion", images), before)


@pytest.mark.usefixtures("quick")
def test_another_file_of_the_trial_is_another_version(
    registered: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another torch exports is not taken for what is there, in the store of its run."""
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", f"sqlite:///{registered}/elsewhere.db")
    made = model_register.exported(choose(registered, "s"), "onnx", None, trust_code=False)
    proto = onnx.load_from_string(made.content)
    proto.producer_name = "another"
    other = replace(made, content=proto.SerializeToString())
    monkeypatch.setattr(model_register, "exported", lambda *_, **__: other)
    told = register(say, registered)
    assert (told["version"], told["new"]) == ("2", True)


def _name(runs: Path) -> None:
    client_of(runs).create_registered_model("s", {"whose": "mine"})


def _alias(runs: Path) -> None:
    client = client_of(runs)
    client.create_registered_model("s", {"fashion_bench.model": "s"})
    client.create_model_version("s", "file:///of/mine")
    client.set_registered_model_alias("s", "champion", "1")


def _weights(runs: Path) -> None:
    choose(runs, "s").weights.unlink()


def _no_mlflow(runs: Path) -> None:
    (runs / "mlflow.db").unlink()


def _no_run(runs: Path) -> None:
    client, trial = client_of(runs), choose(runs, "s").trial.trial_id
    at = client.get_experiment_by_name("s").experiment_id
    [run] = client.search_runs([at], f"tags.trial_id = '{trial}'")
    client.delete_run(run.info.run_id)


def _no_experiment(runs: Path) -> None:
    client = client_of(runs)
    client.delete_experiment(client.get_experiment_by_name("s").experiment_id)


def _no_place(runs: Path) -> None:
    client = client_of(runs)
    client.delete_experiment(client.create_experiment("registered models"))


def _nothing(runs: Path) -> None:
    """Leave it as it is."""


@pytest.mark.parametrize(
    ("spoil", "alias", "told"),
    [
        (_name, "champion", "s: MLflow has a registered model of this name that is not ours;"),
        (_alias, "champion", "--alias champion: leads to version 1 of s, which is not ours;"),
        (_weights, "champion", "cannot be read"),
        (_no_mlflow, "champion", "has no run in MLflow; `fashion-bench sync`, then register"),
        (_no_run, None, ": was deleted in MLflow; `MLFLOW_TRACKING_URI=sqlite:///"),
        (_no_run, None, "/mlflow.db mlflow runs restore --run-id "),
        (_no_experiment, None, "s: was deleted in MLflow; `MLFLOW_TRACKING_URI=sqlite:///"),
        (_no_place, None, "registered models: was deleted in MLflow; `MLFLOW_TRACKING_URI="),
        (_no_place, None, "mlflow experiments restore --experiment-id "),
        (_nothing, "v1", "--alias: is no name that MLflow takes (given: 'v1')"),
        (_nothing, "a b/c", "--alias: is no name that MLflow takes (given: 'a b/c')"),
    ],
)
def test_what_is_a_persons_or_cannot_be_is_told_in_a_line(
    runs: Path, say: Say, spoil: Callable[[Path], None], alias: str, told: str
) -> None:
    """And the registry is what it was."""
    spoil(runs)
    before = _registry(runs)
    said = say("model", "register", "s", "--runs", runs, "--alias", alias)
    assert (said.code, told in said.told) == (2, True), said.told
    assert len(said.told.splitlines()) == 1
    assert _registry(runs) == before


def _registry(runs: Path) -> object:
    if not (runs / "mlflow.db").exists():
        return None
    client = client_of(runs)
    models = [
        (one.name, one.tags, one.aliases, one.last_updated_timestamp)
        for one in client.search_registered_models()
    ]
    return models, [(one.name, one.version, one.tags) for one in client.search_model_versions()]


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from mlflow import MlflowClient
from fashion_bench.app.model import choose
from fashion_bench.tracking.registry import Network, Place, register

runs, onnx, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
setattr(MlflowClient, point, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
chosen = choose(runs, "s")
place = Place(
    runs=runs, server=None, study=chosen.stage, trial_id=chosen.trial.trial_id, name="s", alias="a"
)
images = np.zeros((1, 28, 28), np.uint8)
made = Network(onnx=onnx.read_bytes(), examples=images, classes=10, metadata=chosen.metadata())
register(place, made)
"""


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "point",
    ["finalize_logged_model", "create_model_version", "set_registered_model_alias"],
)
def test_what_a_kill_left_is_settled_by_the_next(registered: Path, runs: Path, point: str) -> None:
    """One version is there in the end, with its alias, and one model, which is whole."""
    onnx = files_of(client_of(registered).get_model_version("s", "1")) / "model.onnx"
    words = [sys.executable, "-c", KILLED, runs, onnx, point]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    register_model(choose(runs, "s"), "a")
    client = client_of(runs)
    [version] = client.search_model_versions("name = 's'")
    assert client.get_model_version_by_alias("s", "a").version == version.version
    at = client.get_experiment_by_name("registered models").experiment_id
    [model] = client.search_logged_models([at])
    assert model.status == LoggedModelStatus.READY
    assert version.source == model.artifact_location


@pytest.mark.usefixtures("quick")
def test_refused_by_mlflow_no_empty_model_is_left(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the files that were to be its version."""

    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("not now", error_code=1)

    with monkeypatch.context() as patched:
        patched.setattr(MlflowClient, "create_model_version", refuse)
        with pytest.raises(MlflowException, match="not now"):
            register_model(choose(runs, "s"))
    client = client_of(runs)
    assert _registry(runs) == ([], [])
    experiment = client.get_experiment_by_name("registered models")
    assert not client.search_logged_models([experiment.experiment_id])


def quicker(patched: pytest.MonkeyPatch, method: str, others: Callable[[Path], None]) -> None:
    """Have another do something to the folder's store just before we call a method of a client."""
    plain = getattr(MlflowClient, method)

    def raced(client: MlflowClient, *given: object, **named: object) -> object:
        patched.setattr(MlflowClient, method, plain)  # the other's call is no race
        others(Path(client.tracking_uri.removeprefix("sqlite:///")).parent)
        return plain(client, *given, **named)

    patched.setattr(MlflowClient, method, raced)


def _ours(runs: Path) -> None:
    client_of(runs).create_registered_model("s", {"fashion_bench.model": "s"})


def _experiment(runs: Path) -> None:
    files = runs / "artifacts" / "registered models"
    client_of(runs).create_experiment("registered models", files.as_uri())


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("method", "others"),
    [("create_registered_model", _ours), ("create_experiment", _experiment)],
)
def test_what_another_registration_makes_at_once_is_used(
    runs: Path,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    others: Callable[[Path], None],
) -> None:
    """Nobody is refused because somebody else's began a moment earlier."""
    quicker(monkeypatch, method, others)
    assert register(say, runs)["version"] == "1"


@pytest.mark.usefixtures("quick")
def test_a_name_that_a_person_takes_meanwhile_is_theirs(
    runs: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told in a line, their model stays as it is, and nothing of ours is left."""
    quicker(monkeypatch, "create_registered_model", _name)
    said = say("model", "register", "s", "--runs", runs)
    assert said.code == 2
    assert said.told.startswith("Error: s: MLflow has a registered model of this name that is not")
    client = client_of(runs)
    [model] = client.search_registered_models()
    assert (model.tags, model.latest_versions) == ({"whose": "mine"}, [])
    at = client.get_experiment_by_name("registered models").experiment_id
    assert not client.search_logged_models([at])


@pytest.mark.usefixtures("quick")
def test_a_name_goes_only_where_no_other_has_used_it(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another registration made meanwhile outlives that ours is refused."""

    def add_and_refuse(*_: object, **__: object) -> None:
        monkeypatch.undo()
        client_of(runs).create_model_version("s", "file:///of/another")
        raise MlflowException("not now", error_code=1)

    monkeypatch.setattr(MlflowClient, "create_model_version", add_and_refuse)
    with pytest.raises(MlflowException, match="not now"):
        register_model(choose(runs, "s"))
    [version] = client_of(runs).search_model_versions("name = 's'")
    assert version.source == "file:///of/another"


def test_it_takes_the_extra(runs: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what to install."""
    monkeypatch.setattr("fashion_bench.app.model_export.find_spec", lambda _: None)
    said = say("model", "register", "s", "--runs", runs)
    assert (said.code, "pip install 'fashion-bench[onnx]'" in said.told) == (2, True)


def test_a_version_that_a_person_added_is_theirs(registered: Path) -> None:
    """What is told to stay of a removed study is what we registered."""
    client = client_of(registered)
    [ours] = client.search_model_versions("name = 's'")
    client.create_model_version("s", ours.source)
    assert model_register.versions_registered(registered, "s", None) == ["1"]
