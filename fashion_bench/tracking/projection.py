"""What MLflow is told of a trial or a study: pure functions from records to a run's content."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite, nan
from types import MappingProxyType

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_GIT_COMMIT, MLFLOW_RUN_NOTE

from fashion_bench.code import unpinned
from fashion_bench.config import TEST_SETS, ParamValue, TestSet
from fashion_bench.records import (
    Epoch,
    Outcome,
    StudyRecord,
    TestScore,
    TrialRecord,
    best_epoch,
)
from fashion_bench.text import as_markdown, escape_markdown
from fashion_bench.tracking.keys import COLOR

# MLflow's pages paint FAILED and KILLED red, and a pruned trial has done all it was to do: what
# became of a trial its tag "outcome" says (decision 49).
STATUS = {
    Outcome.COMPLETE: "FINISHED",
    Outcome.PRUNED: "FINISHED",
    Outcome.DIVERGED: "FAILED",
    Outcome.FAILED: "FAILED",
}
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe & Ito 2008
BEST_EPOCH = "best_epoch"  # whose weights are a trial's checkpoint
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
    tags: dict[str, str]
    params: Mapping[str, ParamValue]
    metrics: list[Metric]
    datasets: list[DatasetInput]


def trial_content(trial: TrialRecord, study: StudyRecord) -> RunContent:
    """Return the run of a finished trial of a study."""
    return RunContent(
        key=trial.trial_id,
        name=trial_name(trial, study.varying),
        status=STATUS[trial.outcome],
        start_ms=_started_ms(trial),
        end_ms=_ms(trial.ended_at),
        tags=rests_on(study) | _said(_trial_tags(trial, study)) | score_tags(trial.tests),
        params=_trial_params(trial),
        metrics=[*_curves(trial.history), *_best(trial.history), *score_metrics(trial.tests)],
        datasets=[_dataset(trial.config.recipe.source, study.provenance["data_digest"])],
    )


def study_content(
    study: StudyRecord,
    metrics: Mapping[str, float],
    answer: str = "",
    links: Mapping[str, str] = MappingProxyType({}),
) -> RunContent:
    """Return the run that stands for a whole study.

    Args:
        study: with the trials that are finished.
        metrics: its figures, kept at the number of those trials.
        answer: what it says.
        links: to its pages, by what they show.
    """
    done = len(study.trials)
    ended_at = max([study.created_at, *(trial.ended_at for trial in study.trials)])
    reasons = "; ".join(opening.reason for opening in study.openings if opening.reason)
    tags = {
        "kind": "study",
        "study": study.name,
        "arms": ", ".join(study.arms),
        "trials": str(done),
        "planned": str(study.planned),
        MLFLOW_RUN_NOTE: study_note(study, answer, links),
        "answer": answer or None,
        "test_openings": str(len(study.openings)) if study.openings else None,
        "test_reasons": reasons or None,
    }
    return RunContent(
        key=study.name,
        name=f"{study.kind}  {study.name}",
        status="FINISHED",
        start_ms=_ms(study.created_at),
        end_ms=_ms(ended_at),
        tags=rests_on(study) | _said(tags),
        params={},
        metrics=metrics_at(metrics, ended_at, done),
        datasets=[],
    )


def study_note(
    study: StudyRecord, answer: str, links: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return question and answer of a study, and links by what they show, as Markdown."""
    pages = " · ".join(f"[{shows}]({link})" for shows, link in links.items())
    first, *rest = [f"**{as_markdown(line)}**" for line in answer.splitlines()] or [""]
    # One line: more is folded away on MLflow's page.
    head = f"{escape_markdown(study.question)} {first}".strip()
    return "\n\n".join([head, *rest, *([pages] if pages else [])])


def trial_name(trial: TrialRecord, varying: Sequence[str]) -> str:
    """Return a short name that tells trials apart: ``dropout-7  hidden 250  lr 0.0012``."""
    shown = (f"{name} {_short(trial.params[name])}" for name in varying if name in trial.params)
    return "  ".join([f"{trial.arm}-{trial.number}", *shown])


def score_metrics(tests: Mapping[TestSet, TestScore]) -> list[Metric]:
    """Return the scores on the test images; a metric's step is the opening it is of."""
    metrics = []
    for test_set, score in tests.items():
        prefix = TEST_SETS[test_set]
        figures = {f"{prefix}/accuracy": score.accuracy, f"{prefix}/loss": score.loss}
        metrics += metrics_at(figures, score.measured_at, score.opening)
    return metrics


