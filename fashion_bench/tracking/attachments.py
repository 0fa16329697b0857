"""What people add to the page of a study in MLflow."""

import sqlite3
from pathlib import Path

from mlflow import MlflowClient

from fashion_bench.tracking.store import explained, tracking_uri

__all__ = ["attach"]


def attach(runs: Path, study: str, file: str, text: str) -> bool:
    """Add a text file to the run of a whole study; return whether there is such a run.

    Makes nothing that is not there, and tries once.

    Raises:
        MachineError: MLflow's store cannot be read, or is locked.
    """
    database = runs / "mlflow.db"
    if not database.exists():
        return False
    with explained(runs):
        sqlite3.connect(database).close()  # at what cannot be opened MLflow tries for minutes
        client = MlflowClient(tracking_uri(runs))
        experiment = client.get_experiment_by_name(study)
        if experiment is None:
            return False
        for run in client.search_runs([experiment.experiment_id], "tags.kind = 'study'"):
            client.log_text(run.info.run_id, text, file)
            return True
        return False
