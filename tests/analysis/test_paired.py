from itertools import product
from math import gamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from fashion_bench.analysis.foreseen import MIN_PAIRS
from fashion_bench.analysis.interval import (
    FloatArray,
    Interval,
    anytime_interval,
    e_value,
    mean_interval,
    superiority_interval,
)
from fashion_bench.analysis.paired import (
    Design,
    Differences,
    PairedComparison,
    Verdict,
    compare_paired,
)
from fashion_bench.analysis.sign_flip import max_t, sign_flip_p
from tests.analysis.conftest import near

DECIDED = {Verdict.BETTER, Verdict.WORSE}
OPPOSITE = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}

accuracies = st.integers(0, 100).map(lambda percent: percent / 100)
scores = st.integers(0, 10).flatmap(
    lambda n: st.tuples(*2 * [arrays.arrays(np.float64, n, elements=accuracies)])
)


def apart(a: object, b: object = 0.0, **told: object) -> Differences:
    """Return the differences of values of the seeds 0, 1, …."""
    sample = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return Differences(by_seed=dict(enumerate(sample.tolist())), **told)  # type: ignore[arg-type]


def one(
    a: object,
    b: object,
    *,
    lower_is_better: bool = False,
    margin: float | None = None,
    **given: object,
) -> PairedComparison:
    """Compare one pair of arms."""
    told = apart(a, b, lower_is_better=lower_is_better, margin=margin)
    (comparison,) = compare_paired([told], **given)  # type: ignore[arg-type]
    return comparison


def test_a_comparison_says_all_there_is() -> None:
    """Ten seeds: mean, spread, interval, p, share of wins, size of the effect, verdict."""
    a = np.array([0.91, 0.92, 0.90, 0.93, 0.91, 0.92, 0.90, 0.91, 0.93, 0.92])
    b = a - np.array([0.02, 0.01, 0.03, 0.02, 0.00, 0.02, 0.01, 0.02, 0.03, -0.01])
    comparison = one(a, b)
    interval = mean_interval(a - b)
    assert comparison == PairedComparison(
        n=10,
        mean=near(0.015),
        sd=near(np.sqrt(0.00145 / 9)),
        interval=interval,
        p=near(16 / 2**10),
        superiority=near(0.85),
        superiority_interval=superiority_interval(a - b),
        effect_size=near(0.015 / np.sqrt(0.00145 / 9) * gamma(4.5) / (gamma(4) * np.sqrt(4.5))),
        adjusted_p=comparison.p,
        adjusted_interval=interval,
        alpha=near(0.05),
        verdict=Verdict.BETTER,
    )


@pytest.mark.parametrize("lower_is_better", [False, True])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_better_side_is_the_metrics(sign: int, lower_is_better: bool) -> None:
    """A loss is better where it is lower, an accuracy where it is higher."""
    a = sign * np.linspace(0.1, 0.2, 8)
    better = (sign > 0) is not lower_is_better
    comparison = one(a, np.zeros(8), lower_is_better=lower_is_better)
    assert comparison.verdict is (Verdict.BETTER if better else Verdict.WORSE)


@given(scores, st.sampled_from([0.9, 0.95, 0.99]), st.booleans())
def test_one_rule_gives_the_verdict(
    values: tuple[FloatArray, FloatArray], level: float, lower_is_better: bool
) -> None:
    """Of any values: decided where interval and p agree, on the side of the mean, from 6 pairs."""
    comparison = one(*values, level=level, lower_is_better=lower_is_better)
    interval, mean = comparison.adjusted_interval, comparison.mean
    if comparison.n < MIN_PAIRS:
        assert comparison.verdict is Verdict.TOO_FEW
    elif comparison.verdict in DECIDED:
        assert interval is not None
        assert mean is not None
        assert interval.leaves_out_zero
        assert comparison.adjusted_p < round(1 - level, 9)
        assert (comparison.verdict is Verdict.BETTER) == ((mean > 0) != lower_is_better)
    elif comparison.verdict is Verdict.UNCLEAR:
        assert interval is not None
        assert not interval.leaves_out_zero or comparison.adjusted_p >= round(1 - level, 9)


