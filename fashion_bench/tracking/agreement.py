"""Agreement of MLflow with the ledger: missing, doubled, unfinished or wrong runs."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run

from fashion_bench.records import StudyRecord
from fashion_bench.tracking.backend import backend_of
from fashion_bench.tracking.experiments import is_of, runs_by_key
from fashion_bench.tracking.projection import STATUS
from fashion_bench.tracking.retry import retry


def disagreement(runs: Path, study: StudyRecord, server: str | None = None) -> dict[str, list[str]]:
    """Compare a study with what MLflow shows of it; nothing is written.

    Args:
        runs: the folder of runs.
        study: as the ledger holds it.
        server: the URL of a server to look at instead of the folder's own store.

    Returns:
        By what may be wrong, in words, the trials' ids of which it is; of the whole study's own
        run and those of its arms, their names.

    Raises:
        FashionBenchError: MLflow cannot be read.
    """
    with backend_of(runs, server).looked_into() as client:
        found = {} if client is None else retry(partial(_runs, client, study))
    expected = _expected(study)
    of_key = {key: found.get(key, []) for key in expected}
    statuses = {key: {run.info.status for run in of_key[key]} for key in expected}
    lacking = [key for key in expected if not of_key[key]]
    return {
        "MLflow lacks": lacking,
        "MLflow lacks trials in the figures of": [
            arm for arm in study.arms if not lacking and _told(found, arm) < len(study.counted(arm))
        ],
        "MLflow says these still run": [key for key in expected if "RUNNING" in statuses[key]],
        "MLflow has more than one run of": [key for key in expected if len(of_key[key]) > 1],
        "MLflow says these ended otherwise": [
            key for key in expected if statuses[key] - {"RUNNING", expected[key]}
        ],
        "MLflow lacks the test scores of": [
            trial.trial_id
            for trial in study.trials
            if trial.test is not None
            and of_key[trial.trial_id]
            and _opening(of_key[trial.trial_id]) < trial.test.opening
        ],
    }


def _expected(study: StudyRecord) -> dict[str, str]:
    """Return MLflow's word for how each trial ended; a study without trials is not there yet."""
    trials = {trial.trial_id: STATUS[trial.outcome] for trial in study.trials}
    return trials | {study.name: "FINISHED"} if trials else {}


def _runs(client: MlflowClient, study: StudyRecord) -> dict[str, list[Run]]:
    experiment = client.get_experiment_by_name(study.name)
    if experiment is None or experiment.lifecycle_stage != LifecycleStage.ACTIVE:
        return {}
    return runs_by_key(client, experiment.experiment_id) if is_of(experiment, study) else {}


def _told(found: Mapping[str, Sequence[Run]], arm: str) -> int:
    """Return how many trials of an arm its ended runs tell of."""
    ended = [run for runs in found.values() for run in runs if run.info.status != "RUNNING"]
    tags = (run.data.tags for run in ended)
    of_arm = (one for one in tags if one.get("kind") == "arm" and one["arm"] == arm)
    return max((int(one["trials"]) for one in of_arm), default=0)


def _opening(runs: Sequence[Run]) -> int:
    """Return the latest opening of the test images that a trial's runs have scores of."""
    return max(int(run.data.tags.get("test_opening", 0)) for run in runs)
