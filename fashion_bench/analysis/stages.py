"""What a study in stages answers: over the space, at its best, and what more would tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fashion_bench.analysis.answer import ALPHA, verdict
from fashion_bench.analysis.comparison import Comparison, compare_arms
from fashion_bench.analysis.metric import Metric, valid_metric
from fashion_bench.analysis.paired import SETTLED
from fashion_bench.analysis.power import POWER, pairs_needed
from fashion_bench.analysis.survey import Effect, Trend, effects, marginals
from fashion_bench.analysis.text import dimension_text, duration, number, param, with_interval
from fashion_bench.plan import Stage
from fashion_bench.records import StudyRecord, sum_known

MOST_PAIRS = 4096  # points or seeds that are worth telling of


@dataclass(frozen=True)
class Stages:
    """What the survey and the confirmation of a study come to, as far as they have gone.

    Attributes:
        study: the study.
    """

    study: StudyRecord

    @property
    def metric(self) -> Metric:
        """What decides, in validation."""
        return valid_metric(self.study)

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """What each arm does over the space; empty without a survey."""
        survey = self.study.survey
        return () if survey is None or not survey.trials else effects(survey)

    @cached_property
    def marginals(self) -> tuple[Trend, ...]:
        """How the metric goes along each tuned parameter; empty without a survey."""
        return () if self.study.survey is None else marginals(self.study.survey)

    @cached_property
    def confirmed(self) -> tuple[Comparison, ...]:
        """The arms' best against each other; empty without a confirmation."""
        found = () if self.study.confirm is None else compare_arms(self.study.confirm)
        return tuple(one for one in found if one.primary)

    @property
    def answers(self) -> tuple[str, ...]:
        """The answer to each of the two questions, of those that the file asks."""
        return tuple(self.by_stage.values())

    @property
    def by_stage(self) -> Mapping[Stage, str]:
        """The same by the stage that it rests on."""
        told: dict[Stage, str | None] = {
            "survey": self._over_the_space(),
            "confirm": self._at_its_best(),
        }
        return {stage: sentence for stage, sentence in told.items() if sentence is not None}

    @property
    def more(self) -> tuple[str, ...]:
        """What else there is to tell: where the effect holds, and what more would settle."""
        surveyed = _is_whole(self.study.survey)
        where = (*self._where(), *self._of_parameters()) if surveyed else ()
        return (*where, *self._in_more_time())

    def _over_the_space(self) -> str | None:
        survey, plan = self.study.survey, self.study.plan
        if plan.survey is None:
            return None
        if survey is None or not _is_whole(survey):
            return f"Over the space: not yet, {_progress(survey)}."
        told = verdict(survey, [one.comparison for one in self.effects])
        epochs = "1 epoch" if plan.recipe.epochs == 1 else f"{plan.recipe.epochs} epochs"
        return (
            f"Over the space: {_begun(told)} This is after {epochs}, each point with a split of "
            f"its own, over {_space(self.study)}."
        )

    def _at_its_best(self) -> str | None:
        confirm, plan = self.study.confirm, self.study.plan
        if plan.confirm is None:
            return None
        if confirm is None or not _is_whole(confirm):
            return f"At its best: not yet, {_progress(confirm)}."
        told = verdict(confirm, self.confirmed)
        top = confirm.planned // len(confirm.arms) // plan.confirm.seeds
        which = "the best" if top == 1 else f"the mean of the best {top}"
        searched = min(len(self.study.of_arm(arm)) for arm in self.study.arms)
        by = "" if self.metric == Metric.VALID_ACCURACY else " by validation accuracy"
        return (
            f"At its best: {_begun(told)} This is {which} of each arm's {searched} trials in the "
            f"search{by}, trained again on fresh seeds, on validation images that ranked none of "
            "them."
        )

    def _where(self) -> Iterator[str]:
        """Tell along which parameters an arm's effect changes, as far as points tell."""
        for one in self.effects:
            clear = [trend for trend in one.trends if _is_clear(trend)]
            for trend in clear:
                first, last = (self.metric.with_unit(mean, "+") for mean in trend.means)
                yield (
                    f"{one.comparison.name} changes along {trend.parameter}: from {first} at "
                    f"{param(trend.at[0])} to {last} at {param(trend.at[1])} (change "
                    f"{with_interval(trend.change, trend.change_interval, self.metric.signed)})"
                )
            others = [trend.parameter for trend in one.trends if trend not in clear]
            if others:
                yield (
                    f"along {_and(others)} no change of {one.comparison.name} can be told "
                    f"from {len(one.drawn)} points of the survey"
                )

    def _of_parameters(self) -> Iterator[str]:
        """Tell what each value of a list has in the mean: exploration, without a verdict."""
        for trend in self.marginals:
            if trend.listed and len(trend.at) > 1:
                told = ", ".join(
                    f"{param(value)} {with_interval(mean, found, number)}"
                    for value, mean, found in zip(
                        trend.at, trend.means, trend.intervals, strict=True
                    )
                )
                of = "" if self.metric == Metric.VALID_ACCURACY else f"{self.metric.words} "
                yield (
                    f"which {trend.parameter}: {of}{told} in the mean of the survey's "
                    f"{trend.points} points, which is exploration and no verdict"
                )

    def _in_more_time(self) -> Iterator[str]:
        """Tell what would settle what is open, and how long that would take."""
        survey, confirm = self.study.survey, self.study.confirm
        of_survey = [one.comparison for one in self.effects]
        for stage, comparisons, key in (
            (survey, of_survey, "survey.points"),
            (confirm, self.confirmed, "confirm.seeds"),
        ):
            if _is_whole(stage):
                assert stage is not None
                yield from _needed(stage, comparisons, key)