@given(scores)
def test_b_against_a_is_the_mirror(values: tuple[FloatArray, FloatArray]) -> None:
    """Exchanging the arms turns signs and verdict and keeps p."""
    there, back = one(*values), one(*values[::-1])
    assert back.p == there.p
    assert back.verdict is OPPOSITE.get(there.verdict, there.verdict)
    assert back.mean == (None if there.mean is None else near(-there.mean))
    assert back.effect_size == (None if there.effect_size is None else near(-there.effect_size))


def test_when_the_tests_differ_nobody_can_tell() -> None:
    """Student's t finds a difference that flipping signs does not, and the other way round."""
    steady = np.array([1.0, 1.1, 0.9, 1.0, 1.05, -0.1])
    assert mean_interval(steady) is not None
    student = one(steady, np.zeros(6))
    assert student.interval is not None
    assert student.interval.leaves_out_zero
    assert student.p > 0.05
    assert student.verdict is Verdict.UNCLEAR

    flips = one([0.1, 0.1, 0.1, 0.1, 0.1, 5.0], np.zeros(6))
    assert flips.interval is not None
    assert not flips.interval.leaves_out_zero
    assert flips.p < 0.05
    assert flips.verdict is Verdict.UNCLEAR


def test_a_p_of_5_percent_is_not_below_it() -> None:
    """At the very edge nothing is decided, though 1 - 0.95 is a little above 0.05."""
    sample = np.random.default_rng(4).normal(size=17)
    shifted = sample - sample.mean() + np.linspace(0.4, 0.65, 2_000)[:, None]
    on_edge = shifted[sign_flip_p(shifted) == 0.05]
    family = [one(row, np.zeros(17)) for row in on_edge]
    assert any(c.interval is not None and c.interval.leaves_out_zero for c in family)
    assert {c.verdict for c in family} == {Verdict.UNCLEAR}


@pytest.mark.parametrize("n", range(MIN_PAIRS))
def test_five_pairs_settle_nothing(n: int) -> None:
    """However clear, fewer than six pairs are too few; what can be told of them is."""
    comparison = one(np.linspace(1, 1.1, n), np.zeros(n))
    assert comparison.n == n
    assert comparison.verdict is Verdict.TOO_FEW
    assert (comparison.mean is None) == (comparison.superiority is None) == (n == 0)
    assert (comparison.sd is None) == (comparison.interval is None) == (n < 2)
    assert (comparison.effect_size is None) == (n < 3)
    assert comparison.p == 2.0 ** -max(n - 1, 0)


@pytest.mark.parametrize("difference", [0.0, 0.01])
def test_equal_differences_have_no_effect_size(difference: float) -> None:
    """Without spread but for rounding there is no size in its units; the rule still holds."""
    b = np.array([0.11, 0.43, 0.27, 0.85, 0.64, 0.32, 0.06])
    comparison = one(b + difference, b)
    assert comparison.effect_size is None
    assert comparison.sd == pytest.approx(0, abs=1e-15)
    assert comparison.verdict is (Verdict.BETTER if difference else Verdict.UNCLEAR)


def test_a_family_is_corrected_together() -> None:
    """Three comparisons: p and intervals are those of max-T, and the verdicts follow."""
    noise = np.random.default_rng(3).normal(0, 0.003, (3, 12))
    shifted = [shift + row for shift, row in zip((0.01, 0.0015, 0.0), noise, strict=True)]
    family = compare_paired([apart(sample) for sample in shifted])
    told = max_t(np.array(shifted).T)
    for sample, comparison, p in zip(shifted, family, told.p, strict=True):
        assert comparison.adjusted_p == p >= comparison.p
        assert comparison.alpha == told.alpha < 0.04
        critical = float(stats.t.isf(told.alpha / 2, 11))
        half = critical * np.std(sample, ddof=1) / np.sqrt(12)
        assert comparison.adjusted_interval == Interval(
            low=near(sample.mean() - half), high=near(sample.mean() + half), level=0.95
        )
        assert comparison.interval == one(sample, np.zeros(12)).interval
        assert comparison.p == one(sample, np.zeros(12)).p
    alone = [one(sample, np.zeros(12)).verdict for sample in shifted]
    assert alone == [Verdict.BETTER, Verdict.BETTER, Verdict.UNCLEAR]
    assert [c.verdict for c in family] == [Verdict.BETTER, Verdict.UNCLEAR, Verdict.UNCLEAR]


