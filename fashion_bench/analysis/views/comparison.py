"""The arms side by side: of an experiment with what it settles, of a study without a verdict."""

from collections.abc import Callable, Mapping, Sequence

from fashion_bench.analysis.answer import answer, no_verdict
from fashion_bench.analysis.audit import audit
from fashion_bench.analysis.caveats import caveats, fixed, skewed
from fashion_bench.analysis.comparison import Comparison, OverImages
from fashion_bench.analysis.document import (
    Answer,
    Block,
    Column,
    Data,
    Document,
    Facts,
    Notes,
    Row,
    Section,
    Table,
    Text,
    columns_of,
    unless_empty,
)
from fashion_bench.analysis.exploration import ExpectedBest, dependence
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import Design, PairedComparison
from fashion_bench.analysis.power import POWER
from fashion_bench.analysis.text import NONE, interval_text, number, with_interval
from fashion_bench.analysis.views.audit import audit_tables
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.analysis.why import ClassDifference, calibration_lines
from fashion_bench.config import WITHOUT_LOGITS
from fashion_bench.records import StudyRecord


def comparison_document(
    study: StudyRecord,
    comparisons: Sequence[Comparison],
    classes: Sequence[ClassDifference] = (),
    beside: Sequence[Block] = (),
    further: Sequence[str] = (),
) -> Document:
    """Return the answer, what each arm scored, how far arms are apart and why, and caveats.

    Args:
        study: the experiment.
        comparisons: of its arms.
        classes: the same class by class.
        beside: what is shown below them.
        further: caveats that do not follow from the experiment itself.
    """
    blocks: tuple[Block, ...] = (
        Answer(sentence=answer(study, comparisons)),
        *_comparison_tables(tuple(comparisons)),
        *_why(tuple(comparisons), tuple(classes)),
        *beside,
        Notes(
            sentences=(*caveats(study), *further, *skewed(comparisons), *_missing(comparisons)),
            key="caveats",
        ),
        fixed_facts(study),
    )
    return summary_document(study, Section(blocks=blocks))


def fixed_facts(study: StudyRecord) -> Facts:
    """Return what is the same in every trial, on which any answer depends."""
    return Facts(title="fixed in every trial", pairs=fixed(study), key="fixed")


def _missing(comparisons: Sequence[Comparison]) -> list[str]:
    problems = [
        f"{one.metric.words}: the sampling error of its images is missing: {one.images_problem}"
        for one in comparisons
        if one.images_problem
    ]
    return list(dict.fromkeys(problems))


# How far arms are apart --------------------------------------------------------------------------


