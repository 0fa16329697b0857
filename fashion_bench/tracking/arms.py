"""The run of an arm: what all of its trials come to, however few of them a page loads.

Until its stage is over it tells what had finished after each generation; then it gets its curve,
and is not written any more (decision 48).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, groupby
from math import isfinite

from mlflow.entities import Metric
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from fashion_bench.records import Outcome, StudyRecord, TrialRecord
from fashion_bench.text import as_markdown, escape_markdown
from fashion_bench.tracking.projection import (
    RunContent,
    arm_color,
    metrics_at,
    rests_on,
)

ALIVE = "tags.kind = 'arm' and tags.superseded = 'no'"  # MLflow's filter for those to look at


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReport:
    """What is told of an arm.

    Attributes:
        arm: its name.
        sentence: what it came to.
        n: trials that its curve rests on; ``None`` as long as its stage is not over.
        curve: figures by name, at each epoch; empty until then.
        scores: figures by name, of the latest opening of the test images.
    """

    arm: str
    sentence: str
    n: int | None = None
    curve: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is told of a study as a whole.

    Attributes:
        metrics: its figures, kept with the number of trials they rest on.
        answer: what it says, in a sentence or more.
        arms: what is told of each.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    answer: str = ""
    arms: Sequence[ArmReport] = ()


def by_generation(trials: Sequence[TrialRecord]) -> Iterator[list[TrialRecord]]:
    """Yield trials generation by generation, those of all arms together."""
    ordered = sorted(trials, key=lambda trial: trial.generation)
    return (list(each) for _, each in groupby(ordered, key=lambda trial: trial.generation))


@dataclass(slots=True)
class _Sum:
    """What the finished trials of an arm come to so far; another costs the same however many."""

    trials: int = 0
    complete: int = 0
    total: Fraction = Fraction(0)  # of their values, without rounding
    best: float = 0.0
    steps: list[int] = field(default_factory=list)
    points: list[list[Metric]] = field(default_factory=list)  # one list a step

    def add(self, trial: TrialRecord) -> None:
        self.trials += 1
        if trial.outcome is not Outcome.COMPLETE or trial.value is None:
            return
        if isfinite(trial.value):
            self.complete += 1
            self.total += Fraction(trial.value)
            self.best = max(self.best, trial.value)

    def mark(self, at: float) -> None:
        """Note where it stands, Unix time in seconds."""
        figures: dict[str, float] = {"finished/complete": self.complete}
        if self.complete:
            mean = float(self.total / self.complete)
            figures |= {"finished/mean": mean, "finished/best": self.best}
        self.steps.append(self.trials)
        self.points.append(metrics_at(figures, at, self.trials))


class Tally:
    """Counts the trials of each arm as their generations come in."""

    def __init__(self, study: StudyRecord) -> None:
        self._study = study
        self._sums = {arm: _Sum() for arm in study.arms}
        self._seen: set[str] = set()
        self.at = study.created_at  # when the last of them ended

    def add(self, generation: Sequence[TrialRecord]) -> None:
        """Count a whole generation, those of it that were not counted."""
        new = [trial for trial in generation if trial.trial_id not in self._seen]
        self._seen.update(trial.trial_id for trial in new)
        self.at = max([self.at, *(trial.ended_at for trial in new)])
        counted = [trial for trial in new if self._study.counts(trial)]
        for trial in counted:
            self._sums[trial.arm].add(trial)
        for arm in dict.fromkeys(trial.arm for trial in counted):
            self._sums[arm].mark(self.at)

    def trials(self, arm: str) -> int:
        """Return how many of an arm's trials were counted."""
        return self._sums[arm].trials

    def points(self, arm: str, after: int) -> list[Metric]:
        """Return ``finished/…`` behind so many trials; a step is a number of them."""
        own = self._sums[arm]
        return [*chain.from_iterable(own.points[bisect_right(own.steps, after) :])]


def arm_content(study: StudyRecord, arm: str, ordinal: int) -> RunContent:
    """Return the run of an arm as it is made; a stage that has grown gets another for each arm."""
    tags = {
        **arm_color(study, arm),
        "kind": "arm",
        "study": study.name,
        "arm": arm,
        "summary": summary_key(study, arm, ordinal),
        "superseded": "no",
        "trials": "0",
    }
    created_ms = round(study.created_at * 1000)
    return RunContent(
        key=tags["summary"],
        name=arm,
        status="FINISHED",
        # MLflow lists the latest first: so the arms stand in the file's order.
        start_ms=created_ms - study.arms.index(arm),
        end_ms=created_ms,
        tags=rests_on(study) | tags,
        params={},
        metrics=[],
        datasets=[],
    )


def summary_key(study: StudyRecord, arm: str, ordinal: int) -> str:
    """Return what an arm's run is found by."""
    return f"{study.name}.{arm}#{ordinal}"


def ordinals(keys: Sequence[str]) -> dict[str, int]:
    """Return the latest ordinal of each arm that has a run, by ``<study>.<arm>``."""
    found: dict[str, int] = {}
    for key in keys:
        arm, _, ordinal = key.rpartition("#")
        if ordinal.isdigit():
            found[arm] = max(int(ordinal), found.get(arm, 0))
    return found


def report_content(
    study: StudyRecord, report: ArmReport, answer: str, tally: Tally, ordinal: int
) -> RunContent:
    """Return all that an arm's run holds, so far."""
    told = [f"**{as_markdown(report.sentence)}**", *map(as_markdown, answer.splitlines())]
    opening, scores = report_scores(study, report)
    tags: dict[str, str] = {
        MLFLOW_RUN_NOTE: "\n\n".join([escape_markdown(study.question), *told]),
        "answer": report.sentence,
        "trials": str(tally.trials(report.arm)),
    }
    tags |= {} if report.n is None else {"n": str(report.n)}
    tags |= {"test_opening": str(opening)} if opening else {}
    made = arm_content(study, report.arm, ordinal)
    points = [*tally.points(report.arm, after=0), *curve_metrics(report, tally.at), *scores]
    return replace(made, tags={**made.tags, **tags}, metrics=points, end_ms=round(tally.at * 1000))


def curve_metrics(report: ArmReport, at: float) -> list[Metric]:
    """Return an arm's curve, at the time its last trial ended."""
    points = (metrics_at(figures, at, epoch) for epoch, figures in report.curve.items())
    return [*chain.from_iterable(points)]


def report_scores(study: StudyRecord, report: ArmReport) -> tuple[int, list[Metric]]:
    """Return the latest opening of the test images, 0 without one, and what an arm scored then."""
    tests = [test for t in study.of_arm(report.arm) for test in t.tests.values()]
    figures = {name: value for name, value in report.scores.items() if isfinite(value)}
    if not tests or not figures:
        return 0, []
    opening = max(test.opening for test in tests)
    return opening, metrics_at(figures, max(test.measured_at for test in tests), opening)
