"""Agreement of MLflow with the ledger: missing, doubled, unfinished or wrong runs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run

from fashion_bench.records import StudyRecord
from fashion_bench.tracking.backend import backend_of
from fashion_bench.tracking.experiments import runs_of
from fashion_bench.tracking.mlflow_mirror import key_of
from fashion_bench.tracking.projection import STATUS
from fashion_bench.tracking.retry import retry
from fashion_bench.tracking.views import created_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """In what MLflow differs, by trial id; of the whole study's own run, by its name.

    Attributes:
        missing: have no run.
        unfinished: have a run that says it still goes on.
        doubled: have more than one run.
        wrong: have a run that says it ended otherwise.
        unscored: have a run without their latest test scores.
    """

    missing: tuple[str, ...]
    unfinished: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]
    unscored: tuple[str, ...]


def disagreement(runs: Path, study: StudyRecord, server: str | None = None) -> Disagreement:
    """Compare a study with what MLflow shows of it; nothing is written.

    Args:
        runs: the folder of runs.
        study: as the ledger holds it.
        server: the URL of a server to look at instead of the folder's own store.

    Raises:
        FashionBenchError: MLflow cannot be read.
    """
    backend = backend_of(runs, server)
    client = backend.look_into()
    with backend.translate_errors():
        found = {} if client is None else retry(partial(_runs, client, study))
    expected = _expected(study)
    return Disagreement(
        missing=tuple(key for key in expected if key not in found),
        unfinished=tuple(key for key in expected if "RUNNING" in _statuses(found, key)),
        doubled=tuple(key for key in expected if len(found.get(key, ())) > 1),
        wrong=tuple(k for k in expected if _statuses(found, k) - {"RUNNING", expected[k]}),
        unscored=tuple(
            trial.trial_id
            for trial in study.trials
            if trial.test is not None
            and trial.trial_id in found
            and _opening(found[trial.trial_id]) < trial.test.opening
        ),
    )


def reopen(runs: Path, study: StudyRecord, server: str | None = None) -> None:
    """Have the runs that say something wrong say that they go on: the next sync ends them anew.

    Args:
        runs: the folder of runs.
        study: as the ledger holds it.
        server: the URL of a server to write to instead of the folder's own store.

    Raises:
        FashionBenchError: MLflow cannot be written.
    """
    backend, expected = backend_of(runs, server), _expected(study)
    client = backend.look_into()
    if client is None:
        return
    with backend.translate_errors():
        for key, of_key in retry(partial(_runs, client, study)).items():
            for run in of_key:
                if run.info.status not in {"RUNNING", expected.get(key, run.info.status)}:
                    retry(partial(client.update_run, run.info.run_id, "RUNNING"))


def _expected(study: StudyRecord) -> dict[str, str]:
    """Return MLflow's word for how each trial ended; a study without trials is not there yet."""
    trials = {trial.trial_id: STATUS[trial.outcome] for trial in study.trials}
    return trials | {study.name: "FINISHED"} if trials else {}


def _runs(client: MlflowClient, study: StudyRecord) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = defaultdict(list)
    experiment = client.get_experiment_by_name(study.name)
    if (
        experiment is not None
        and experiment.lifecycle_stage == LifecycleStage.ACTIVE
        and created_ms(experiment.tags) == round(study.created_at * 1000)
    ):
        for run in runs_of(client, experiment.experiment_id):
            found[key_of(run)].append(run)
    return found


def _statuses(found: Mapping[str, Sequence[Run]], key: str) -> set[str]:
    return {run.info.status for run in found.get(key, ())}


def _opening(runs: Sequence[Run]) -> int:
    """Return the latest opening of the test images that a trial's runs have scores of."""
    return max(int(run.data.tags.get("test_opening", 0)) for run in runs)