def _comparison_tables(comparisons: tuple[Comparison, ...]) -> tuple[Block, ...]:
    usual = tuple(one for one in comparisons if _is_usual(one))
    found = tuple(one for one in usual if one.statistics is not None)
    anytime = any(one.statistics.design is Design.ANYTIME for one in found if one.statistics)
    kind = "always-valid 95 %" if anytime else "95 %"
    p = "1 / e-value, valid at any look" if anytime else "of the sign-flip test"
    certain = tuple(one for one in found if one.statistics and one.statistics.p is not None)
    within = tuple(one for one in certain if one.statistics and one.statistics.margin is not None)

    def table(
        title: str, note: str, shown: tuple[Comparison, ...], *columns: Column[Comparison]
    ) -> Block:
        names: Column[Comparison] = Column("A - B", lambda one: one.name, "words")
        declared = Table(
            title=title,
            columns=(names, *columns),
            rows=comparisons,
            shown=shown,
            group=_metric,
            note=note,
            key="comparisons",
        )
        return unless_empty(declared)

    return (
        table(
            "Mean differences, paired by seed",
            f"accuracies in percentage points, losses in nats; difference: with its {kind} "
            "interval over seeds, on one set of images; found: the least difference found with "
            f"{100 * POWER:.0f} % power at this n and spread; the answer rests on "
            f"{_deciding(comparisons)}",
            usual,
            Column("n", _n),
            Column("difference", _by_seed(lambda metric, f: _mean(metric, f.mean, f.interval))),
            Column("verdict", _by_seed(lambda _, found: found.verdict)),
            Column("found", lambda one: one.metric.shown(one.smallest)),
        ),
        table(
            "How certain that is",
            f"p: {p}; effect size: mean by deviation of the differences",
            certain,
            Column("p", _by_seed(lambda _, found: _p(found.p))),
            Column("P(A > B)", _by_seed(_superiority)),
            Column("effect size", _by_seed(_effect_size)),
        ),
        table(
            f"Corrected for one another ({'e-values times their number' if anytime else 'max-T'})",
            "the verdicts rest on these: those of the primary metric hold at once over its pairs "
            "of arms, those of the secondary ones over all pairs in all metrics",
            certain if len(comparisons) > 1 else (),
            Column("p", _by_seed(lambda _, found: _p(found.adjusted_p))),
            Column("interval", _by_seed(lambda metric, f: _range(metric, f.adjusted_interval))),
        ),
        table(
            "Against the margin, the least difference that matters",
            "inside it wholly, no difference matters"
            + ("" if anytime else "; two one-sided tests at 5 % over the number of comparisons"),
            within,
            Column("margin", _by_seed(lambda metric, found: metric.shown(found.margin))),
            Column("interval", _by_seed(lambda metric, f: _range(metric, f.margin_interval))),
            Column("of", _by_seed(lambda _, found: _level(found.margin_interval))),
        ),
        table(
            "With the error of the test images",
            "paired by image; over images: these networks given; over both: other seeds and other "
            "images in mind",
            tuple(one for one in usual if one.images is not None),
            Column("seeds", _by_image(lambda _, found: str(found.seeds))),
            Column("images", _by_image(lambda _, found: f"{found.images:,}")),
            Column("over images", _by_image(lambda m, f: _mean(m, f.mean, f.interval))),
            Column("over both", _by_image(lambda metric, f: _range(metric, f.of_both))),
        ),
    )


def _deciding(comparisons: Sequence[Comparison]) -> str:
    """Return what decides, in words."""
    words = next((one.metric.words for one in comparisons if one.primary), "")
    alone = all(one.primary for one in comparisons)
    return words if alone else f"{words}, the primary metric; the others are secondary"


def _is_usual(one: Comparison) -> bool:
    """Tell whether it is what every experiment is told of; the others say why."""
    return one.primary or one.metric.measure in WITHOUT_LOGITS


def _metric(one: Comparison) -> str:
    return one.metric.words if one.primary else f"{one.metric.words} (secondary)"


# Why ---------------------------------------------------------------------------------------------

MOST_SHOWN = 20  # rows: a screen; of more, those that are settled


def _why(
    comparisons: tuple[Comparison, ...], classes: tuple[ClassDifference, ...]
) -> tuple[Block, ...]:
    names = list(dict.fromkeys(name for one in comparisons for name in (one.b, one.a)))
    others = tuple(
        sorted(
            (one for one in comparisons if not _is_usual(one) and one.statistics),
            key=lambda one: (names.index(one.a), names.index(one.b)),
        )
    )
    settled = tuple(one for one in others if one.statistics and one.statistics.side)
    apart = tuple(one for one in classes if one.statistics.side)
    means: Column[Comparison] = Column(
        "A / B", lambda one: " / ".join(one.metric.shown(mean) for mean in one.means or ())
    )
    return (
        unless_empty(
            Table(
                title="Other measures (secondary)",
                columns=(
                    Column("measure", lambda one: one.metric.words.partition(" ")[2], "words"),
                    means,
                    Column("A - B", _by_seed(lambda m, f: _mean(m, f.mean, f.adjusted_interval))),
                    Column("n", _n),
                    Column("verdict", _by_seed(lambda _, found: found.verdict)),
                ),
                rows=comparisons,
                shown=others if len(others) <= MOST_SHOWN else settled,
                group=lambda one: one.name,
                note="on the test images: F1, the worst class and ECE in percentage points, losses "
                "in nats; intervals hold at once over all pairs in all metrics",
                key="comparisons",
            )
        ),
        unless_empty(
            Table(
                title="Accuracy of each class",
                columns=(
                    Column("class", lambda one: one.label, "words"),
                    Column("A - B", _of_class),
                    Column("verdict", lambda one: one.statistics.verdict),
                ),
                rows=classes,
                shown=classes if len(classes) <= MOST_SHOWN else apart,
                group=lambda one: f"{one.a} - {one.b}",
                note="percentage points; intervals hold at once over all classes and pairs (max-T)",
                key="classes",
            )
        ),
        Notes(sentences=tuple(calibration_lines(comparisons)), key="why"),
    )


