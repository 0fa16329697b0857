"""Where the spread comes from: laws of the shares, what is told, and what cannot be."""

from dataclasses import replace
from itertools import combinations
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.analysis.answer import answer
from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.document import Document, Section
from fashion_bench.analysis.joining import join
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.sources import SOURCES, Spread, spreads
from fashion_bench.analysis.views.sources import sources_tables
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord, TestScore
from tests.analysis.conftest import failed, near, printed
from tests.analysis.made_up_experiments import of_trials, scored
from tests.analysis.sources import KNOWN, MIXED, crossed, draw, simulate, spread
from tests.plans import planned

values_of_25 = st.lists(st.integers(0, 1000), min_size=25, max_size=25).filter(
    lambda values: len(set(values)) > 1
)
some = settings(deadline=None, max_examples=30)


def known(values: list[int] | list[float]) -> Spread:
    """Return what the values of 5 x 5 trials come to."""
    found = spread(values, 5)
    assert found is not None
    return found


def experiment(**arms: list[float]) -> StudyRecord:
    """Return a whole experiment of these test accuracies, each arm a square of 5 x 5 trials."""
    trials = [
        replace(trial, config=cell.config)
        for arm, values in arms.items()
        for trial, cell in zip(scored(arm, values), crossed(5), strict=False)
    ]
    return planned(of_trials(*trials, arms=tuple(arms)), sources=5)


# Shares ------------------------------------------------------------------------------------------


@given(values=values_of_25)
@some
def test_shares_add_up_to_the_variance_between_trainings_that_share_no_seed(
    values: list[int],
) -> None:
    """That is half the mean squared difference of any two such, counted one by one."""
    found, trials = known(values), crossed(5)
    squares = [
        (values[a.number] - values[b.number]) ** 2 / 2
        for a, b in combinations(trials, 2)
        if not {*a.config.seeds.values()} & {*b.config.seeds.values()}
    ]
    assert len(squares) == 100  # of 300 pairs
    assert found.total == near(np.mean(squares))
    assert sum(part.variance for part in found.parts) == near(found.total)
    assert sum(part.share for part in found.parts) == near(1)
    assert found.sample == near(np.var(values, ddof=1))


@given(values=values_of_25)
@some
def test_the_rest_is_what_least_squares_leave(values: list[int]) -> None:
    """Of a model with an effect for each seed of each source, by its degrees of freedom."""
    configs = [trial.config for trial in crossed(5)]
    effects = [
        [config.seeds[source] == seed for config in configs]
        for source in SOURCES
        for seed in {config.seeds[source] for config in configs}
    ]
    design = np.array(effects, dtype=float).T
    left = values - design @ np.linalg.lstsq(design, np.array(values), rcond=None)[0]
    assert np.linalg.matrix_rank(design) == 25 - 8
    assert known(values).parts[-1].variance == pytest.approx((left**2).sum() / 8, abs=1e-6)


@given(values=values_of_25, shift=st.integers(-500, 500), factor=st.sampled_from([-2, 3]))
@some
def test_shares_have_no_unit(values: list[int], shift: int, factor: int) -> None:
    """Neither where values lie nor what they are measured in changes a share or its interval."""
    one, other = known(values), known([shift + factor * value for value in values])
    assert other.total == near(factor**2 * one.total)
    for part, again in zip(one.parts, other.parts, strict=True):
        assert again.share == pytest.approx(part.share, abs=1e-9)
        assert again.interval.low == pytest.approx(part.interval.low, abs=1e-6)
        assert again.interval.high == pytest.approx(part.interval.high, abs=1e-6)


@pytest.mark.parametrize("source", SOURCES)
def test_what_one_source_makes_alone_is_all_its_own(source: str) -> None:
    """Values that follow from its seeds alone leave nothing for the others."""
    found = known([float(trial.config.seeds[source] % 97) for trial in crossed(5)])
    shares = {part.source: part.share for part in found.parts}
    assert shares.pop(SOURCES[source]) == near(1)
    assert [*shares.values()] == pytest.approx([0] * 4, abs=1e-12)


def test_estimates_are_right_in_the_mean_and_intervals_hold() -> None:
    """Over 200 experiments of 49 trainings whose variances are known."""
    found = simulate(MIXED, 7, 200)
    assert found.variances == pytest.approx(MIXED, abs=0.04)
    assert (found.covered >= 0.9).all()
    assert found.sums == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("levels", [5, 7])
def test_intervals_hold_whatever_the_sources_make(name: str, levels: int) -> None:
    """At the bounds, where a source makes nothing, too."""
    found = simulate(KNOWN[name], levels, 1_000)
    assert found.variances == pytest.approx(KNOWN[name], abs=0.06)
    assert (found.covered >= 0.9).all()


