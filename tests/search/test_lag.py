"""Lag: what a generation sees of those before it, for any number of workers, killed or not."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import pytest
from optuna import Study
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial

from fashion_bench.errors import SpecError
from fashion_bench.plan import Plan
from fashion_bench.records import Epoch, Outcome, Segment
from fashion_bench.search.driver import drive
from fashion_bench.search.lag import busy, last_seen, unseen
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.rows import Row, frozen
from fashion_bench.search.spec import parse
from fashion_bench.search.stages import Listed, ListedStage, staged
from tests.search.made_up_curves import Killed, MadeUp, Silent
from tests.search.test_apart import FAILING, NOTHING, SEARCHED, Hasty, driven, plain
from tests.search.test_driver import ALONE, FILE, Story, listed
from tests.search.virtual_time import VirtualWorkers

LAG = [0, 1, 2]  # of epochs 1, 3 and 10


def plan_with(lag: object, search: Mapping[str, object] = FILE["search"], trials: int = 24) -> Plan:
    """The plan of a study, of 24 trials an arm in six generations."""
    search = {**search, **({} if lag is None else {"lag": lag})}
    file = {**FILE, "search": search, "budget": {"trials_per_arm": trials}}
    return plan_of(parse(file, "made_up.toml"), "made_up.toml")


LISTED = Listed(
    seeds=tuple(range(32)),
    values={arm: ({"hidden": 64, "lr": 1e-3, "dropout": 0.1},) * 32 for arm in FILE["arms"]},
)


# What a file may say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lag", "said"),
    [
        ([0, 1], "not one for each rung, epoch 1, 3, 10"),
        ([2, 1, 1], "a later rung is in before an earlier one"),
        ([0, 0, 5], "no generation would see a trial to its end: an arm has 6"),
        ([-1, 0, 0], "search.lag"),
        ([0, 0, 1.5], "search.lag"),
        (2, "search.lag"),
    ],
)
def test_a_lag_that_cannot_be(lag: object, said: str) -> None:
    """It is refused in one line, also where the budget makes it pointless."""
    with pytest.raises(SpecError, match=said):
        plan_with(lag)


def test_without_a_lag_a_file_is_as_ever() -> None:
    """Zeros are what a file without the key means."""
    assert plan_with(None).lag == ()
    assert plan_with([0, 0, 0]).lag == (0, 0, 0)


# What a generation sees ---------------------------------------------------------------------------


def epochs(until: int, accuracy: float, diverged: bool = False) -> list[Epoch]:
    """A made-up history."""
    return [
        Epoch(
            epoch=epoch,
            train_loss=1.0,
            train_accuracy=0.5,
            valid_loss=1.0,
            valid_accuracy=accuracy + epoch / 1000,
            seconds=1.0,
            ended_at=1e9,
            diverged=diverged and epoch == until,
        )
        for epoch in range(1, until + 1)
    ]


ENDS = {  # of the trials of a generation: how far each came, and how it ended
    0: (10, Outcome.COMPLETE),
    1: (1, Outcome.PRUNED),
    2: (2, Outcome.DIVERGED),
    3: (3, Outcome.FAILED),
}


def finish(arm: ArmStudy, numbers: Sequence[int]) -> list[FrozenTrial]:
    """Let the trials of a generation end, each in another way."""
    for number in numbers:
        until, outcome = ENDS[number % 4]
        arm.report(number, epochs(until, 0.5 + number / 100, outcome is Outcome.DIVERGED))
    ends = [(number, ENDS[number % 4][1]) for number in numbers]
    return [
        arm.tell(number, outcome, 0.7 if outcome is Outcome.COMPLETE else None)
        for number, outcome in ends
    ]


def states(study: Study) -> list[tuple[str, int]]:
    """Return of each trial its state, and its last epoch."""
    return [(t.state.name, t.last_step or 0) for t in study.get_trials(deepcopy=False)]


def view(arm: ArmStudy) -> list[tuple[str, int]]:
    """Return what a sampler sees of an arm."""
    return states(arm._study)


WHOLE = [("COMPLETE", 10), ("PRUNED", 1), ("PRUNED", 2), ("FAIL", 3)]
AT_SECOND = [("RUNNING", 3), ("PRUNED", 1), ("PRUNED", 2), ("RUNNING", 3)]
AT_FIRST = [("RUNNING", 1), ("PRUNED", 1), ("RUNNING", 1), ("RUNNING", 1)]
ASKED = [("RUNNING", 0)] * 4


def test_a_generation_sees_nothing_newer() -> None:
    """Of each rung what its lag lets through, though all is there; the rest counts as running."""
    arm = ArmStudy(plan_with(LAG), plan_with(LAG).arms[0])
    for generation in range(4):
        numbers = range(4 * generation, 4 * generation + 4)
        arm.ask(generation, numbers)
        seen = [AT_FIRST, AT_SECOND, WHOLE][:generation][::-1]
        expected = [state for each in seen for state in each] + ASKED
        assert view(arm)[-len(expected) :] == expected, generation
        finish(arm, numbers)
    assert view(arm)[:4] == WHOLE


def test_without_a_lag_all_is_seen() -> None:
    """A generation sees all those before it, to their ends."""
    arm = ArmStudy(plan_with(None), plan_with(None).arms[0])
    for generation in range(2):
        arm.ask(generation, range(4 * generation, 4 * generation + 4))
        finish(arm, range(4 * generation, 4 * generation + 4))
    arm.ask(2, range(8, 12))
    assert view(arm) == [*WHOLE, *WHOLE, *ASKED]


def test_what_is_read_back_is_seen_as_before() -> None:
    """An arm that goes on from its ledger sees at its next generation what it would have seen."""
    plan, whole = plan_with(LAG), list[FrozenTrial]()
    arm = ArmStudy(plan, plan.arms[0])
    for generation in range(3):
        arm.ask(generation, range(4 * generation, 4 * generation + 4))
        whole += finish(arm, range(4 * generation, 4 * generation + 4))
    again = ArmStudy(plan, plan.arms[0], whole, arm.counters)
    for one in (arm, again):
        one.ask(3, range(12, 16))
    assert view(again) == view(arm)
    assert [t.params for t in again._study.trials] == [t.params for t in arm._study.trials]


class Watching(BasePruner):
    """A pruner that notes what it sees."""

    def __init__(self) -> None:
        self.seen = list[list[tuple[str, int]]]()

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Stop nothing."""
        self.seen.append(states(study))
        assert trial in study.get_trials(deepcopy=False)
        return False