def _of_class(one: ClassDifference) -> str:
    found = one.statistics
    return _mean(Metric.TEST_ACCURACY, found.mean, found.adjusted_interval)


def _by_seed(text: Callable[[Metric, PairedComparison], str]) -> Callable[[Comparison], str]:
    """Return what a column shows of the statistics over seeds, where there are any."""
    return lambda one: NONE if one.statistics is None else text(one.metric, one.statistics)


def _by_image(text: Callable[[Metric, OverImages], str]) -> Callable[[Comparison], str]:
    """Return what a column shows of the statistics over images, where there are any."""
    return lambda one: NONE if one.images is None else text(one.metric, one.images)


def _n(one: Comparison) -> str:
    seeds = len(one.seeds)
    return f"{seeds} of {seeds + one.left_out}" if one.left_out else str(seeds)


def _superiority(_: Metric, found: PairedComparison) -> str:
    return with_interval(found.superiority, found.superiority_interval, "{:.2f}".format)


def _effect_size(_: Metric, found: PairedComparison) -> str:
    return NONE if found.effect_size is None else f"{found.effect_size:+.2f}"


def _p(p: float | None) -> str:
    return NONE if p is None else f"{p:.2g}"


def _level(interval: Interval | None) -> str:
    return NONE if interval is None else f"{100 * interval.level:.1f} %"


def _mean(metric: Metric, mean: float | None, interval: Interval | None) -> str:
    return with_interval(mean, interval, metric.signed)


def _range(metric: Metric, interval: Interval | None) -> str:
    return interval_text(interval, metric.signed)


# Of a study, without a verdict -------------------------------------------------------------------

BUDGETS = (1, 4, 16)  # trials; and all there are


def exploration_document(study: StudyRecord, expected: Mapping[str, ExpectedBest]) -> Document:
    """Return what each arm took, reached and may be expected to reach: no verdict."""
    reasons = dependence(study)
    told = "the expected best describes these trials only, and does not predict new ones"
    blocks: tuple[Block, ...] = (
        Text(words=""),
        Answer(sentence=no_verdict(study)),
        _expected_best(expected),
        *audit_tables(audit(study)),
        Data(values={"not_independent": reasons}),
        Notes(sentences=caveats(study), key="caveats"),
        Notes(sentences=(f"{told}: {'; '.join(reasons)}",) if reasons else ()),
        fixed_facts(study),
    )
    return summary_document(study, Section(blocks=blocks))


def _expected_best(expected: Mapping[str, ExpectedBest]) -> Block:
    def each(text: Callable[[Row], str]) -> Callable[[Row], str]:
        return lambda row: "\n".join(map(text, row["budgets"]))

    rows = tuple(_expected_row(arm, best) for arm, best in expected.items())
    table = Table(
        title="Expected best of n full trials",
        columns=(
            *columns_of("arm", kind="words"),
            Column("n", each(lambda budget: f"{budget['n']:,}")),
            Column("mean", each(lambda budget: number(budget["mean"]))),
            Column("10 % to 90 %", each(lambda b: f"{number(b['low'])} to {number(b['high'])}")),
        ),
        rows=rows,
        shown=tuple(row for row in rows if row["budgets"]),
        several=True,
        key="expected_best",
    )
    return unless_empty(table)


def _expected_row(arm: str, best: ExpectedBest) -> Row:
    budgets = [
        {"n": n, "mean": mean, "low": low, "high": high}
        for n, mean, low, high in zip(best.n, best.mean, best.low, best.high, strict=True)
        if n in (*BUDGETS, len(best.n))
    ]
    return {"arm": arm, "band": best.band, "budgets": budgets}
