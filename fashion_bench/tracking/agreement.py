"""Agreement of MLflow with the ledger: which runs are there, and what is in them."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, ViewType

from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.arms import (
    Figures,
    Tally,
    by_generation,
    ordinals,
    report_content,
    summary_key,
)
from fashion_bench.tracking.backend import FolderBackend, ServerBackend, backend_of
from fashion_bench.tracking.experiments import experiment_tags, find_experiment, runs_of
from fashion_bench.tracking.keys import FILES, differing
from fashion_bench.tracking.known import (
    Found,
    files_lacking,
    found_runs,
    lacking,
    names_there,
)
from fashion_bench.tracking.projection import RunContent, study_content, trial_content
from fashion_bench.tracking.retry import retry

SumsOf = Callable[[TrialRecord], Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """In what MLflow differs from the ledger: by words, of which trials, arms or study.

    Attributes:
        wrong: what a sync mends.
        left: what is a person's, or cannot be mended: it is told and left.
    """

    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    left: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def disagreement(
    runs: Path,
    study: StudyRecord,
    server: str | None = None,
    *,
    sums: SumsOf = lambda _: {},
    figures: Figures | None = None,
) -> Disagreement:
    """Compare a study with what MLflow shows of it, point by point; nothing is written.

    Args:
        runs: the folder of runs.
        study: as the ledger holds it.
        server: the URL of a server to look at instead of the folder's own store.
        sums: the digests of a trial's files there should be, by name.
        figures: what the study comes to; without it only its trials are compared.

    Raises:
        FashionBenchError: MLflow cannot be read.
    """
    backend = backend_of(runs, server)
    with backend.looked_into() as client:
        told = Disagreement()
        if study.trials:
            retry(partial(_compare, backend, client, study, told, sums, figures))
        return told


def _compare(
    backend: FolderBackend | ServerBackend,
    client: MlflowClient | None,
    study: StudyRecord,
    told: Disagreement,
    sums: SumsOf,
    figures: Figures | None,
) -> None:
    told.wrong.clear()
    told.left.clear()
    experiment = None if client is None else find_experiment(client, study)
    if client is None or experiment is None:
        told.wrong["MLflow lacks"] = [*(t.trial_id for t in study.trials), study.name]
        return
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        told.left["its experiment was deleted in MLflow, where it can be restored:"] = [study.name]
        return
    if differing(experiment_tags(study), experiment.tags):
        told.wrong["MLflow says otherwise of the pages of"] = [study.name]
    found = found_runs(runs_of(client, experiment.experiment_id, ViewType.ALL))
    for key, content in _contents(study, found, figures).items():
        _judge(client, content, found.get(key), key, told)
    for trial in study.trials:
        _judge_files(backend, client, found.get(trial.trial_id), trial.trial_id, sums(trial), told)
    own = found.get(study.name)
    if own is not None and figures is not None:
        of_study = _sums(own.own.tags)
        if of_study is None and not own.own.deleted:
            told.wrong["MLflow does not tell the files of"] = [study.name]
        _judge_files(backend, client, own, study.name, of_study or {}, told)


def _contents(
    study: StudyRecord, found: Mapping[str, Found], figures: Figures | None
) -> dict[str, RunContent]:
    """Return what each run should hold, by key."""
    contents = {trial.trial_id: trial_content(trial, study) for trial in study.trials}
    if figures is None:
        return contents
    contents[study.name] = study_content(study, figures.metrics, figures.answer)
    tally, latest = Tally(study), ordinals([*found])
    for generation in by_generation(study.trials):
        tally.add(generation)
    for report in figures.arms:
        if tally.trials(report.arm):
            ordinal = latest.get(f"{study.name}.{report.arm}", 1)
            content = report_content(study, report, figures.answer, tally, ordinal)
            contents[summary_key(study, report.arm, ordinal)] = content
    return contents


def _judge(
    client: MlflowClient, content: RunContent, found: Found | None, key: str, told: Disagreement
) -> None:
    if found is None:
        told.wrong["MLflow lacks"].append(key)
        return
    if found.late:
        told.wrong["MLflow has more than one run of"].append(key)
    if found.others:
        told.left["MLflow has copies, which are left alone, of"].append(key)
    if found.own.deleted:
        told.left["deleted in MLflow, where they can be restored:"].append(key)
        return
    if not found.own.ended:
        told.wrong["MLflow says these still run"].append(key)
        return
    if found.own.status != content.status:
        told.wrong["MLflow says these ended otherwise"].append(key)
    lacks = lacking(client, found.own, content, thorough=True)
    if lacks.tags or lacks.params or lacks.stray:
        told.wrong["MLflow says otherwise of"].append(key)
    if lacks.points:
        told.wrong["MLflow lacks points of"].append(key)
    if lacks.wrong:
        told.left["MLflow has points that were not measured, and takes none back, of"].append(key)


def _judge_files(
    backend: FolderBackend | ServerBackend,
    client: MlflowClient,
    found: Found | None,
    key: str,
    sums: Mapping[str, str | None],
    told: Disagreement,
) -> None:
    if found is None or found.own.deleted or not sums:
        return
    place = backend.folder_of(found.own.files_at)
    if files_lacking(sums, place, partial(names_there, client, found.own.run_id)):
        told.wrong["MLflow lacks files, or has others, of"].append(key)


def _sums(tags: Mapping[str, str]) -> dict[str, str | None] | None:
    """Return the digests of a study's files, as its run has them."""
    with suppress(LookupError, ValueError, AttributeError):
        return {name: value and str(value) for name, value in json.loads(tags[FILES]).items()}
    return None
