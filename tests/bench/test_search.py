"""The search-only bench, with few trials."""

from math import isfinite

from fashion_bench.bench.search import measure_search


def test_it_measures_what_the_search_costs_as_a_study_grows() -> None:
    """Finite, positive figures by number of trials done, for the ledger and for TPE."""
    search = measure_search(192)
    for figures in (search.recorded_ms, search.asked_ms):
        assert list(figures) == [100, 192]
        assert all(isfinite(each.median) and each.low > 0 for each in figures.values())
