from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from fashion_bench.analysis.interval import FloatArray, Interval, superiority, superiority_interval
from tests.analysis.conftest import near

Z = float(stats.norm.ppf(0.975))


def signs(wins: int, losses: int, ties: int = 0) -> FloatArray:
    """Return differences with so many of each sign."""
    return np.repeat([0.5, -0.25, 0.0], [wins, losses, ties])


def limits(differences: FloatArray, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of the interval."""
    interval = superiority_interval(differences, level=level)
    assert interval is not None
    return interval.low, interval.high


def test_a_tie_is_half_a_win() -> None:
    """Three wins, one loss and two ties are four of six."""
    assert superiority(signs(3, 1, 2)) == near(4 / 6)


def test_nothing_is_said_of_nothing() -> None:
    """Without pairs there is neither the share nor its interval."""
    assert superiority(signs(0, 0)) is None
    assert superiority_interval(signs(0, 0)) is None


@given(st.integers(0, 60), st.integers(0, 60).filter(bool), st.sampled_from([0.9, 0.95, 0.99]))
def test_without_ties_it_is_wilsons_interval(wins: int, losses: int, level: float) -> None:
    """Where every pair is decided the interval is Wilson's for a share."""
    wilson = stats.binomtest(wins, wins + losses).proportion_ci(level, "wilson")
    expected = (
        near(
            wilson.low,
        ),
        near(wilson.high),
    )
    assert limits(signs(wins, losses), level) == expected


def test_it_is_the_published_interval() -> None:
    """A prime minister's approval, 1,600 asked twice (Agresti 2002, section 10.1)."""
    low, high = limits(signs(150, 86, 1600 - 150 - 86))
    assert 2 * low - 1 == pytest.approx(0.021, abs=5e-4)
    assert 2 * high - 1 == pytest.approx(0.059, abs=5e-4)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30))
def test_its_ends_are_where_the_score_test_turns(wins: int, losses: int, ties: int) -> None:
    """At both ends the score test, its ties fitted by a search, is at its critical value."""
    low, high = limits(signs(wins, losses, ties))
    assert 0 < low < high < 1
    assert score(wins, losses, ties, 2 * low - 1) == pytest.approx(Z, rel=1e-3)
    assert score(wins, losses, ties, 2 * high - 1) == pytest.approx(-Z, rel=1e-3)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_sides_are_alike(wins: int, losses: int, ties: int) -> None:
    """B against A is A against B in the mirror, and the share is inside its interval."""
    if wins + losses + ties:
        low, high = limits(signs(wins, losses, ties))
        assert limits(signs(losses, wins, ties)) == (near(1 - high), near(1 - low))
        share = superiority(signs(wins, losses, ties))
        assert share is not None
        assert low <= share <= high


@pytest.mark.parametrize(
    ("n", "ties", "least"), [(10, 0.0, 0.91), (10, 0.2, 0.93), (30, 0.1, 0.94)]
)
def test_it_covers(n: int, ties: float, least: float) -> None:
    """For every share of wins from 11 to 89 % the exact coverage is near what it says."""
    counts = [(won, lost) for won in range(n + 1) for lost in range(n + 1 - won)]
    ends = np.array([limits(signs(won, lost, n - won - lost)) for won, lost in counts])
    outcomes = [(won, lost, n - won - lost) for won, lost in counts]
    for share in np.linspace(0.11, 0.89, 40):
        chances = [share - ties / 2, 1 - share - ties / 2]
        inside = (ends[:, 0] <= share) & (share <= ends[:, 1])
        covered = stats.multinomial.pmf(outcomes, n, [*chances, 1 - sum(chances)]) @ inside
        assert least <= covered


def score(wins: int, losses: int, ties: int, lead: float) -> float:
    """Return the score statistic of P(win) - P(loss) = ``lead``, ties fitted by a search."""
    n = wins + losses + ties

    def unlikelihood(lost: float) -> float:
        chances = (lost + lead, lost, 1 - 2 * lost - lead)
        shown = zip((wins, losses, ties), chances, strict=True)
        return -sum(count * log(max(chance, 1e-300)) for count, chance in shown if count)

    bounds = (max(0.0, -lead), (1 - lead) / 2)
    lost = optimize.minimize_scalar(
        unlikelihood, bounds=bounds, method="bounded", options={"xatol": 1e-10}
    ).x
    return float((wins - losses - n * lead) / sqrt(n * (2 * lost + lead - lead**2)))


def test_the_level_is_told() -> None:
    """An interval carries its level."""
    interval = superiority_interval(signs(1, 0, 1), level=0.5)
    assert isinstance(interval, Interval)
    assert interval.level == 0.5