def score_tags(tests: Mapping[TestSet, TestScore]) -> dict[str, str]:
    """Return which opening of the test images the scores are of, where there are any."""
    plain = tests.get("plain")
    return {} if plain is None else {"test_opening": str(plain.opening)}


def _short(value: ParamValue) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(unpinned(value))


def arm_color(study: StudyRecord, arm: str) -> dict[str, str]:
    """Return the tag that has MLflow draw an arm's runs in one colour."""
    return {COLOR: _COLORS[study.arms.index(arm) % len(_COLORS)]}


def rests_on(study: StudyRecord) -> dict[str, str]:
    """Return the tags that say what a study rests on.

    ``data_digest`` names the data set instead, and ``git_commit`` is also given under MLflow's own
    name for it.
    """
    told: dict[str, str | None] = {**study.provenance, "data_digest": None}
    told |= {f"code.{each.object_name}": each.name for each in study.plan.code}
    return _said({**told, MLFLOW_GIT_COMMIT: study.provenance.get("git_commit")})


def _said(tags: Mapping[str, str | None]) -> dict[str, str]:
    """Return the tags that say something."""
    return {name: value for name, value in tags.items() if value is not None}


def _trial_tags(trial: TrialRecord, study: StudyRecord) -> dict[str, str | None]:
    pruned = f"epoch {len(trial.history)}" if trial.outcome is Outcome.PRUNED else None
    ended_well = trial.outcome in (Outcome.COMPLETE, Outcome.PRUNED)
    return {
        **arm_color(study, trial.arm),
        "kind": "trial",
        "study": trial.study,
        "arm": trial.arm,
        "trial_id": trial.trial_id,
        "number": str(trial.number),
        "generation": str(trial.generation),
        "enqueued": _enqueued(trial, study),
        "outcome": trial.outcome.value,
        "checkpoint_sha256": trial.checkpoint_sha256,
        "pruned": pruned,
        "reason": None if ended_well else trial.reason,
    }


def _enqueued(trial: TrialRecord, study: StudyRecord) -> str | None:
    """Return whether the file lists a trial of a survey beside those that were drawn."""
    if study.plan.stage != "survey":
        return None
    return "no" if study.counts(trial) else "yes"


def _trial_params(trial: TrialRecord) -> dict[str, ParamValue]:
    config = trial.config
    # Not set but found: only of a parameter is there an axis beside the others, and no chart.
    best = {} if trial.best is None else {BEST_EPOCH: trial.best.epoch}
    return {**best, "arm": trial.arm, **asdict(config.recipe), **config.seeds, **trial.params}


def _curves(history: Sequence[Epoch]) -> Iterator[Metric]:
    for epoch in history:
        figures = {
            "train/loss": epoch.train_loss,
            "train/accuracy": epoch.train_accuracy,
            "valid/loss": epoch.valid_loss,
            "valid/accuracy": epoch.valid_accuracy,
            "time/epoch_seconds": epoch.seconds,
        }
        if epoch.processor_seconds is not None:
            figures["time/epoch_processor_seconds"] = epoch.processor_seconds
        yield from metrics_at(figures, epoch.ended_at, epoch.epoch)


def _best(history: Sequence[Epoch]) -> Iterator[Metric]:
    """Yield the best so far at every epoch: a line, as one point would be a chart of one bar."""
    best: Epoch | None = None
    for epoch in history:
        best = best_epoch([each for each in (best, epoch) if each is not None])
        if best is not None:
            figures = {
                "best/valid_accuracy": best.valid_accuracy,
                "best/valid_loss": best.valid_loss,
            }
            yield from metrics_at(figures, epoch.ended_at, epoch.epoch)


def metrics_at(figures: Mapping[str, float], at: float, step: int) -> list[Metric]:
    """Return what was measured at a time, Unix time in seconds."""
    # MLflow keeps infinity as 1.8e308, which flattens every chart; NaN it leaves out of them.
    return [
        Metric(name, float(value) if isfinite(value) else nan, _ms(at), step)
        for name, value in figures.items()
    ]


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


def _started_ms(trial: TrialRecord) -> int:
    """Return when it began: two readings of a clock that is set meanwhile are no duration."""
    ended_at = min([trial.ended_at, *(epoch.ended_at for epoch in trial.history[-1:])])
    return _ms(ended_at - sum(epoch.seconds for epoch in trial.history))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