def test_adjusted_p_are_counted_over_the_whole_family() -> None:
    """As by hand: flip both samples of a seed together, and take the greater t."""
    samples = np.random.default_rng(5).normal(0.4, 1, (7, 2))
    greatest = []
    for flips in product((1.0, -1.0), repeat=7):
        t = [stats.ttest_1samp(np.array(flips) * sample, 0).statistic for sample in samples.T]
        greatest.append(max(map(abs, t)))
    expected = [
        np.mean(np.array(greatest) >= abs(stats.ttest_1samp(sample, 0).statistic) - 1e-9)
        for sample in samples.T
    ]
    assert max_t(samples).p == near(tuple(expected))


def test_one_sample_has_the_p_it_has_alone() -> None:
    """A family of one; and one that is there twice, for both have the same t under every flip."""
    sample = np.random.default_rng(6).normal(0.6, 1, 9)
    alone = float(sign_flip_p(sample))
    assert max_t(sample[:, None]).p == (alone,)
    assert max_t(np.stack([sample, sample], axis=1)).p == (alone, alone)


@pytest.mark.parametrize("arms", [2, 45])
def test_six_pairs_can_settle_any_number_of_questions(arms: int) -> None:
    """The least p is that of one flip in 32, however many are asked; five pairs settle nothing."""
    clear = np.linspace(1, 1.1, 6)
    family = compare_paired([apart(clear * (1 + place)) for place in range(arms)])
    assert {c.adjusted_p for c in family} == {2.0**-5}
    assert {c.verdict for c in family} == {Verdict.BETTER}
    few = compare_paired([apart(clear[:5])] * arms)
    assert {c.verdict for c in few} == {Verdict.TOO_FEW}


def test_seeds_may_be_missing_in_some() -> None:
    """Each sample counts the seeds it has; one of fewer has the wider interval of fewer."""
    random = np.random.default_rng(7)
    whole, part = random.normal(1, 1, 12), random.normal(1, 1, 7)
    family = [apart(whole), Differences(by_seed=dict(zip(range(2, 9), part.tolist(), strict=True)))]
    of_whole, of_part = compare_paired(family)
    assert (of_whole.n, of_part.n) == (12, 7)
    assert of_part.p == float(sign_flip_p(part))
    assert of_part.adjusted_p >= of_part.p
    assert of_part.alpha == of_whole.alpha < 0.05


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(1, 4)), elements=accuracies)
)
def test_no_adjusted_p_is_below_its_own(samples: FloatArray) -> None:
    """The greatest t of a family is no less than that of any of its samples."""
    told = max_t(samples)
    assert all(
        p >= own - 1e-12 for p, own in zip(told.p, sign_flip_p(samples.T).tolist(), strict=True)
    )
    m = samples.shape[1]
    assert 0.05 / m - 1e-12 <= told.alpha <= 0.05 + 1e-12


def test_no_interval_is_without_end() -> None:
    """Neither where differences are equal but for rounding, nor where all their residuals are."""
    flat, other = np.full(8, 0.1 + 0.2), np.random.default_rng(8).normal(size=8)
    assert max_t(np.stack([flat, flat], axis=1)).alpha == near(0.05)
    assert 0.025 - 1e-12 <= max_t(np.stack([flat, other], axis=1)).alpha <= 0.05
    two_valued = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    family = np.stack([two_valued[[0, 4, 1, 5, 2, 6, 3, 7]], two_valued], axis=1)
    assert max_t(family, level=0.999).alpha == near(0.0005)


def test_the_size_of_the_effect_is_unbiased() -> None:
    """Over many samples of five the size is the true one; uncorrected it is 25 % more."""
    samples = np.random.default_rng(4).normal(0.8, 1, (4_000, 5))
    family = [one(row, np.zeros(5)) for row in samples]
    sizes = [c.effect_size for c in family if c.effect_size is not None]
    error = np.std(sizes) / np.sqrt(len(sizes))
    assert abs(np.mean(sizes) - 0.8) < 4 * error < 0.05


def test_no_comparison_is_an_empty_family() -> None:
    """Nothing asked, nothing told."""
    assert compare_paired([]) == ()


margins = st.sampled_from([0.005, 0.05, 0.5, 2.0])
designs = st.sampled_from(Design)


