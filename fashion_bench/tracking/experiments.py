"""The MLflow experiment that stands for a study: made, found, removed, linked to."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree

from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage, Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from fashion_bench.records import StudyRecord
from fashion_bench.tracking.store import artifact_root, explained, open_store
from fashion_bench.tracking.views import ViewLinks, view_links, view_tags

__all__ = ["ensure_experiment", "remove_study", "runs_of", "study_links"]

# Without it MLflow's page greets with the menus for language models.
_OURS = {"mlflow.experimentKind": "custom_model_development"}


def ensure_experiment(
    client: MlflowClient, runs: Path, study: StudyRecord, varying: Sequence[str]
) -> str:
    """Return the id of the study's experiment, made and given its views as needed.

    One that somebody deleted on MLflow's page is made anew: the ledger still has the study.
    """
    tags = {**_OURS, MLFLOW_RUN_NOTE: study.question, **view_tags(study, varying)}
    experiment = client.get_experiment_by_name(study.name)
    if experiment is not None and experiment.lifecycle_stage == LifecycleStage.DELETED:
        _put_away(client, experiment)
        experiment = None
    if experiment is None:
        location = artifact_root(runs) / study.name
        return client.create_experiment(study.name, location.as_uri(), tags)
    for name, value in tags.items():
        if experiment.tags.get(name) != value:
            client.set_experiment_tag(experiment.experiment_id, name, value)
    return experiment.experiment_id


def runs_of(client: MlflowClient, experiment_id: str) -> Iterator[Run]:
    """Return the runs of an experiment, however many pages they fill."""
    page = client.search_runs([experiment_id])
    yield from page
    while page.token:
        page = client.search_runs([experiment_id], page_token=page.token)
        yield from page


def remove_study(runs: Path, name: str) -> None:
    """Delete a study from MLflow with its artifacts; a study unknown there is no error."""
    client = open_store(runs)
    with explained(runs):
        experiment = client.get_experiment_by_name(name)
        if experiment is not None:
            _put_away(client, experiment)
    rmtree(artifact_root(runs) / name, ignore_errors=True)


def study_links(runs: Path, base_url: str) -> dict[str, ViewLinks]:
    """Return where each study in the store is seen on the server at ``base_url``, by its name."""
    return {
        experiment.name: view_links(base_url, experiment.experiment_id)
        for experiment in open_store(runs).search_experiments()
        if _OURS.items() <= experiment.tags.items()
    }


def _put_away(client: MlflowClient, experiment: Experiment) -> None:
    """Delete an experiment under another name, since MLflow keeps what it deletes, name and all."""
    experiment_id = experiment.experiment_id
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        client.restore_experiment(experiment_id)  # what is deleted cannot be renamed
    client.rename_experiment(experiment_id, f"{experiment.name} (removed, {experiment_id})")
    client.delete_experiment(experiment_id)
