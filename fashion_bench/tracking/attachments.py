"""What people add to the page of a study in MLflow."""

from pathlib import Path

from fashion_bench.tracking.stores import store_of

__all__ = ["attach"]


def attach(runs: Path, study: str, file: str, text: str, server: str | None = None) -> bool:
    """Add a text file to the run of a whole study; return whether there is such a run.

    Makes nothing that is not there, and tries once.

    Raises:
        FashionBenchError: MLflow's store cannot be read, is locked, or is away.
    """
    store = store_of(runs, server)
    client = store.look_into()
    if client is None:
        return False
    with store.explained():
        experiment = client.get_experiment_by_name(study)
        if experiment is None:
            return False
        for run in client.search_runs([experiment.experiment_id], "tags.kind = 'study'"):
            client.log_text(run.info.run_id, text, file)
            return True
        return False
