"""Lag: how late results may be when a search asks for its next generation, so workers stay busy.

Generation ``g`` of an arm sees the results of rung ``r`` of the generations until
``g - 1 - lag[r]``, and nothing newer, even if it is there. So the list of trials is the same for
any number of workers, whoever is done first. Lag 0 sees all that came before.
"""

from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise

from fashion_bench.errors import SpecError, joined
from fashion_bench.plan import Plan
from fashion_bench.search.pruning import pruner_of

# Of trials that hang on no others' results: as many at work keep all workers busy, of whom there
# are 1,024 at most, and to draw them takes a moment.
AT_WORK = 2048

# Generations that an arm may be ahead of another, besides: in virtual time two or more gain nothing
# over one, and what is ahead has its states on the disk until the others follow.
AHEAD = 1

_GENERATIONS = 64  # that are simulated: behind them it goes on as it went


def checked_lag(
    lag: Sequence[int] | None, rungs: Sequence[int], trials: int, generation: int
) -> tuple[int, ...]:
    """Return the lag of each rung, or nothing for 0.

    Args:
        lag: as the file has it; ``None`` for 0.
        rungs: of the study, the last epoch included.
        trials: of an arm.
        generation: how many of them are asked together.

    Raises:
        SpecError: it does not fit the rungs, or no generation would see a whole result.
    """
    if lag is None:
        return ()
    path, generations = "search.lag", trials // generation
    if len(lag) != len(rungs):
        epochs = joined(map(str, rungs))
        remedy = f"list one for each, {len(rungs)} in all"
        raise SpecError(path, f"not one for each rung, epoch {epochs}", given=lag, remedy=remedy)
    if list(lag) != sorted(lag):
        remedy = "let no rung have less than one before it"
        raise SpecError(path, "a later rung is in before an earlier one", given=lag, remedy=remedy)
    if lag[-1] and lag[-1] > generations - 2:
        problem = f"no generation would see a trial to its end: an arm has {generations}"
        most = "remove it" if generations < 3 else f"use at most {generations - 2}"
        remedy = f"{most}, or raise budget.trials_per_arm"
        raise SpecError(path, problem, given=lag, remedy=remedy)
    return tuple(lag)


def hangs_on_results(plan: Plan) -> bool:
    """Tell whether the trials of a generation hang on results of those before it.

    They do not where they are listed or drawn at random, and are at most stopped by others of
    their own generation; but time, a plateau or a look may end any stage.
    """
    drawn = plan.listed or plan.sampler.name in ("grid", "random")
    ends = plan.minutes is not None or plan.plateau is not None or plan.look is not None
    return not drawn or ends or plan.pruner.name not in ("none", "halving")


def lags_of(plan: Plan) -> tuple[int, ...]:
    """Return the lag of each rung; where generations hang on no others, it is large."""
    if hangs_on_results(plan):
        return plan.lag or (0,) * len(plan.rungs)
    at_once = max(1, AT_WORK // (plan.generation * len(plan.arms)))
    return (at_once,) * len(plan.rungs)


def generations_at_once(plan: Plan) -> int:
    """Return how many generations of an arm may be trained at a time, by the lag of its search."""
    return 1 + (plan.lag[-1] if plan.lag else 0)


def last_seen(lags: Sequence[int], of: int, by: int) -> int | None:
    """Return the last rung, by its place, of which a generation sees another's results.

    Args:
        lags: of each rung.
        of: the generation whose results they are.
        by: the one that sees them; ``None`` is returned where it sees none.
    """
    seen = [rung for rung, lag in enumerate(lags) if of <= by - 1 - lag]
    return seen[-1] if seen else None


def unseen(plan: Plan) -> int:
    """Return how many trials of an arm have no end yet that a generation to be asked sees, at most.

    Halving ends most of them at their first rung; other pruners are taken to end none.
    """
    lags, going_on = lags_of(plan), plan.generation
    counted, before = 0, 0
    for lag in lags:
        counted += going_on * (lag - before)
        going_on, before = pruner_of(plan).going_on(going_on), lag
    return min(counted, plan.trials_per_arm - plan.generation)


# How busy workers are -----------------------------------------------------------------------------


def busy(plan: Plan, workers: int) -> float:
    """Return which share of their time so many workers train during a search, simulated.

    Each trains a trial on its own, every epoch takes as long, and a pruner stops as many trials as
    it can. What Optuna and the ledger take is not counted.
    """
    search, now, free = _Simulated(plan), 0, workers
    ends: list[tuple[int, int, int, int]] = []  # when, of which generation and arm, how many
    while search.waiting or ends:
        while free and search.waiting:
            generation, arm, epochs, trials = heappop(search.waiting)
            taken = min(free, trials)
            if trials > taken:
                heappush(search.waiting, (generation, arm, epochs, trials - taken))
            heappush(ends, (now + epochs, generation, arm, taken))
            search.epochs += epochs * taken
            free -= taken
        now, generation, arm, trials = heappop(ends)
        free += trials
        search.ended(generation, arm, trials)
    return search.epochs / (now * workers)


class _Simulated:
    """A search in virtual time, an epoch long each tick.

    Attributes:
        waiting: what is to be trained next: generation, arm, epochs, and how many trials.
        epochs: that were trained so far.
    """

    def __init__(self, plan: Plan) -> None:
        self.waiting: list[tuple[int, int, int, int]] = []
        self.epochs = 0
        self._plan, self._lags, self._pruner = plan, lags_of(plan), pruner_of(plan)
        self._steps = [b - a for a, b in pairwise((0, *plan.rungs))]
        self._most = min(_GENERATIONS, -(-plan.trials_per_arm // plan.generation))
        self._asked = [0] * len(plan.arms)
        self._passed: Counter[tuple[int, int]] = Counter()  # rungs, by generation and arm
        self._left: dict[tuple[int, int], int] = {}  # trials that train, likewise
        self._ask()

    def ended(self, generation: int, arm: int, trials: int) -> None:
        """Let trials of a generation have reached its rung."""
        key = generation, arm
        self._left[key] -= trials
        if not self._left[key]:
            self._passed[key] += 1
            if self._passed[key] < len(self._steps):
                self._train(generation, arm)
            self._ask()

    def _ask(self) -> None:
        for arm, asked in enumerate(self._asked):
            while asked < self._most and self._may_ask(asked, arm):
                self._train(asked, arm)
                asked += 1
            self._asked[arm] = asked

    def _may_ask(self, generation: int, arm: int) -> bool:
        seen = ((generation - 1 - lag, rung) for rung, lag in enumerate(self._lags))
        oldest, last = generation - 1 - self._lags[-1] - AHEAD, len(self._steps)
        return all(self._passed[of, arm] > rung for of, rung in seen if of >= 0) and (
            oldest < 0 or all(self._passed[oldest, one] == last for one in range(len(self._asked)))
        )

    def _train(self, generation: int, arm: int) -> None:
        passed, trials = self._passed[generation, arm], self._plan.generation
        for _ in range(passed):
            trials = self._pruner.going_on(trials)
        self._left[generation, arm] = trials
        heappush(self.waiting, (generation, arm, self._steps[passed], trials))