# What is told ------------------------------------------------------------------------------------

VALUES = [0.88 + 0.01 * value for value in draw(MIXED, 5, np.random.default_rng(1))]


def test_the_answer_is_one_sentence() -> None:
    """With the spread, each share and its interval, and n."""
    told = answer(experiment(a=VALUES), ())
    (found,) = spreads(experiment(a=VALUES))
    assert found.parts[3].share < 0  # an estimate of none
    shares = [f"{max(0, 100 * part.share):.0f} %" for part in found.parts]
    assert told.startswith(
        f"Of the spread of {100 * found.total**0.5:.2f} points of test accuracy between trainings "
        f"(standard deviation), the split makes {shares[0]} ["
    )
    assert f"], dropout {shares[3]} [" in told
    assert f"] and their combinations {shares[4]} [" in told
    assert "n = 25 trainings that cross 5 seeds of each" in told


def test_of_several_arms_none_are_compared() -> None:
    """Each has its own sentence, of many a table tells; nothing else is said of them."""
    study = experiment(a=VALUES, b=VALUES[::-1])
    told = answer(study, compare_arms(study))
    assert compare_arms(study) == ()
    assert "between trainings of a (standard" in told
    assert "between trainings of b (standard" in told
    assert told.endswith("No arms are compared: this experiment asks where the spread comes from.")
    many = answer(experiment(**dict.fromkeys("abcd", VALUES)), ())
    assert many.startswith("Where the spread in test accuracy comes from is in the table. No arms")


def test_the_table_adds_up() -> None:
    """Sources, what is left, the whole, and the trainings as they are; JSON has the figures."""
    document = Document(sections=(Section(blocks=sources_tables(experiment(a=VALUES))),))
    rows = plain(document)["sources"]
    assert [row["source"] for row in rows[:5]] == [*SOURCES.values(), "their combinations"]
    assert sum(row["share"] for row in rows[:5]) == near(1)
    assert [row["seeds"] for row in rows] == [5, 5, 5, 5, None, None, None]
    assert rows[5]["share"] == 1
    assert rows[6]["variance"] == near(np.var(VALUES, ddof=1))
    assert {row["n"] for row in rows} == {25}
    shown = printed(document)
    assert "Where the spread in test accuracy comes from" in shown
    assert "all, no seed shared" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_no_other_experiment_has_such_a_table() -> None:
    """One that crosses no seeds is told as before."""
    study = planned(experiment(a=VALUES), sources=None)
    assert spreads(study) == sources_tables(study) == ()
    assert answer(study, ()).startswith("Nothing to compare")


# What cannot be told -----------------------------------------------------------------------------


def test_before_the_last_trial_nothing_is_told() -> None:
    """A part of a square is no square."""
    study = experiment(a=VALUES)
    part = replace(study, trials=study.trials[:-1])
    assert sources_tables(part) == ()
    assert answer(part, ()).startswith("Cannot tell yet: 24 of 25 trials of made-up have finished")


@pytest.mark.parametrize("value", [nan, inf])
def test_a_value_that_is_not_finite_is_told(value: float) -> None:
    """No share rests on it, and another arm is told nevertheless."""
    study = experiment(a=[value, *VALUES[1:]], b=VALUES)
    assert [one.arm for one in spreads(study)] == ["b"]
    assert "Cannot tell of a: it takes a finite value of every training" in answer(study, ())


def test_a_failed_training_is_told() -> None:
    """So is an arm whose values are all the same: it has no spread to share."""
    study = experiment(a=VALUES, b=[0.5] * 25)
    lost = replace(failed(arm="a"), config=study.trials[0].config)
    study = replace(study, trials=(lost, *study.trials[1:]))
    assert spreads(study) == ()
    assert answer(study, ()).startswith("Cannot tell of a, b: it takes a finite value")


def test_the_metric_that_decides_is_told() -> None:
    """Validation accuracy before the test images are opened; then no answer, as of any."""
    study = experiment(a=VALUES)
    closed = replace(study, trials=tuple(replace(trial, tests={}) for trial in study.trials))
    assert answer(closed, ()) == (
        "Cannot tell: no trial of made-up has been measured on the test images."
    )
    assert isinstance(study.trials[0].test, TestScore)


def test_it_is_joined_with_no_other() -> None:
    """Its trials share seeds, so none of another file is its pair."""
    study = experiment(a=VALUES)
    other = replace(planned(study, sources=None), name="other")
    for pair in ([study, other], [other, study]):
        with pytest.raises(StudyError, match="made-up: asks where the spread comes from"):
            join(pair)
