"""What late results cost a search: how far its best trial stays below the best there is.

A trial's accuracy is a formula of its parameters, whose best values are known. A search is asked a
generation, told, pruned, and asked the next, as the driver does with results that are all in: what
a generation sees of them is the lag's alone.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from tempfile import TemporaryDirectory
from typing import TypedDict

from scipy.stats import t

from experiments.bench.cases import Options
from experiments.bench.page import Row, Table, make_table
from fashion_bench.plan import Plan, Values
from fashion_bench.records import Epoch, Outcome
from fashion_bench.rng import derive
from fashion_bench.search.lag import unseen
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.spec import parse

SEEDS = 20
BEST = 0.9  # accuracy, at the best values of everything

FILE: Mapping[str, object] = {
    "name": "regret",
    "question": "What does it cost to learn late?",
    "model": "mlp",
    "epochs": 10,
    "nuisance": {
        "lr": {"low": 1e-5, "high": 1e-1, "log": True},
        "weight_decay": {"low": 1e-4, "high": 1.0, "log": True},
        "dropout": {"low": 0.0, "high": 0.8},
        "activation": ["relu", "gelu", "silu", "tanh"],
    },
    "arms": {"all": {}},
}

_LOST_BY = {"relu": 0.004, "gelu": 0.0, "silu": 0.002, "tanh": 0.012}
_BEST_LR = {"relu": -3.0, "gelu": -2.6, "silu": -2.8, "tanh": -3.6}  # logarithm to 10


@dataclass(frozen=True, slots=True)
class Point:
    """What is tuned of a trial; of learning rate and weight decay the logarithms to 10."""

    lr: float
    decay: float
    dropout: float
    activation: str

    @classmethod
    def of(cls, values: Values) -> "Point":
        """Return the point of a trial with these values."""
        lr, decay, dropout = (float(values[name]) for name in ("lr", "weight_decay", "dropout"))
        return cls(math.log10(lr), math.log10(decay), dropout, str(values["activation"]))


def smooth(point: Point) -> float:
    """Return what is lost where no parameter minds the others."""
    lost = 0.02 * (point.lr + 2.6) ** 2 + 0.004 * (point.decay + 2) ** 2
    return lost + 0.2 * (point.dropout - 0.3) ** 2 + _LOST_BY[point.activation]


def rippled(point: Point) -> float:
    """Return the same with ripples, so that most places that are good nearby are not the best."""
    waves = point.lr + 2.6, (point.decay + 2) / 2, 4 * (point.dropout - 0.3)
    return smooth(point) + 0.006 * sum(1 - math.cos(3 * math.pi * wave) for wave in waves)


def entangled(point: Point) -> float:
    """Return what is lost where the best learning rate hangs on all else."""
    dropout = point.dropout - 0.3
    off = point.lr - _BEST_LR[point.activation] - 1.5 * dropout
    lost = 0.02 * off**2 + 0.004 * (point.decay + point.lr + 4.6) ** 2
    return lost + 0.15 * dropout**2 + _LOST_BY[point.activation]


Response = Callable[[Point], float]

RESPONSES: Mapping[str, Response] = {each.__name__: each for each in (smooth, rippled, entangled)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is searched, and how late results are.

    Attributes:
        trials: of the arm.
        generation: trials of it.
        rungs: before the last epoch; a third goes on from each.
        lags: of each rung and the last epoch.
    """

    trials: int
    generation: int
    rungs: tuple[int, ...]
    lags: tuple[tuple[int, ...], ...]

    def plan(self, seed: int, **search: object) -> Plan:
        """Return the plan of a search."""
        pruner = "halving" if self.rungs else "none"
        file = {
            **FILE,
            "seed": seed,
            "rungs": list(self.rungs),
            "search": {"generation": self.generation, "pruner": pruner, **search},
            "budget": {"trials_per_arm": self.trials},
        }
        return plan_of(parse(file, "regret.toml"), "regret.toml")

    def late(self, seed: int, lag: tuple[int, ...]) -> tuple[str, Plan]:
        """Return the plan of a search with a lag, and what it is called."""
        plan = self.plan(seed, lag=list(lag))
        return f"TPE, {unseen(plan)} unseen", plan

    def plans(self, seed: int) -> dict[str, Plan]:
        """Return the plans that are compared, by what they are called."""
        late = dict(self.late(seed, lag) for lag in self.lags)
        return {"random": self.plan(seed, sampler="random"), "TPE": self.plan(seed), **late}


SCALES = (
    Scale(trials=256, generation=8, rungs=(), lags=((4,), (8,))),
    Scale(trials=1536, generation=64, rungs=(1, 3), lags=((2, 4, 7),)),
)
TINY = (Scale(trials=16, generation=4, rungs=(1, 3), lags=((1, 1, 1),)),)


class Found(TypedDict):
    """The regret of each search of one response and scale from one seed."""

    response: str
    trials: int
    seed: int
    regret: dict[str, float]


