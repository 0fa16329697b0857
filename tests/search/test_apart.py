"""Arms that go on apart: whoever is done first, the same trials are recorded in the same order."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.records import (
    OnDone,
    OnUnderway,
    Progress,
    Segment,
    TrialRecord,
    Underway,
    unheard,
)
from fashion_bench.search.driver import drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.past import Past, Run
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.rows import Row, frozen
from fashion_bench.search.spec import parse
from tests.search.made_up_curves import MadeUp, Silent, curve
from tests.search.test_driver import ALONE, FILE, SEARCHES

TOGETHER = Layout(device="cpu", lanes=64, padded_widths=(250,))
NOTHING = Past(generations=0, trials={}, records=(), counters={}, seconds=0.0, failed={})
HALVING = SEARCHES["tpe, halving"]
SEARCHED: dict[str, dict[str, object]] = {
    "halving": HALVING,
    "controls": {**HALVING, "controls": 0.25},
    "median": {**SEARCHES["random, median"], "warmup_trials": 2},
    "hyperband": SEARCHES["qmc, hyperband"],
    "none": {"sampler": "tpe", "generation": 4, "startup": 4},
    "random": {"sampler": "random", "pruner": "halving", "generation": 4, "eta": 2},
}
FAILING: dict[str, Callable[[str], bool]] = {
    "nobody": lambda _: False,
    "some": lambda trial_id: trial_id.endswith(("0", "3", "5")),
    "an arm": lambda trial_id: ".rate0-" in trial_id,
    "all": lambda _: True,
}


def driven(
    run: Run,
    search: str = "halving",
    arms: int = 2,
    *,
    layout: Layout = ALONE,
    looks: bool = False,
    lag: Sequence[int] | None = None,
    **budget: float,
) -> list[list[Row]]:
    """Return the generations that a study of several arms is recorded as, as a rule four."""
    file = {
        **FILE,
        "nuisance": {"hidden": [64, 250], "lr": {"low": 1e-4, "high": 1e-1, "log": True}},
        "search": {**SEARCHED[search], **({} if lag is None else {"lag": list(lag)})},
        "arms": {f"rate{place}": {"dropout": place / 10} for place in range(arms)},
        "budget": {"trials_per_arm": 16, **budget},
    }
    generations = list[list[Row]]()

    def enough(records: Sequence[TrialRecord]) -> bool:
        assert len(records) % (4 * arms) == 0
        return len(records) == 8 * arms

    drive(
        plan_of(parse(file, "made_up.toml"), "made_up.toml"),
        NOTHING,
        layout=layout,
        run=run,
        append=generations.append,
        reporter=Silent(),
        ended=enough if looks else None,
    )
    return generations


def plain(generations: list[list[Row]]) -> list[list[str]]:
    """Return all that is recorded, bit for bit, but what a clock says."""
    return [[_plain(row) for row in rows] for rows in generations]


def _plain(row: Row) -> str:
    timeless = replace(row, seconds=0.0, record=replace(row.record, ended_at=0.0))
    whole: dict[str, Any] = vars(frozen(timeless))
    return repr({key: each for key, each in whole.items() if "datetime" not in key})


@cache
def in_step(
    search: str,
    arms: int,
    fails: str,
    looks: bool,
    plateau: int | None,
    lag: tuple[int, ...] | None = None,
) -> list[list[str]]:
    """Return what is recorded where all arms wait for each other at every rung."""
    budget = {"plateau": plateau} if plateau else {}
    run = MadeUp(fails=FAILING[fails]).run
    return plain(driven(run, search, arms, layout=TOGETHER, looks=looks, lag=lag, **budget))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([*SEARCHED]),
    st.integers(1, 4),
    st.sampled_from([*FAILING]),
    st.booleans(),
    st.none() | st.just(1),
    st.sampled_from([None, (0, 0, 1), (0, 1, 2), (1, 1, 1)]),
    st.integers(0, 2**32),
)
def test_who_is_done_first_changes_nothing(
    search: str,
    arms: int,
    fails: str,
    looks: bool,
    plateau: int | None,
    lag: tuple[int, ...] | None,
    draw: int,
) -> None:
    """In any order of ending, rows are those of arms that wait for each other at every rung."""
    budget = {"plateau": plateau} if plateau else {}
    training = MadeUp(fails=FAILING[fails], draw=Random(draw))
    apart = driven(training.run, search, arms, looks=looks, lag=lag, **budget)
    assert plain(apart) == in_step(search, arms, fails, looks, plateau, lag)


@pytest.mark.parametrize(("fails", "generations"), [("an arm", 4), ("all", 1)])
def test_a_study_of_failures_ends_with_its_first_generation(fails: str, generations: int) -> None:
    """One result of any arm lets all go on; an arm without one waits for those of the others."""
    for draw in range(8):
        training = MadeUp(fails=FAILING[fails], draw=Random(draw))
        assert len(driven(training.run, "none")) == generations


# How far apart ------------------------------------------------------------------------------------


def arm_of(trial_id: str) -> str:
    """Return the arm of a trial."""
    return trial_id.removeprefix("made_up.").rpartition("-")[0]


class Hasty:
    """Trains what belongs to the arm that was named first, as long as there is any of it.

    Args:
        on_begun: is told of each segment that begins.

    Attributes:
        trained: the segments, as they were.
        ahead: by how many generations that arm was ahead of one that waited, at most.
    """

    def __init__(self, on_begun: Callable[[Segment], object] = lambda _: None) -> None:
        self.on_begun = on_begun
        self.trained: list[Segment] = []
        self.ahead = 0

    def run(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway = unheard
    ) -> None:
        """See ``Executor.run``."""
        waiting = list(segments)
        while waiting:
            waiting.sort(key=lambda each: arm_of(each.trials[0].trial_id))
            segment = waiting[0]
            behind = min(each.generation for each in waiting)
            self.ahead = max(self.ahead, segment.generation - behind)
            waiting.remove(segment)
            self.on_begun(segment)
            self.trained.append(segment)
            on_underway(segment, Underway(epochs=segment.from_epoch, latest={}))
            done: list[Progress] = [curve(trial, segment.until_epoch) for trial in segment.trials]
            waiting += on_done(segment, tuple(done))


def test_an_arm_goes_on_while_others_train() -> None:
    """It trains its next generation before theirs is finished, and none behind that."""
    hasty = Hasty()
    assert plain(driven(hasty.run)) == in_step("halving", 2, "nobody", False, None)
    assert hasty.ahead == 1


@pytest.mark.parametrize("budget", [{"looks": True}, {"plateau": 1}])
def test_where_results_may_end_it_arms_wait(budget: dict[str, Any]) -> None:
    """No arm begins a generation before all have finished the last; within it they go apart."""
    hasty = Hasty()
    driven(hasty.run, **budget)
    assert hasty.ahead == 0
    first = [segment for segment in hasty.trained if segment.generation == 0]
    arms = [arm_of(segment.trials[0].trial_id) for segment in first]
    assert arms == sorted(arms)
    assert arms.count("rate0") > 4  # it was at its second rung before the other was at its first


def test_cohorts_of_several_stay_together() -> None:
    """Where arms are trained in one tensor program, its trials are those of all arms at a rung."""
    training = MadeUp()
    driven(training.run, "none", layout=TOGETHER)
    together = [{arm_of(trial.trial_id) for trial in each.trials} for each in training.segments]
    assert together == [{"rate0", "rate1"}] * 12


# Time ---------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, to be set."""
    now = [1000.0]
    monkeypatch.setattr("fashion_bench.search.driver.awake", lambda: now[0])
    return now


def test_at_a_limit_of_minutes_arms_end_alike(clock: list[float]) -> None:
    """What one has begun before the limit all finish; behind it none begins another."""

    def late(segment: Segment) -> None:
        if segment.generation == 1:
            clock[0] = 1000 + 61

    generations = driven(Hasty(late).run, minutes=1)
    assert plain(generations) == in_step("halving", 2, "nobody", False, None)[:2]


def test_the_times_of_generations_add_up(clock: list[float]) -> None:
    """To what the study took; a generation's is that since the one before, the same in its rows."""

    def tick(_: Segment) -> None:
        clock[0] += 1

    hasty = Hasty(tick)
    generations = driven(hasty.run)
    each = [{row.seconds for row in rows} for rows in generations]
    assert [len(seconds) for seconds in each] == [1] * 4
    assert sum(sum(seconds) for seconds in each) == len(hasty.trained)
