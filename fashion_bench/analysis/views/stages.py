"""A study in stages: what its survey, its search and its confirmation come to, the answers last."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from fashion_bench.analysis.caveats import caveats, skewed
from fashion_bench.analysis.comparison import Comparison
from fashion_bench.analysis.document import (
    Answer,
    Block,
    Column,
    Data,
    Document,
    Notes,
    Section,
    Table,
    unless_empty,
)
from fashion_bench.analysis.stages import Stages
from fashion_bench.analysis.survey import Point, Trend
from fashion_bench.analysis.text import (
    NONE,
    interval_text,
    number,
    param,
    params_text,
    with_interval,
)
from fashion_bench.analysis.views.comparison import fixed_facts
from fashion_bench.analysis.views.study import spent, summary_document
from fashion_bench.records import StudyRecord


def stages_document(study: StudyRecord, search: Document) -> Document:
    """Return all there is to tell of a study in stages.

    Args:
        study: with its stages.
        search: what there is to tell of its search alone.
    """
    stages, first = Stages(study), spent(study)
    searched = [
        block
        for section in search.sections
        for block in section.blocks
        if block not in first and not isinstance(block, Answer)
    ]
    kept = Notes(sentences=tuple(_caveats(stages)), key="caveats_of_stages")
    return replace(
        search,
        sections=(
            Section(blocks=first),
            *_survey(stages),
            *([Section(title=SEARCH, blocks=tuple(searched))] if study.planned else []),
            *_confirm(stages),
            Section(blocks=(kept, *_fixed(study))),
            _answer(stages, "What else the stages tell"),
        ),
    )


def ending_document(study: StudyRecord) -> Document:
    """Return what a run of a study in stages ends with, the answers last."""
    stages = Stages(study)
    survey = [one.comparison for one in stages.effects]
    differences = _differences("Differences between the arms", [*survey, *stages.confirmed])
    return replace(
        summary_document(study),
        sections=(Section(blocks=(*spent(study), differences)), _answer(stages, "Answer")),
    )


def _answer(stages: Stages, title: str) -> Section:
    return Section(
        title=title,
        blocks=(
            Answer(sentence="\n".join(stages.answers)),
            Notes(sentences=stages.more, key="more"),
            Data(values={"answers": stages.answers}),
        ),
    )


def _fixed(study: StudyRecord) -> Iterator[Block]:
    """Yield what is the same in every trial of a survey alone; else the search has it."""
    if study.survey is not None and not study.planned:
        yield fixed_facts(study.survey)


def _caveats(stages: Stages) -> Iterator[str]:
    """Yield what to keep in mind of the stages beside the search; without one, of the study."""
    if not stages.study.planned:
        yield from caveats(stages.study)
    compared = (
        (stages.study.survey, [one.comparison for one in stages.effects]),
        (stages.study.confirm, stages.confirmed),
    )
    for stage, comparisons in compared:
        if stage is not None:
            for told in (*caveats(stage), *skewed(comparisons)):
                yield f"{stage.plan.stage}: {told}"


SEARCH = "Search: the best of each arm"
Shown = Callable[[float], str]

# Differences ------------------------------------------------------------------------------------


def _differences(title: str, comparisons: Sequence[Comparison]) -> Block:
    """Return how far arms are apart, pair by pair."""
    columns: tuple[Column[Comparison], ...] = (
        Column("A - B", lambda one: one.name, "words"),
        Column("n", lambda one: str(len(one.seeds))),
        Column("difference", _mean),
        Column("at the margin", _at_margin),
        Column("verdict", _verdict, "words"),
    )
    margins = any(one.statistics and one.statistics.margin_interval for one in comparisons)
    several = len({one.a for one in comparisons}) > 1
    corrected = ", corrected for the pairs of arms" if several else ""
    unit = {metric.unit: metric.words for metric in (one.metric for one in comparisons)}
    told = ", ".join(f"{name or 'units'} of {words}" for name, words in unit.items())
    note = f"{told.replace('points', 'percentage points')}, with 95 % intervals{corrected}"
    table = Table(
        title=title,
        group=_stage if len({one.pairs for one in comparisons}) > 1 else None,
        columns=columns if margins else (*columns[:3], columns[4]),
        rows=tuple(comparisons),
        note=f"{note}; at the margin, two one-sided tests at 5 %" if margins else note,
    )
    return unless_empty(table)


def _stage(one: Comparison) -> str:
    return "over the space" if one.pairs == "survey points" else "at its best"


def _verdict(one: Comparison) -> str:
    return NONE if one.statistics is None else one.statistics.verdict


def _mean(one: Comparison) -> str:
    found = one.statistics
    if found is None:
        return NONE
    return with_interval(found.mean, found.adjusted_interval, one.metric.signed)


def _at_margin(one: Comparison) -> str:
    found = one.statistics
    within = None if found is None else found.margin_interval
    return interval_text(within, one.metric.signed)


# The survey -------------------------------------------------------------------------------------


def _survey(stages: Stages) -> Iterator[Section]:
    if stages.study.survey is None:
        return
    points, signed = [p for one in stages.effects for p in one.enqueued], stages.metric.signed
    along = tuple((one.comparison.name, t) for one in stages.effects for t in one.trends)
    blocks = (
        _differences("Differences, point by point", [one.comparison for one in stages.effects]),
        _enqueued(stages, points),
        _trends("The difference along each parameter", along, signed, signed),
        _trends(
            f"{stages.metric.words.capitalize()} along each parameter, mean of the arms",
            tuple(("", trend) for trend in stages.marginals),
            number,
            signed,
        ),
        Data(values={"survey": {"effects": stages.effects, "marginals": stages.marginals}}),
    )
    yield Section(title="Survey: what the arms do over the space", blocks=blocks)


def _trends(title: str, rows: tuple[tuple[str, Trend], ...], shown: Shown, change: Shown) -> Block:
    """Return how a quantity goes along each parameter, one at a time."""

    def each(trend: Trend) -> str:
        told = zip(trend.at, trend.means, trend.intervals, strict=True)
        return "\n".join(
            f"{param(at if trend.listed else float(at))}: {with_interval(mean, interval, shown)}"
            for at, mean, interval in told
        )

    def once(trend: Trend, text: str) -> str:
        return text + "\n" * (len(trend.at) - 1)

    columns: tuple[Column[tuple[str, Trend]], ...] = (
        Column("parameter", lambda row: row[1].parameter, "words"),
        Column("points", lambda row: once(row[1], str(row[1].points))),
        Column("at its values", lambda row: each(row[1]), "word"),
        Column("change", lambda row: once(row[1], _change(row[1], change))),
    )
    several = len({name for name, _ in rows}) > 1
    table = Table(
        title=title,
        columns=columns,
        rows=rows,
        group=_name if several else None,
        several=True,
        note="exploration: a line along a range, means of a list, each with its 95 % interval",
    )
    return unless_empty(table) if rows else Data(values={})


def _name(row: tuple[str, Trend]) -> str:
    return row[0]


def _change(trend: Trend, shown: Shown) -> str:
    return NONE if trend.listed else with_interval(trend.change, trend.change_interval, shown)


def _enqueued(stages: Stages, points: Sequence[Point]) -> Block:
    """Return what the file lists beside the drawn points, a row each."""
    names = [one.comparison.a for one in stages.effects for _ in one.enqueued]
    rows = tuple(zip(names, points, strict=True))
    first = stages.study.arms[0]

    def text(of: Callable[[Point], float | None]) -> Callable[[tuple[str, Point]], str]:
        return lambda row: number(of(row[1]))

    columns: tuple[Column[tuple[str, Point]], ...] = (
        Column("arm", lambda row: row[0], "words"),
        Column("configuration", lambda row: params_text(row[1].params), "words"),
        Column(first, text(lambda point: point.b)),
        Column("with it", text(lambda point: point.a)),
        Column("difference", lambda row: stages.metric.shown(row[1].difference, "+")),
    )
    table = Table(
        title="Enqueued: told by itself, no part of the mean",
        columns=columns,
        rows=rows,
        note="single trials: 0.2 to 0.4 points of accuracy between two of them are rounding",
    )
    return unless_empty(table) if rows else Data(values={})


# The confirmation -------------------------------------------------------------------------------


def _confirm(stages: Stages) -> Iterator[Section]:
    confirm = stages.study.confirm
    if confirm is None:
        return
    firsts = {arm: confirm.of_arm(arm)[0] for arm in confirm.arms if confirm.of_arm(arm)}
    chosen = tuple(
        f"{arm}: {params_text(confirm.plan.noteworthy(trial.params))}"
        for arm, trial in firsts.items()
    )
    blocks = (
        _differences("Differences, seed by seed", stages.confirmed),
        Data(values={"confirm": {"comparisons": stages.confirmed}}),
        Notes(sentences=chosen, key="chosen"),
    )
    yield Section(title="Confirm: the best of each arm against each other", blocks=blocks)
