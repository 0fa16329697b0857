"""The MLflow experiment that stands for a study: made, found, removed, attached to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage, Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.tracking.backend import FolderBackend, backend_of, writing
from fashion_bench.tracking.retry import retry
from fashion_bench.tracking.views import created_ms, view_links, view_tags

# Without it MLflow's page greets with the menus for language models.
_OURS = {"mlflow.experimentKind": "custom_model_development"}


BRIEFLY = 10.0  # seconds to wait for whoever writes the same study


def ensure_experiment(
    client: MlflowClient, study: StudyRecord, location: str | None, note: str | None = None
) -> str:
    """Return the id of the study's experiment, made and given its views as needed.

    One that somebody deleted on MLflow's page is made anew: the ledger still has the study.

    Args:
        client: of the store.
        study: whose experiment it is.
        location: the URI its files are to be at; ``None`` for where the store keeps them.
        note: what its pages open with; ``None`` leaves what is there, at first the question.

    Raises:
        StudyError: the experiment of this name is not of this study.
    """
    tags = {**_OURS, **view_tags(study)} | ({} if note is None else {MLFLOW_RUN_NOTE: note})
    experiment = client.get_experiment_by_name(study.name)
    if experiment is not None and experiment.lifecycle_stage == LifecycleStage.DELETED:
        _put_away(client, experiment.experiment_id, study.name)
        experiment = None
    if experiment is None:
        at_first = {MLFLOW_RUN_NOTE: study.question}
        return client.create_experiment(study.name, location, at_first | tags)
    if not is_of(experiment, study):
        raise StudyError(
            study.name,
            "is the name of another study or experiment in MLflow",
            remedy="give this one another name, or delete the other on MLflow's page",
        )
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


def runs_by_key(client: MlflowClient, experiment_id: str) -> dict[str, list[Run]]:
    """Return the same by the trial's id; of an arm's run by its key, of the study's by its name."""
    found: dict[str, list[Run]] = defaultdict(list)
    for run in runs_of(client, experiment_id):
        tags = run.data.tags
        names = (tags.get(name) for name in ("trial_id", "summary", "study"))
        found[next(filter(None, names), run.info.run_id)].append(run)
    return found


def remove_study(runs: Path, study: StudyRecord, *, server: str | None = None) -> None:
    """Delete a study from MLflow with its artifacts, if it is there; another's of its name stays.

    Raises:
        FashionBenchError: MLflow cannot be written, or artifacts stay.
    """
    backend = backend_of(runs, server)
    with backend.looked_into(writes=True) as client:
        experiment = (
            None if client is None else retry(partial(client.get_experiment_by_name, study.name))
        )
        if experiment is not None and not is_of(experiment, study):
            return
        backend.drop_artifacts(study.name)  # first: refused, it is to be found again
        if client is not None and experiment is not None:
            retry(partial(_put_away, client, experiment.experiment_id, study.name))


@dataclass(frozen=True, slots=True)
class Ours:
    """An experiment that was made for a study: its name, its id, and when that was created."""

    name: str
    experiment_id: str
    created_ms: int


def ours(runs: Path) -> list[Ours]:
    """Return the experiments in the folder's store that were made for studies of any ledger.

    Raises:
        FashionBenchError: the store cannot be read.
    """
    with FolderBackend(runs).looked_into() as client:
        every = [] if client is None else client.search_experiments(max_results=5000)
        return [
            Ours(one.name, one.experiment_id, created)
            for one in every
            if (created := created_ms(one.tags)) is not None
        ]


def put_away(runs: Path, experiment: Ours) -> None:
    """Delete an experiment in the folder's store, whose own commands restore it; its files stay.

    Raises:
        FashionBenchError: MLflow cannot be written.
    """
    with FolderBackend(runs).looked_into(writes=True) as client:
        if client is not None:
            retry(partial(_put_away, client, experiment.experiment_id, experiment.name))


def page_links(runs: Path, studies: Iterable[StudyRecord]) -> dict[str, dict[str, str]]:
    """Return the pages of studies in the folder's own store, by name and by what they show.

    Relative to the server's root, the study's own run last, where there is one. Nothing is made
    and nothing waited for: a study that MLflow has not got yet is left out.

    Raises:
        FashionBenchError: the store cannot be read.
    """
    found = dict[str, dict[str, str]]()
    with FolderBackend(runs).looked_into() as client:
        if client is None:
            return found
        for study in studies:
            experiment = client.get_experiment_by_name(study.name)
            if experiment is None or not is_of(experiment, study):
                continue
            found[study.name] = view_links(study, ".", at := experiment.experiment_id)
            for run in client.search_runs([at], "tags.kind = 'study'", max_results=1):
                found[study.name]["study"] = f"./#/experiments/{at}/runs/{run.info.run_id}"
    return found


def attach(runs: Path, study: str, file: str, text: str, server: str | None = None) -> bool:
    """Add a text file to the run of a whole study; return whether there is such a run.

    Makes nothing that is not there, and tries once.

    Raises:
        FashionBenchError: MLflow's store cannot be read, is locked, or is away.
    """
    with backend_of(runs, server).looked_into(writes=True) as client:
        if client is None:
            return False
        with writing(runs, study, seconds=BRIEFLY):
            experiment = client.get_experiment_by_name(study)
            found = () if experiment is None else (experiment.experiment_id,)
            for run in client.search_runs([*found], "tags.kind = 'study'") if found else ():
                client.log_text(run.info.run_id, text, file)
                return True
        return False


def is_of(experiment: Experiment, study: StudyRecord) -> bool:
    """Whether an experiment was made for this study: names are not unique between ledgers."""
    return created_ms(experiment.tags) == round(study.created_at * 1000)


def _put_away(client: MlflowClient, experiment_id: str, name: str) -> None:
    """Delete an experiment under another name, since MLflow keeps what it deletes, name and all.

    Done again, it goes on where it was cut off.
    """
    experiment, aside = client.get_experiment(experiment_id), f"{name} (removed, {experiment_id})"
    deleted = experiment.lifecycle_stage == LifecycleStage.DELETED
    if experiment.name != aside:
        if deleted:
            client.restore_experiment(experiment_id)  # what is deleted cannot be renamed
        client.rename_experiment(experiment_id, aside)
    elif deleted:
        return
    client.delete_experiment(experiment_id)
