"""MLflow's registry of models: a trial's network as a version of a model, beside its run.

What carries our tag is ours, all else is a person's and stays as it is. A model's files lie with an
experiment of their own: a study that is removed takes its own with it (decision 83).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from typing import Any
from warnings import catch_warnings

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import (
    Experiment,
    LifecycleStage,
    LoggedModel,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Run,
    ViewType,
)
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_alias_name_reserved,
)
from numpy.typing import NDArray

from fashion_bench.errors import SpecError, StudyError, shown
from fashion_bench.records import StudyRecord
from fashion_bench.tracking.backend import backend_of, writing
from fashion_bench.tracking.experiments import BRIEFLY, find_experiment, runs_of
from fashion_bench.tracking.keys import CHECKPOINT_SUM, EXPORT_SUM, REGISTERED
from fashion_bench.tracking.known import digest, found_runs

MODELS = "registered models"  # the experiment of their files; no study's name has a space
_PACKAGES = ("mlflow", "numpy", "onnx", "onnxruntime")  # what serving takes: neither torch nor us


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """What is registered.

    Attributes:
        onnx: the network, as its file holds it; takes ``images`` and gives ``logits``.
        examples: some images as it takes them, ``[N, ...]``.
        classes: how many logits it gives.
        metadata: what it is, as plain data; has ``trial``, ``epoch`` and ``checkpoint_sha256``.
    """

    onnx: bytes
    examples: NDArray[Any]
    classes: int
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A version in the registry.

    Attributes:
        name: of the model.
        version: its number.
        new: whether it was made now.
        alias: that leads to it, if one was asked for.
        before: the version that the alias led to before.
        run_id: of the trial, in MLflow.
        uri: of the store.
    """

    name: str
    version: str
    new: bool
    alias: str | None
    before: str | None
    run_id: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a trial's network is to be registered.

    Attributes:
        runs: the folder of runs.
        server: the URL of an MLflow server; ``None`` for the folder's own store.
        study: of the trial; a stage where it is of one.
        trial_id: its name.
        name: of the model.
        alias: that is to lead to the version, if any.
    """

    runs: Path
    server: str | None
    study: StudyRecord
    trial_id: str
    name: str
    alias: str | None


def refuse_unregistrable(place: Place) -> None:
    """Look, before anything is made, whether a trial's network can be registered.

    Raises:
        SpecError: no alias can be called so.
        StudyError: the trial is not in MLflow, or was deleted there, as our models' experiment may
            be; a person has a model of this name there; or their alias leads to what is not ours.
        FashionBenchError: MLflow cannot be read.
    """
    try:
        if place.alias is not None:
            _validate_model_alias_name(place.alias)  # type: ignore[no-untyped-call]
            _validate_model_alias_name_reserved(place.alias)  # type: ignore[no-untyped-call]
    except MlflowException as error:
        remedy = "use letters, digits, - and _, as in champion"
        problem = "is no name that MLflow takes"
        raise SpecError("--alias", problem, given=shown(place.alias), remedy=remedy) from error
    with _opened(place) as registry:
        registry.refuse()


def register(place: Place, network: Network) -> Registered:
    """Register a network, unless it is there, and have the alias lead to it.

    Raises:
        FashionBenchError: as ``refuse_unregistrable``, or MLflow cannot be written.
    """
    with _opened(place) as registry:
        registry.refuse()
        return registry.register(network)


def versions_of(runs: Path, server: str | None, name: str) -> list[str]:
    """Return the numbers of the versions of a study's model that are ours, in one store.

    Raises:
        FashionBenchError: it cannot be read.
    """
    with backend_of(runs, server).looked_into() as client:
        if client is None:
            return []
        own = MlflowClient(client.tracking_uri, registry_uri=client.tracking_uri)
        found = own.search_model_versions(f"name = '{name}'")
        return sorted((str(one.version) for one in found if REGISTERED in one.tags), key=int)


@contextmanager
def _opened(place: Place) -> Iterator["_Registry"]:
    backend = backend_of(place.runs, place.server)
    alone = writing(place.runs, place.study.name, seconds=BRIEFLY)
    with backend.looked_into(writes=True) as client, alone:
        if client is None or (run_id := _run_of(client, place)) is None:
            given = "" if place.server is None else f" --mlflow {place.server}"
            remedy = f"`fashion-bench sync{given}`, then register it again"
            raise StudyError(place.trial_id, "has no run in MLflow", remedy=remedy)
        # Versions are to lie where the runs do, whatever registry MLflow is told of elsewhere.
        own = MlflowClient(client.tracking_uri, registry_uri=client.tracking_uri)
        yield _Registry(own, place, run_id, backend.artifact_location(MODELS))


def _run_of(client: MlflowClient, place: Place) -> str | None:
    experiment = find_experiment(client, place.study)
    if experiment is None:
        return None
    _refuse_deleted(client, place.study.name, experiment)
    found = found_runs(runs_of(client, experiment.experiment_id, ViewType.ALL)).get(place.trial_id)
    if found is None:
        return None
    if found.own.deleted:
        raise _deleted(client, place.trial_id, f"runs restore --run-id {found.own.run_id}")
    return found.own.run_id


def _refuse_deleted(client: MlflowClient, name: str, experiment: Experiment | None) -> None:
    if experiment is not None and experiment.lifecycle_stage == LifecycleStage.DELETED:
        raise _deleted(
            client, name, f"experiments restore --experiment-id {experiment.experiment_id}"
        )


def _deleted(client: MlflowClient, name: str, words: str) -> StudyError:
    command = f"MLFLOW_TRACKING_URI={quote(client.tracking_uri)} mlflow {words}"
    return StudyError(name, "was deleted in MLflow", remedy=f"`{command}`, then register it again")


@dataclass(frozen=True, slots=True)
class _Registry:
    """The registry of a store, while nobody else writes the study there."""

    client: MlflowClient
    place: Place
    run_id: str
    files_at: str | None

    def refuse(self) -> None:
        _refuse_deleted(self.client, MODELS, self.client.get_experiment_by_name(MODELS))
        name, alias = self.place.name, self.place.alias
        model = self._model()
        if model is None:
            return
        if REGISTERED not in model.tags:
            problem = "MLflow has a registered model of this name that is not ours"
            raise StudyError(name, problem, remedy="rename it there, then register again")
        if (at := model.aliases.get(alias)) is None:
            return
        if REGISTERED not in self.client.get_model_version(name, at).tags:
            problem = f"leads to version {at} of {name}, which is not ours"
            remedy = "take it away in MLflow, or use another"
            raise StudyError(f"--alias {alias}", problem, remedy=remedy)

    def register(self, network: Network) -> Registered:
        name, alias, told = self.place.name, self.place.alias, network.metadata
        marks = {
            REGISTERED: self.place.trial_id,
            CHECKPOINT_SUM: str(told["checkpoint_sha256"]),
            EXPORT_SUM: digest(network.onnx),
        }
        versions = self.client.search_model_versions(f"name = '{name}'")
        there = next((one for one in versions if marks.items() <= one.tags.items()), None)
        version = str((there or self._add(network, marks)).version)
        model = self._model()
        at = None if model is None else model.aliases.get(alias)
        before = None if at is None else str(at)  # a number from sqlite, a text over REST
        if alias is not None and before != version:
            self.client.set_registered_model_alias(name, alias, version)
        return Registered(
            name=name,
            version=version,
            new=there is None,
            alias=alias,
            before=before,
            run_id=self.run_id,
            uri=str(self.client.tracking_uri),
        )

    def _add(self, network: Network, marks: dict[str, str]) -> ModelVersion:
        """Add a version; where that fails no model is left that has none."""
        client, name, experiment = self.client, self.place.name, self._experiment()
        left = self._leftover(experiment, marks)
        with ExitStack() as undone:
            logged = left or self._logged(experiment, network, marks, undone)
            if self._ensure_model():
                undone.callback(self._forget_name)
            version = client.create_model_version(
                name, logged.artifact_location, self.run_id, marks, model_id=logged.model_id
            )
            undone.pop_all()
        return version

    def _logged(
        self, experiment: str, network: Network, marks: dict[str, str], undone: ExitStack
    ) -> LoggedModel:
        """Give MLflow the network, as the run's."""
        client, run_id = self.client, self.run_id
        run = client.get_run(run_id)
        step = int(network.metadata["epoch"])
        logged = client.create_logged_model(
            experiment, self.place.name, run_id, tags=marks, params=run.data.params
        )
        undone.callback(client.delete_logged_model, logged.model_id)
        with TemporaryDirectory() as folder:
            _save(network, Path(folder) / "model", logged.model_id, run_id)
            client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step)])
        client.log_batch(run_id, self._metrics(run, step, logged.model_id))
        return client.finalize_logged_model(logged.model_id, "READY")

    def _metrics(self, run: Run, step: int, model_id: str) -> list[Metric]:
        """Return what the run measured at the epoch of these weights, as the model's."""
        return [
            Metric(one.key, one.value, one.timestamp, one.step, model_id, run_id=self.run_id)
            for name in run.data.metrics
            for one in self.client.get_metric_history(self.run_id, name)
            if one.step == step and one.model_id is None
        ]

    def _leftover(self, experiment_id: str, marks: dict[str, str]) -> LoggedModel | None:
        """Return a whole model of this network, left by a registration that was killed.

        What it left half made of this trial is deleted.
        """
        whole, of_run = None, f"source_run_id = '{self.run_id}'"
        for one in self.client.search_logged_models([experiment_id], of_run):
            if REGISTERED in one.tags and one.status == LoggedModelStatus.PENDING:
                self.client.delete_logged_model(one.model_id)
            elif marks.items() <= one.tags.items() and one.status == LoggedModelStatus.READY:
                whole = one
        return whole

    def _experiment(self) -> str:
        there = self.client.get_experiment_by_name(MODELS)
        if there is None:
            _created(partial(self.client.create_experiment, MODELS, self.files_at))
            there = self.client.get_experiment_by_name(MODELS)
        assert there is not None
        return str(there.experiment_id)

    def _ensure_model(self) -> bool:
        """See to it that there is a model of the name; tell whether it was made now."""
        if self._model() is not None:
            return False
        name = self.place.name
        made = _created(partial(self.client.create_registered_model, name, {REGISTERED: name}))
        if not made:
            self.refuse()  # whoever was quicker may be a person
        return made

    def _forget_name(self) -> None:
        """Delete the model of the name, unless somebody has added a version meanwhile."""
        if not self.client.search_model_versions(f"name = '{self.place.name}'"):
            self.client.delete_registered_model(self.place.name)

    def _model(self) -> RegisteredModel | None:
        try:
            return self.client.get_registered_model(self.place.name)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise


def _created(make: Callable[[], object]) -> bool:
    """Make something; tell whether it was made, or was there since a moment ago."""
    try:
        make()
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        return False
    return True


def _save(network: Network, folder: Path, model_id: str, run_id: str) -> None:
    """Write a model as MLflow keeps it; its runtime loads it without a pickle."""
    import onnx

    images = TensorSpec(network.examples.dtype, (-1, *network.examples.shape[1:]), "images")
    logits = TensorSpec(np.dtype(np.float32), (-1, network.classes), "logits")
    with catch_warnings(action="ignore", category=UserWarning):  # of MLflow, on types of its own
        mlflow.onnx.save_model(
            onnx.load_from_string(network.onnx),
            str(folder),
            mlflow_model=Model(model_id=model_id, run_id=run_id),
            signature=ModelSignature(Schema([images]), Schema([logits])),
            input_example={"images": network.examples},
            pip_requirements=[f"{name}=={version(name)}" for name in _PACKAGES],
            onnx_execution_providers=["CPUExecutionProvider"],
            metadata=dict(network.metadata),
            save_as_external_data=False,
        )
