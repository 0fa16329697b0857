"""The stages beside the search whose trials are listed: a survey's Sobol points, a confirmation.

Each is a plan of its own, ``<study>.survey`` and ``<study>.confirm``, that the same driver trains.
What it lists is kept with it in the ledger, so it goes on with just that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from fashion_bench.config import ParamValue
from fashion_bench.plan import Plan, PrunerPlan, SamplerPlan, Values
from fashion_bench.rng import derive

ListedStage = Literal["survey", "confirm"]

GENERATION = 8  # trials per arm: enough to halve twice, few enough to learn from often


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The trials of a stage.

    Attributes:
        seeds: of the i-th trial of every arm; each draws its split, too.
        values: what is set in the i-th trial, by arm.
    """

    seeds: tuple[int, ...]
    values: Mapping[str, tuple[Values, ...]]

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data for the ledger."""
        values = {arm: [dict(each) for each in of_arm] for arm, of_arm in self.values.items()}
        return {"seeds": list(self.seeds), "values": values}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Self:
        """Read back what ``to_plain`` returned."""
        values = {arm: tuple(of_arm) for arm, of_arm in data["values"].items()}
        return cls(seeds=tuple(data["seeds"]), values=values)


def staged(plan: Plan, stage: ListedStage, listed: Listed) -> Plan:
    """Return the plan of a stage of a study that lists these trials: all reach the last epoch."""
    trials = len(listed.seeds)
    return replace(
        plan,
        name=f"{plan.name}.{stage}",
        stage=stage,
        arms=tuple(replace(arm, listed=listed.values[arm.name], finishing=()) for arm in plan.arms),
        sampler=SamplerPlan(name="listed"),
        pruner=PrunerPlan(),
        controls=0,
        generation=even_generation(trials),
        lag=(),
        trials_per_arm=trials,
        minutes=None,
        plateau=None,
        seeds=listed.seeds,
        enqueued=trials - plan.survey.points if plan.survey and stage == "survey" else 0,
        survey=None,
        confirm=None,
        valid_among=plan.seed if stage == "confirm" else None,
    )


def survey_points(plan: Plan) -> Listed:
    """Draw the points of a study's survey, and list what is enqueued behind them.

    They are a Sobol sequence (Sobol 1967), scrambled as by Owen (1998), in one coordinate for each
    parameter that any arm tunes: what arms tune alike is equal in all of them, and what one arm
    alone tunes is drawn beside it.
    """
    from scipy.stats import qmc  # a file is checked without it

    assert plan.survey is not None
    names = list(dict.fromkeys(name for arm in plan.arms for name in arm.space))
    draw = qmc.Sobol(len(names), scramble=True, rng=derive("survey", plan.seed, bits=32))
    points = draw.random(plan.survey.points)
    values: dict[str, tuple[Values, ...]] = {}
    for arm in plan.arms:
        drawn: list[dict[str, ParamValue]] = [
            {name: arm.space[name].at(float(at)) for name, at in zip(names, point, strict=True)
             if name in arm.space}
            for point in points
        ]  # fmt: skip
        values[arm.name] = (*drawn, *plan.survey.enqueued[arm.name])
    trials = plan.survey.trials_per_arm
    seeds = tuple(derive("survey", plan.seed, number, bits=31) for number in range(trials))
    return Listed(seeds=seeds, values=values)


def confirmation(plan: Plan, chosen: Mapping[str, Sequence[Values]]) -> Listed:
    """List the trials of a study's confirmation: seed by seed, each arm's best.

    Args:
        plan: the study.
        chosen: what is set in them, by arm, the best first; ``top`` of each arm, or fewer of all.
    """
    assert plan.confirm is not None
    top = min(map(len, chosen.values()))
    seeds = [derive("confirm", plan.seed, number, bits=31) for number in range(plan.confirm.seeds)]
    values = {
        arm.name: tuple(
            {name: one[name] for name in arm.space if name in one}
            for _ in seeds
            for one in chosen[arm.name][:top]
        )
        for arm in plan.arms
    }
    return Listed(seeds=tuple(seed for seed in seeds for _ in range(top)), values=values)


def even_generation(trials: int) -> int:
    """Return how many of listed trials make a generation, so that all are about as large."""
    generations = -(-trials // GENERATION)
    return -(-trials // generations)
