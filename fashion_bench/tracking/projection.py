"""What MLflow is told of a trial or a study: pure functions from records to a run's content."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite, nan

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_GIT_COMMIT, MLFLOW_RUN_NOTE

from fashion_bench.config import TEST_SETS, ParamValue, TestSet
from fashion_bench.records import Epoch, Opening, Outcome, StudyRecord, TestScore, TrialRecord

# MLflow has no word of its own for "pruned" and "diverged": their tags tell them apart.
STATUS = {
    Outcome.COMPLETE: "FINISHED",
    Outcome.PRUNED: "KILLED",
    Outcome.DIVERGED: "FAILED",
    Outcome.FAILED: "FAILED",
}
_DIGEST_LENGTH = 12  # what a table has room for; the data set's source holds all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContent:
    """All that one MLflow run holds, but for its artifacts.

    Attributes:
        key: what the run is found by: a trial id or the study's name.
        name: for people.
        status: MLflow's word for how it ended.
        start_ms: Unix time in milliseconds.
        end_ms: likewise.
        tags: what people filter and group by.
        params: what was set.
        metrics: what was measured, each with the time at which it was.
        datasets: what it was trained on.
    """

    key: str
    name: str
    status: str
    start_ms: int
    end_ms: int
    tags: Mapping[str, str]
    params: Mapping[str, ParamValue]
    metrics: list[Metric]
    datasets: list[DatasetInput]


def trial_content(
    trial: TrialRecord, *, varying: Sequence[str], provenance: Mapping[str, str]
) -> RunContent:
    """Return the run of a finished trial.

    Args:
        trial: as the ledger holds it.
        varying: the parameters its name shows, in order.
        provenance: tags; ``data_digest`` names the data set instead, and ``git_commit`` is
            also given under MLflow's own name for it.
    """
    return RunContent(
        key=trial.trial_id,
        name=trial_name(trial, varying),
        status=STATUS[trial.outcome],
        start_ms=_started_ms(trial),
        end_ms=_ms(trial.ended_at),
        tags=_provenance_tags(provenance) | _trial_tags(trial) | score_tags(trial.tests),
        params=_trial_params(trial),
        metrics=[*_curves(trial.history), *_best(trial.best), *score_metrics(trial.tests)],
        datasets=[_dataset(trial.config.recipe.source, provenance["data_digest"])],
    )


def study_content(
    study: StudyRecord, *, metrics: Mapping[str, float], provenance: Mapping[str, str]
) -> RunContent:
    """Return the run that stands for a whole study; its metrics are counted in finished trials."""
    done = len(study.trials)
    end_ms = _ms(max((trial.ended_at for trial in study.trials), default=study.created_at))
    return RunContent(
        key=study.name,
        name=f"{study.kind}  {study.name}",
        status="FINISHED",
        start_ms=_ms(study.created_at),
        end_ms=end_ms,
        tags=_provenance_tags(provenance)
        | {
            "kind": "study",
            "study": study.name,
            "arms": ", ".join(study.arms),
            MLFLOW_RUN_NOTE: study.question,
        }
        | _opening_tags(study.openings),
        params={},
        metrics=[
            _metric(name, value, end_ms, done)
            for name, value in {"trials": done, "planned": study.planned, **metrics}.items()
        ],
        datasets=[],
    )


def trial_name(trial: TrialRecord, varying: Sequence[str]) -> str:
    """Return a short name that tells trials apart: ``dropout-7  hidden 250  lr 0.0012``."""
    shown = (f"{name} {_short(trial.params[name])}" for name in varying if name in trial.params)
    return "  ".join([f"{trial.arm}-{trial.number}", *shown])


def score_metrics(tests: Mapping[TestSet, TestScore]) -> list[Metric]:
    """Return the scores on the test images; a metric's step is the opening it is of."""
    return [
        _metric(f"{TEST_SETS[test_set]}/{name}", value, _ms(score.measured_at), score.opening)
        for test_set, score in tests.items()
        for name, value in {"accuracy": score.accuracy, "loss": score.loss}.items()
    ]


def score_tags(tests: Mapping[TestSet, TestScore]) -> dict[str, str]:
    """Return which opening of the test images the scores are of, where there are any."""
    plain = tests.get("plain")
    return {} if plain is None else {"test_opening": str(plain.opening)}


def _opening_tags(openings: Sequence[Opening]) -> dict[str, str]:
    """Return how often and why the test images were opened, where they were."""
    reasons = "; ".join(opening.reason for opening in openings if opening.reason)
    tags = {"test_openings": str(len(openings)) if openings else "", "test_reasons": reasons}
    return {name: value for name, value in tags.items() if value}


def _short(value: ParamValue) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _trial_tags(trial: TrialRecord) -> dict[str, str]:
    tags = {
        "kind": "trial",
        "study": trial.study,
        "arm": trial.arm,
        "trial_id": trial.trial_id,
        "number": str(trial.number),
        "generation": str(trial.generation),
        "outcome": trial.outcome.value,
    }
    if trial.checkpoint_sha256 is not None:
        tags["checkpoint_sha256"] = trial.checkpoint_sha256
    if trial.outcome is Outcome.PRUNED:
        tags["pruned"] = f"epoch {len(trial.history)}"
    elif trial.outcome is not Outcome.COMPLETE:
        tags["reason"] = trial.reason
    return tags


def _trial_params(trial: TrialRecord) -> dict[str, ParamValue]:
    config = trial.config
    seeds = {"seed": config.seed, "split_seed": config.split_seed}
    return {"arm": trial.arm, **asdict(config.recipe), **seeds, **trial.params}


def _curves(history: Sequence[Epoch]) -> Iterator[Metric]:
    for epoch in history:
        figures = {
            "train/loss": epoch.train_loss,
            "train/accuracy": epoch.train_accuracy,
            "valid/loss": epoch.valid_loss,
            "valid/accuracy": epoch.valid_accuracy,
            "time/epoch_seconds": epoch.seconds,
        }
        for name, value in figures.items():
            yield _metric(name, value, _ms(epoch.ended_at), epoch.epoch)


def _best(best: Epoch | None) -> list[Metric]:
    if best is None:
        return []
    figures = {
        "best/valid_accuracy": best.valid_accuracy,
        "best/valid_loss": best.valid_loss,
        "best/epoch": best.epoch,
    }
    return [_metric(name, value, _ms(best.ended_at), best.epoch) for name, value in figures.items()]


def _metric(name: str, value: float, at_ms: int, step: int) -> Metric:
    # MLflow keeps infinity as 1.8e308, which flattens every chart; NaN it leaves out of them.
    return Metric(name, float(value) if isfinite(value) else nan, at_ms, step)


def _dataset(source: str, digest: str) -> DatasetInput:
    return DatasetInput(
        dataset=Dataset(
            name=source,
            digest=digest[:_DIGEST_LENGTH],
            source_type="local",
            source=json.dumps({"name": source, "digest": digest}),
        ),
        tags=[InputTag(MLFLOW_DATASET_CONTEXT, "training")],
    )


def _provenance_tags(provenance: Mapping[str, str]) -> dict[str, str]:
    tags = {name: value for name, value in provenance.items() if name != "data_digest"}
    if "git_commit" in provenance:
        tags[MLFLOW_GIT_COMMIT] = provenance["git_commit"]
    return tags


def _started_ms(trial: TrialRecord) -> int:
    if not trial.history:
        return _ms(trial.ended_at)
    first = trial.history[0]
    return _ms(first.ended_at - first.seconds)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