@given(scores, margins, designs, st.booleans())
def test_one_rule_holds_an_interval_against_the_margin(
    values: tuple[FloatArray, FloatArray], margin: float, design: Design, lower_is_better: bool
) -> None:
    """Inside it wholly, no difference matters; else the verdict is the one without a margin."""
    given = {"lower_is_better": lower_is_better, "design": design}
    with_margin, without = one(*values, margin=margin, **given), one(*values, **given)
    interval = with_margin.margin_interval
    inside = interval is not None and -margin < interval.low and interval.high < margin
    if with_margin.n >= MIN_PAIRS and inside:
        assert with_margin.verdict is Verdict.SAME
    else:
        assert with_margin.verdict is without.verdict
    assert with_margin.side == without.side
    assert without.margin is without.margin_interval is None


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize(
    ("sign", "verdict"), [(1, Verdict.BETTER), (-1, Verdict.WORSE)], ids=["above", "below"]
)
def test_beyond_the_margin_a_difference_matters(
    sign: int, verdict: Verdict, design: Design
) -> None:
    """On either side of it."""
    far = sign * np.linspace(0.1, 0.12, 10)
    assert one(far, np.zeros(10), margin=0.05, design=design).verdict is verdict


def test_no_difference_that_matters_may_have_a_side() -> None:
    """A small lead that is settled is told beside it."""
    small = one(np.linspace(0.001, 0.003, 10), np.zeros(10), margin=0.005)
    assert (small.verdict, small.side) == (Verdict.SAME, 1)
    assert one(np.zeros(10), np.linspace(0.001, 0.003, 10), margin=0.005).side == -1
    assert one(np.linspace(-0.001, 0.001, 10), np.zeros(10), margin=0.005).side == 0


def test_the_margin_is_tested_twice_at_5_percent() -> None:
    """Of planned pairs by the 90 % interval, of m comparisons by that at 1 - 0.1 / m."""
    a = np.linspace(-0.1, 0.2, 10)
    (alone,) = compare_paired([apart(a, margin=1.0)])
    assert alone.margin_interval == mean_interval(a, level=0.9)
    together = compare_paired([apart(a, margin=1.0)] * 4)
    assert together[0].margin_interval == mean_interval(a, level=1 - 0.1 / 4)
    (of_four,) = compare_paired([apart(a, margin=1.0)], size=4)
    assert of_four.margin_interval == mean_interval(a, level=1 - 0.1 / 4)


def test_at_any_time_one_interval_answers_both() -> None:
    """The always-valid one, at 1 - 0.05 / m; p is 1 / e-value, times m."""
    a, zeros = np.linspace(0.1, 0.2, 10), np.zeros(10)
    found, *_ = compare_paired([apart(a, margin=1.0)] * 3, design=Design.ANYTIME)
    assert found.design is Design.ANYTIME
    assert found.interval == anytime_interval(a, level=0.95)
    assert (
        found.adjusted_interval == found.margin_interval == anytime_interval(a, level=1 - 0.05 / 3)
    )
    assert found.p == near(1 / e_value(a))
    assert found.adjusted_p == near(3 / e_value(a))
    assert found.superiority_interval is None
    nothing = one(np.linspace(-1, 1, 10), zeros, design=Design.ANYTIME)
    assert (nothing.p, nothing.verdict) == (1, Verdict.UNCLEAR)


@given(scores, designs)
def test_what_is_not_finished_has_no_verdict(
    values: tuple[FloatArray, FloatArray], design: Design
) -> None:
    """Of planned pairs, before all are in: neither p nor interval; looks may come at any time."""
    partial = one(*values, margin=0.01, design=design, finished=False)
    whole = one(*values, margin=0.01, design=design)
    if design is Design.ANYTIME:
        assert partial == whole
        return
    assert partial == PairedComparison(
        n=whole.n,
        mean=whole.mean,
        sd=whole.sd,
        superiority=whole.superiority,
        verdict=Verdict.UNFINISHED,
    )


@pytest.mark.parametrize("odd", [np.nan, np.inf])
@pytest.mark.parametrize("design", Design)
def test_what_is_not_finite_is_refused(odd: float, design: Design) -> None:
    """It used to have a p of 0."""
    for a, b in (([odd] * 8, [0.0] * 8), ([1.0] * 8, [0.0] * 7 + [odd])):
        with pytest.raises(ValueError, match="not finite"):
            one(a, b, design=design)