def _needed(stage: StudyRecord, comparisons: Sequence[Comparison], key: str) -> Iterator[str]:
    """Tell how many pairs the widest open comparison of a stage takes, and how long they train."""
    margin, open_ones = stage.plan.margin, [one for one in comparisons if _is_open(one)]
    if margin is None or not open_ones:
        return
    alpha = ALPHA / len(comparisons)  # Bonferroni's: a little more than max-T takes
    metric = comparisons[0].metric
    sd = max(one.statistics.sd or 0.0 for one in open_ones if one.statistics is not None)
    have = max(len(one.seeds) for one in open_ones)
    needed = pairs_needed(margin / metric.scale, sd, alpha=alpha)
    if needed.difference is None or needed.same is None:
        return
    wanted = max(needed.difference, needed.same)
    wanted = 1 << (wanted - 1).bit_length() if key == "survey.points" else wanted
    if not have < wanted <= MOST_PAIRS:
        return
    worked = sum_known(trial.processor_seconds for trial in stage.trials)
    spent = sum(trial.seconds for trial in stage.trials) if worked is None else worked
    of_one = spent / len({trial.config.seed for trial in stage.trials})
    yield (
        f"{stage.plan.stage}: to find a difference of {_margin(metric, margin)}, or to say that "
        f"there is none, with {100 * POWER:g} % power takes a new study with {key} = {wanted}, "
        f"which trains about {duration(of_one * (wanted - have))} longer on one core like this"
    )


def _is_whole(stage: StudyRecord | None) -> bool:
    return stage is not None and len(stage.trials) >= stage.planned


def _is_open(one: Comparison) -> bool:
    return one.statistics is not None and one.statistics.verdict not in SETTLED


def _is_clear(trend: Trend) -> bool:
    return trend.change_interval is not None and trend.change_interval.leaves_out_zero


def _progress(stage: StudyRecord | None) -> str:
    if stage is None:
        return "it has not begun"
    return f"{len(stage.trials)} of {stage.planned} trials have finished"


def _begun(sentence: str) -> str:
    """Return a sentence as it stands behind a colon; the name of an arm stays as it is."""
    begins = sentence.startswith(("Cannot tell", "No difference"))
    return sentence[0].lower() + sentence[1:] if begins else sentence


def _space(study: StudyRecord) -> str:
    """Return what was drawn, as the file weighs it."""
    found: dict[str, str] = {}
    for arm in study.plan.arms:
        for name, dimension in arm.space.items():
            told = f"{name} {dimension_text(dimension)}"
            everywhere = all(one.space.get(name) == dimension for one in study.plan.arms)
            found[told if everywhere else f"{told} in {arm.name}"] = ""
    return ", ".join(found)


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _margin(metric: Metric, margin: float) -> str:
    return f"{margin:g} {'percentage ' if metric.unit == 'points' else ''}{metric.unit}"
