"""Check a file before it is run: what it trains, what its answer can tell, and what it will cost.

No torch: it answers in a moment, unless the file names code or data of the user's.
"""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from fashion_bench.analysis.document import Block, Document
from fashion_bench.analysis.foreseen import pairs_of
from fashion_bench.analysis.views.check import (
    StagePower,
    busy_blocks,
    check_document,
    unseen_text,
)
from fashion_bench.errors import FashionBenchError
from fashion_bench.plan import Plan
from fashion_bench.search.lag import busy, hangs_on_results, unseen
from fashion_bench.search.pruning import epochs_of
from fashion_bench.search.resolve import StudyFile, load_file
from fashion_bench.search.text_file import read_once

WORKERS = (2, 4, 16, 64)  # as many as people have


def check(file: Path, runs: Path, *, power: bool = False) -> Document:
    """Return what a study's or an experiment's file comes to.

    Args:
        file: in TOML.
        runs: the folder of runs, whose experiments tell how far networks like these differ.
        power: whether to tell what its pairs can find.

    Raises:
        SpecError: it cannot be read or done.
    """
    asked = load_file(file)
    told = tuple(_power(asked.plan, runs)) if power else ()
    command, more = run_command(asked), _busy(asked.plan)
    return check_document(asked.plan, stages(asked.plan), told, command, *more)


def run_command(asked: StudyFile) -> str:
    """Return what runs a file."""
    file = "- < FILE" if read_once(asked.where) else quote(str(asked.where))
    return f"fashion-bench {asked.plan.kind} run {file}"


def stages(plan: Plan) -> list[dict[str, Any]]:
    """Return of each stage how many trials and epochs it takes."""
    rows = []
    for stage in plan.stages:
        trials = plan.trials_of[stage] * len(plan.arms)
        most = trials * plan.recipe.epochs
        named = plan.kind if plan.stages == ("search",) else stage
        of_stage = {"epochs_expected": round(epochs_of(plan, stage)), "epochs_at_most": most}
        rows.append({"stage": named, "trials": trials, **of_stage})
    return rows


def _busy(plan: Plan) -> Iterator[Block]:
    """Yield how many workers a search keeps busy, and what its lag costs it."""
    if not plan.trials_of["search"]:
        return
    yield from busy_blocks({workers: busy(plan, workers) for workers in WORKERS})
    if plan.lag and hangs_on_results(plan):
        yield unseen_text(unseen(plan), plan.trials_per_arm)


def _power(plan: Plan, runs: Path) -> Iterator[StagePower]:
    """Yield what each stage that pairs its trials can find."""
    from fashion_bench.analysis.metric import Metric
    from fashion_bench.analysis.power import smallest_difference

    metric = Metric.on("plain", plan.metric)
    for stage, n in pairs_of(plan).items():
        # Looks end it where it is settled, by intervals that are wider than those of a planned n.
        smallest = None if plan.look is not None else smallest_difference(n, 1.0)
        if plan.look is not None:
            told = "not told of looks, which end it once it is settled"
        elif smallest is None:
            told = "too few for a verdict"
        elif (sd := _spread(plan, runs, survey=stage == "survey")) is None:
            told = "unknown until something like it has been measured here"
        else:
            told = f"{metric.with_unit(smallest * sd)}, as such networks differed here"
        yield StagePower(stage=stage, n=n, smallest_in_sd=smallest, smallest=told)


def _spread(plan: Plan, runs: Path, *, survey: bool) -> float | None:
    """Return the median standard deviation of paired differences in results like those to come.

    They are of the same model and data: of a survey other surveys, as its pairs differ over a
    space; else experiments and confirmations. ``None`` without any.
    """
    from statistics import median, stdev

    from fashion_bench.analysis.comparison import compare_arms
    from fashion_bench.app.browse import read_studies

    try:
        stored = read_studies(runs)
    except FashionBenchError:
        return None
    paired = [one.survey if survey else one.confirm or one for one in stored]
    found = [
        stdev(one.differences)
        for study in paired
        if study is not None and _alike(study.plan, plan)
        for one in compare_arms(study)
        if one.primary and len(one.differences) > 1
    ]
    return median(found) if found else None


def _alike(one: Plan, other: Plan) -> bool:
    """Tell whether pairs of one are of the same kind as those of the other."""
    recipes = ((p.recipe.model, p.recipe.source, p.metric) for p in (one, other))
    return len(set(recipes)) == 1 and (one.listed or bool(one.tests))
