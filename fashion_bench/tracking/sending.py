"""What is sent to a run of MLflow's: points, words and files, and what is then known of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from fashion_bench.tracking.known import File, KnownRun, latest
from fashion_bench.training.files import remove_whole

_BATCH = 1000  # metrics; MLflow's limit


def batches(points: Sequence[Metric]) -> list[Sequence[Metric]]:
    """Return points as MLflow takes them at once: at least one batch, if an empty one."""
    starts = range(0, len(points), _BATCH)
    return [points[start : start + _BATCH] for start in starts] or [[]]


def log(
    client: MlflowClient,
    run: KnownRun,
    points: Sequence[Metric],
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> None:
    """Send points, parameters and tags; the latter two with the first points."""
    first, *others = batches(points)
    told = [RunTag(*tag) for tag in tags.items()]
    client.log_batch(run.run_id, first, [Param(*each) for each in params.items()], told)
    for batch in others:
        client.log_batch(run.run_id, batch)
    run.tags |= tags
    run.params |= params.keys()
    run.metrics |= latest(points)


def drop(client: MlflowClient, run: KnownRun, tags: Sequence[str]) -> None:
    """Delete tags."""
    for tag in tags:
        client.delete_tag(run.run_id, tag)
        del run.tags[tag]


def upload(client: MlflowClient, run: KnownRun, files: Mapping[str, File], aside: Path) -> None:
    """Send files to where a run has its own; the client would read all of the run to know.

    Args:
        client: of the store.
        run: which.
        files: by name.
        aside: a folder to collect them in, removed before and after.
    """
    remove_whole(aside)  # what a kill left
    for name, file in files.items():
        _stage(file, aside / name)
    there = get_artifact_repository(run.files_at, tracking_uri=client.tracking_uri)
    there.log_artifacts(str(aside))  # type: ignore[no-untyped-call]
    remove_whole(aside)


def _stage(file: File, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(file, bytes):
        place.write_bytes(file)
    else:
        place.symlink_to(file.resolve())  # MLflow copies what it leads to
