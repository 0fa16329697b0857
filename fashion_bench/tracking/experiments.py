"""The MLflow experiment that stands for a study: made, found, removed, attached to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from urllib.parse import unquote

from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage, Run, ViewType
from mlflow.utils import get_results_from_paginated_fn

from fashion_bench.errors import NotSentError
from fashion_bench.records import Begun, StudyRecord
from fashion_bench.tracking.backend import FolderBackend, ServerBackend, backend_of, writing
from fashion_bench.tracking.keys import LEGACY_MARK, MARK, differing, note_in_place, with_note
from fashion_bench.tracking.projection import study_note
from fashion_bench.tracking.retry import retry
from fashion_bench.tracking.views import created_ms, view_links, view_tags

# Without it MLflow's page greets with the menus for language models.
_OURS = {"mlflow.experimentKind": "custom_model_development"}

_PAGE = 1000  # of what is listed at once
BRIEFLY = 10.0  # seconds to wait for whoever writes the same study


def find_experiment(client: MlflowClient, study: Begun) -> Experiment | None:
    """Return the experiment that shows a study, whatever its name is now; also a deleted one."""
    found = _listed(client, f"tags.`{MARK}` = '{_mark(study)}'")
    if not found:  # made before there were marks, or a person took it away
        at = _created_ms(study)
        found = [
            one
            for one in _listed(client, f"tags.`{LEGACY_MARK}` LIKE '%{at}%'")
            if created_ms(one.tags) == at and not one.tags.get(MARK, "").endswith(f" {at}")
        ]
    still = [one for one in found if not (_is_deleted(one) and one.name == _aside(one, study.name))]
    return min(still, key=lambda one: (_is_deleted(one), int(one.experiment_id)), default=None)


def ensure_experiment(
    client: MlflowClient,
    study: StudyRecord,
    backend: FolderBackend | ServerBackend,
    answer: str | None = None,
) -> Experiment:
    """Return the study's experiment, made and given its mark and views as needed.

    Where another has its name it gets one with a number.

    Args:
        client: of the store.
        study: whose experiment it is.
        backend: where its files are to be.
        answer: what its pages open with behind the question, unless a person wrote there.

    Raises:
        NotSentError: somebody deleted it on MLflow's page.
    """
    tags = experiment_tags(study)
    experiment = find_experiment(client, study)
    if experiment is None:
        return _make(client, study, backend, tags | with_note(study_note(study, answer or "")))
    if _is_deleted(experiment):
        raise NotSentError(
            study.name,
            "its experiment in MLflow was deleted there, so nothing is sent",
            remedy="to have it back, restore it: MLflow's page of deleted experiments, or "
            f"`mlflow experiments restore --experiment-id {experiment.experiment_id}`",
        )
    lacking = differing(tags, experiment.tags)
    if answer is not None:
        lacking |= note_in_place(study_note(study, answer), experiment.tags, study.question)
    for name, value in lacking.items():
        client.set_experiment_tag(experiment.experiment_id, name, value)
    return experiment


def experiment_tags(study: StudyRecord) -> dict[str, str]:
    """Return what is to be seen on a study's experiment, but for its description."""
    return {**_OURS, **view_tags(study), MARK: _mark(study)}


def _make(
    client: MlflowClient,
    study: StudyRecord,
    backend: FolderBackend | ServerBackend,
    tags: Mapping[str, str],
) -> Experiment:
    for name in chain([study.name], (f"{study.name} ({number})" for number in count(2))):
        there = client.get_experiment_by_name(name)
        if there is None:
            backend.clear(name)
            location = backend.artifact_location(name)
            return client.get_experiment(client.create_experiment(name, location, dict(tags)))
        if there.tags.get(MARK) == tags[MARK]:  # the answer to its making had been late
            return there
    raise AssertionError  # names are without end


def _listed(
    client: MlflowClient, wanted: str | None = None, which: int = ViewType.ALL
) -> list[Experiment]:
    """Return the experiments that a filter of MLflow's finds, however many pages they fill."""
    found: list[Experiment] = get_results_from_paginated_fn(  # type: ignore[no-untyped-call]
        lambda most, at: client.search_experiments(which, most, wanted, page_token=at), _PAGE
    )
    return found


def _mark(study: Begun) -> str:
    return f"{study.name} {_created_ms(study)}"


def _created_ms(study: Begun) -> int:
    return round(study.created_at * 1000)


def _is_deleted(experiment: Experiment) -> bool:
    return bool(experiment.lifecycle_stage == LifecycleStage.DELETED)


def _aside(experiment: Experiment, study: str) -> str:
    """Return the name under which a removed study is kept: what is deleted cannot be renamed."""
    return f"{study} (removed, {experiment.experiment_id})"


def runs_of(
    client: MlflowClient, experiment_id: str, view: int = ViewType.ACTIVE_ONLY
) -> list[Run]:
    """Return the runs of an experiment, however many pages they fill."""
    found: list[Run] = get_results_from_paginated_fn(  # type: ignore[no-untyped-call]
        lambda most, at: client.search_runs([experiment_id], "", view, most, page_token=at), _PAGE
    )
    return found


def remove_study(runs: Path, study: Begun, *, server: str | None = None) -> None:
    """Delete a study from MLflow with its artifacts, if it is there; another's of its name stays.

    Raises:
        FashionBenchError: MLflow cannot be written, or artifacts stay.
    """
    backend = backend_of(runs, server)
    with backend.looked_into(writes=True) as client:
        experiment = None
        if client is not None:
            experiment = retry(partial(find_experiment, client, study))
        if client is None or experiment is None:
            backend.clear(study.name)  # what a store that is no more had
            return
        # First: refused, it is to be found again.
        backend.drop_artifacts(unquote(Path(experiment.artifact_location).name))
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
        every = [] if client is None else _listed(client, which=ViewType.ACTIVE_ONLY)
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
            experiment = find_experiment(client, study)
            if experiment is None or _is_deleted(experiment):
                continue
            found[study.name] = view_links(study, ".", at := experiment.experiment_id)
            for run in client.search_runs([at], "tags.kind = 'study'", max_results=1):
                found[study.name]["study"] = f"./#/experiments/{at}/runs/{run.info.run_id}"
    return found


def attach(runs: Path, study: StudyRecord, file: str, text: str, server: str | None = None) -> bool:
    """Add a text file to the run of a whole study; return whether there is such a run.

    Makes nothing that is not there, and tries once.

    Raises:
        FashionBenchError: MLflow's store cannot be read, is locked, or is away.
    """
    with backend_of(runs, server).looked_into(writes=True) as client:
        if client is None:
            return False
        with writing(runs, study.name, seconds=BRIEFLY):
            experiment = find_experiment(client, study)
            if experiment is not None:
                for run in client.search_runs([experiment.experiment_id], "tags.kind = 'study'"):
                    client.log_text(run.info.run_id, text, file)
                    return True
        return False


def _put_away(client: MlflowClient, experiment_id: str, name: str) -> None:
    """Delete an experiment under another name, since MLflow keeps what it deletes, name and all.

    Done again, it goes on where it was cut off.
    """
    experiment = client.get_experiment(experiment_id)
    if experiment.name != (aside := _aside(experiment, name)):
        if _is_deleted(experiment):
            client.restore_experiment(experiment_id)  # what is deleted cannot be renamed
        client.rename_experiment(experiment_id, aside)
    elif _is_deleted(experiment):
        return
    client.delete_experiment(experiment_id)
