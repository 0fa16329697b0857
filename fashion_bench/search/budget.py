"""The budget of a study: how many trials an arm gets, how many a generation has, what ends it."""

from collections.abc import Sequence

from fashion_bench.errors import SpecError, joined
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.records import Outcome, TrialRecord
from fashion_bench.search.spec import Search, StudySpec
from fashion_bench.search.stages import GENERATION, even_generation


def budget_of(spec: StudySpec, arms: Sequence[ArmPlan]) -> tuple[int, int]:
    """Return trials per arm and how many of them make a generation."""
    if not searches(spec):
        if spec.budget.minutes or spec.budget.plateau:
            remedy = "say how many trials each arm gets, or remove it"
            raise SpecError("budget", "there is no search that it could end", remedy=remedy)
        return 0, GENERATION
    if spec.search.sampler == "grid":
        return _grid_budget(spec, arms)
    path, trials = "budget.trials_per_arm", spec.budget.trials_per_arm
    generation = spec.search.generation or GENERATION
    if trials is None:
        raise SpecError(path, "missing", remedy="say how many trials each arm gets")
    if short := -trials % generation:
        problem = f"not a multiple of the generation, {generation}"
        why = "whole generations alone let a study grow and keep its trials"
        raise SpecError(path, problem, given=trials, remedy=f"make it {trials + short}: {why}")
    if max(len(arm.listed) for arm in arms) > trials:
        raise SpecError("enqueue", "more than the trials of an arm", remedy=f"raise {path}")
    return trials, generation


def _grid_budget(spec: StudySpec, arms: Sequence[ArmPlan]) -> tuple[int, int]:
    sizes = {arm.name: len(arm.listed) for arm in arms}
    trials, given = sizes[arms[0].name], spec.budget.trials_per_arm
    if len(set(sizes.values())) > 1:
        text = joined(f"{name} {size}" for name, size in sizes.items())
        remedy = "list as many values in each"
        raise SpecError("arms", "their grids differ in size", given=text, remedy=remedy)
    if given not in (None, trials):
        problem = f"the grid has {trials} trials"
        raise SpecError("budget.trials_per_arm", problem, given=given, remedy="leave it out")
    return trials, min(spec.search.generation or even_generation(trials), trials)


def searches(spec: StudySpec) -> bool:
    """Tell whether a file asks for a search: with a survey, it may do without."""
    asked = spec.search != Search() or spec.budget.trials_per_arm is not None
    return asked or spec.survey is None


def is_used_up(plan: Plan, records: Sequence[TrialRecord], seconds: float) -> bool:
    """Tell whether time (decision 9) or every arm's plateau ends a study, or all trials failed."""
    if records and all(record.outcome is Outcome.FAILED for record in records):
        return True
    if plan.minutes is not None and seconds >= 60 * plan.minutes:
        return True
    return plan.plateau is not None and all(
        _stale(plan, [r for r in records if r.arm == arm.name]) for arm in plan.arms
    )


def _stale(plan: Plan, records: Sequence[TrialRecord]) -> bool:
    """Whether an arm's last ``plateau`` generations brought nothing better than before them."""
    assert plan.plateau is not None
    since = max((r.generation for r in records), default=-1) - plan.plateau
    before = [r.value for r in records if r.generation <= since and r.value is not None]
    after = [r.value for r in records if r.generation > since and r.value is not None]
    return bool(before) and max(before) >= max(after, default=0.0)