def test_a_pruner_sees_what_its_generation_saw() -> None:
    """And the trials of that generation as they are, though others were asked since."""
    arm = ArmStudy(plan_with(LAG), plan_with(LAG).arms[0])
    watching = arm._study.pruner = Watching()
    arm.ask(0, range(4))
    finish(arm, range(4))
    arm.ask(1, range(4, 8))
    arm.report(4, epochs(1, 0.6))
    arm.ask(2, range(8, 12))  # of it the first generation's second rung is seen
    arm.report(5, epochs(3, 0.6))
    assert not arm.should_prune(5)
    own = [("RUNNING", 1), ("RUNNING", 3), ("RUNNING", 0), ("RUNNING", 0)]
    assert watching.seen == [[*AT_FIRST, *own]]
    assert view(arm)[:4] == AT_SECOND


def test_what_a_pruner_noted_is_dated_again() -> None:
    """Read back, what halving noted at a trial belongs to the rung where it was asked."""
    search = {"sampler": "random", "pruner": "hyperband", "generation": 12, "lag": [1, 1, 1]}
    plan = plan_with(None, search, trials=36)
    arm = ArmStudy(plan, plan.arms[0])
    arm.ask(0, range(12))
    for number in range(12):
        pruned = False
        for until in (1, 3):
            arm.report(number, epochs(until, 0.9 - number / 20)[until // 3 :])
            if pruned := arm.should_prune(number):
                break
        if not pruned:
            arm.report(number, epochs(10, 0.9 - number / 20)[3:])
        arm.tell(number, Outcome.PRUNED if pruned else Outcome.COMPLETE, None if pruned else 0.5)
    live = dict(arm._unseen)
    again = ArmStudy(plan, plan.arms[0], [each.trial for each in live.values()])._unseen
    assert {number: one.noted for number, one in again.items()} == {
        number: one.noted for number, one in live.items()
    }
    assert {one.ended for one in live.values()} == {0, 1, 2}
    assert {rung for one in live.values() for rung in one.noted.values()} == {0, 1}
    assert len({len(one.noted) for one in live.values()}) == 3


@pytest.mark.parametrize(
    ("of", "by", "rung"), [(3, 4, 0), (2, 4, 1), (1, 4, 2), (0, 4, 2), (4, 4, None)]
)
def test_the_last_rung_that_is_seen(of: int, by: int, rung: int | None) -> None:
    """It is the last one whose lag has passed."""
    assert last_seen(LAG, of, by) == rung


# The list of trials -------------------------------------------------------------------------------


@pytest.mark.parametrize("search", ["halving", "controls", "median", "hyperband", "none"])
def test_a_lagging_list_is_a_function_of_the_file(tmp_path: Path, search: str) -> None:
    """Whoever finishes first, and however often it is killed, the list of trials is the same."""
    file = {
        **FILE,
        "search": {**SEARCHED[search], "lag": LAG},
        "budget": {"trials_per_arm": 20},
    }
    fails = FAILING["some"]
    whole, broken = Story(tmp_path / "whole", file), Story(tmp_path / "broken", file)
    whole.drive(MadeUp(fails=fails))
    for after, draw in ((0, None), (34, None), (17, Random(1)), (23, Random(2))):
        with pytest.raises(Killed):
            broken.drive(MadeUp(kill_after=after, draw=draw, fails=fails))
    assert 0 < len(listed(broken)) < 40
    broken.drive(MadeUp(fails=fails, draw=Random(1)))
    assert listed(broken) == listed(whole)
    assert len(listed(whole)) == 40


def test_it_is_another_list_than_without() -> None:
    """What was not seen would have been learned from."""
    lagging = driven(MadeUp().run, "none", lag=[1, 1, 1])
    ever = driven(MadeUp().run, "none")
    assert _params(lagging[0]) == _params(ever[0])
    assert _params(lagging[3]) != _params(ever[3])


def _params(rows: Sequence[Row]) -> list[object]:
    return [frozen(row).params for row in rows]


def test_a_plateau_counts_what_is_seen_to_its_end() -> None:
    """A generation is asked as long as those whose last rung it sees brought something better."""
    budget = {"plateau": 1, "trials_per_arm": 48}
    ever = driven(MadeUp().run, "none", **budget)
    lagging = {
        len(driven(training.run, "none", lag=[0, 0, 2], **budget))
        for training in (MadeUp(), Hasty(), *(MadeUp(draw=Random(n)) for n in range(4)))
    }
    assert len(lagging) == 1
    assert len(ever) < max(lagging) < 12


def test_at_a_limit_of_minutes_what_was_asked_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    """No generation is asked behind it, and all that were are recorded in their order."""
    now = [1000.0]
    monkeypatch.setattr("fashion_bench.search.driver.awake", lambda: now[0])
    begun = set[int]()

    def late(segment: Segment) -> None:
        begun.add(segment.generation)
        if segment.generation == 1 and segment.until_epoch == 10:
            now[0] = 1000.0 + 61

    budget = {"trials_per_arm": 48, "minutes": 1}
    limited = driven(Hasty(late).run, "halving", lag=LAG, **budget)
    whole = driven(MadeUp().run, "halving", lag=LAG, trials_per_arm=48)
    assert begun == set(range(len(limited)))
    assert 2 < len(limited) < 12
    assert plain(limited) == plain(whole)[: len(limited)]


# Workers ------------------------------------------------------------------------------------------


def test_workers_are_kept_busy() -> None:
    """With a lag the same workers train more of their time, as is foretold."""
    shares = list[float]()
    for lag in (None, LAG):
        workers = VirtualWorkers(8)
        driven(workers.run, "halving", lag=lag, trials_per_arm=64)
        shares.append(workers.busy)
        plan = plan_with(lag, SEARCHED["halving"], trials=64)
        assert busy(plan, 8) == pytest.approx(workers.busy, abs=0.03)
    assert shares[1] > 1.5 * shares[0]


def test_what_hangs_on_no_results_waits_for_none() -> None:
    """Trials drawn at random are asked ahead, and workers lack none but at the end."""
    workers = VirtualWorkers(8)
    driven(workers.run, "random", trials_per_arm=96)
    assert workers.busy > 0.85


@pytest.mark.parametrize("stage", ["survey", "confirm"])
def test_the_trials_of_a_stage_that_are_listed_are_asked_ahead(stage: ListedStage) -> None:
    """Of a survey or a confirmation no worker waits for a generation to end."""
    plan = staged(plan_with(None), stage, LISTED)
    assert (plan.generation, plan.trials_per_arm) == (8, 32)
    workers = VirtualWorkers(30)
    append = list[list[Row]]().append
    drive(plan, NOTHING, layout=ALONE, run=workers.run, append=append, reporter=Silent())
    assert workers.busy > 0.5  # 16 of 30 is what two generations of two arms come to


def test_how_many_are_unseen() -> None:
    """Of a lag of 0, 1 and 2: a third goes on from a rung, and none is counted twice."""
    assert unseen(plan_with(LAG)) == 2 + 1
    assert unseen(plan_with([1, 1, 1], SEARCHED["none"])) == 4
    assert unseen(plan_with(None)) == 0