def regret(plan: Plan, lost: Response) -> float:
    """Return how far the best of a search's trials that reach the end stays below the best."""
    (arm,) = plan.arms
    study, pruner, least, last = ArmStudy(plan, arm), pruner_of(plan), math.inf, plan.rungs[-1]
    for generation, first in enumerate(range(0, plan.trials_per_arm, plan.generation)):
        numbers = range(first, first + plan.generation)
        asked = zip(numbers, study.ask(generation, numbers), strict=True)
        losses = {number: lost(Point.of(arm.used(values))) for number, values in asked}
        for rung in plan.rungs:
            reached = {n: BEST - loss - _behind(plan, n, rung) for n, loss in losses.items()}
            for number, accuracy in reached.items():
                study.report(number, [_epoch(rung, accuracy)])
            outcome = Outcome.COMPLETE if rung == last else Outcome.PRUNED
            over = reached if rung == last else pruner.stopped(reached, study.should_prune)
            for number in over:
                study.tell(number, outcome, reached[number])
            least = min(least, *losses.values()) if rung == last else least
            losses = {number: loss for number, loss in losses.items() if number not in over}
    return least


def _behind(plan: Plan, number: int, rung: int) -> float:
    """Return what a trial lacks at a rung of what it reaches: each learns at a pace of its own."""
    pace = Random(derive("pace", plan.seed, number)).gauss(1.0, 0.1)
    return pace * 0.3 * (1 / (rung + 1) - 1 / (plan.rungs[-1] + 1))


def _epoch(epoch: int, accuracy: float) -> Epoch:
    return Epoch(
        epoch=epoch,
        train_loss=1.0,
        train_accuracy=accuracy,
        valid_loss=1.0,
        valid_accuracy=accuracy,
        seconds=1.0,
        ended_at=1e9,
    )


def measure_regret(options: Options) -> list[Table]:
    """Search every response at every scale, from many seeds; hours, so what is kept goes on."""
    seeds, scales = (2, TINY) if options.quick else (SEEDS, SCALES)
    with TemporaryDirectory() as folder:
        found = measure(options.kept or Path(folder) / "regret.jsonl", seeds, scales)
    rows = [
        row
        for scale, lag in ((scale, lag) for scale in scales for lag in scale.lags)
        for row in _rows(found, scale, scale.late(0, lag)[0])
    ]
    return [make_table(rows, "regret", best=BEST)]


def measure(kept: Path, seeds: int, scales: Sequence[Scale]) -> list[Found]:
    """Return each search's regret; what a file has is not searched again.

    Args:
        kept: lines of JSON, to which what is measured is added.
        seeds: of each response and scale.
        scales: what is searched.
    """
    lines = kept.read_text().splitlines() if kept.exists() else []
    found: list[Found] = [json.loads(line) for line in lines]
    there = {(one["response"], one["trials"], one["seed"]) for one in found}
    for seed, (name, lost), scale in product(range(seeds), RESPONSES.items(), scales):
        if (name, scale.trials, seed) in there:
            continue
        regrets = {search: regret(plan, lost) for search, plan in scale.plans(seed).items()}
        found.append({"response": name, "trials": scale.trials, "seed": seed, "regret": regrets})
        with kept.open("a") as file:
            file.write(json.dumps(found[-1]) + "\n")
    return found


def _rows(found: Sequence[Found], scale: Scale, search: str) -> Iterator[Row]:
    """Yield of one lag what each response lost, and all of them together, seed by seed."""
    shares: dict[str, list[float]] = {}
    for name in RESPONSES:
        of_it = [one for one in found if (one["response"], one["trials"]) == (name, scale.trials)]
        regrets = [one["regret"] for one in sorted(of_it, key=lambda one: one["seed"])]
        random, prompt, late = (
            [each[which] for each in regrets] for which in ("random", "TPE", search)
        )
        shares[name] = [
            (mine - yours) / fmean(random) for mine, yours in zip(late, prompt, strict=True)
        ]
        means = [1e4 * fmean(each) for each in (random, prompt, late)]
        yield _row(scale, search, name, shares[name], *means)
    together = [fmean(of_seed) for of_seed in zip(*shares.values(), strict=False)]
    yield _row(scale, search, "all three", together, None, None, None)


def _row(
    scale: Scale,
    search: str,
    response: str,
    shares: Sequence[float],
    random: float | None,
    prompt: float | None,
    late: float | None,
) -> Row:
    error = t.ppf(0.975, len(shares) - 1) * stdev(shares) / len(shares) ** 0.5
    return {
        "response": response,
        "trials": scale.trials,
        "late": search.removeprefix("TPE, "),
        "random": random,
        "TPE": prompt,
        "TPE, late": late,
        "added ÷ random": fmean(shares),
        "95 % from": fmean(shares) - error,
        "to": fmean(shares) + error,
        "n": len(shares),
    }
