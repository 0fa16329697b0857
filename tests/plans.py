"""Plans made up for tests that need one and do not look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fashion_bench.config import Recipe
from fashion_bench.data import sets
from fashion_bench.dimensions import Dimension
from fashion_bench.plan import ArmPlan, Kind, Plan, SamplerPlan
from fashion_bench.records import StudyRecord


def make_plan(arms: Sequence[str] = ("a",), kind: Kind = "study", **given: Any) -> Plan:
    """Return a plan of these arms that neither fixes nor tunes anything."""
    seeds = (0,) if kind == "experiment" else ()
    plain: dict[str, Any] = {
        "name": "made-up",
        "data": sets.facts("fashion_mnist"),
        "question": "?",
        "recipe": Recipe(),
        "rungs": (10,),
        "arms": tuple(ArmPlan(name=arm, fixed={}) for arm in arms),
        "sampler": SamplerPlan(name="listed" if seeds else "random"),
        "generation": 1,
        "trials_per_arm": 1,
        "seed": 0,
        "seeds": seeds,
        "drawn": bool(seeds),
        "tests": ("plain",) if seeds else (),
    }
    return Plan(**plain | given)


def searching(study: StudyRecord, **spaces: Mapping[str, Dimension]) -> StudyRecord:
    """Return a study whose arms have searched these spaces; an arm that is not named, nothing."""
    arms = tuple(ArmPlan(name=arm, fixed={}, space=spaces.get(arm, {})) for arm in study.arms)
    return planned(study, arms=arms)


def planned(study: StudyRecord, **given: Any) -> StudyRecord:
    """Return a study with another plan."""
    return replace(study, plan=replace(study.plan, **given))
