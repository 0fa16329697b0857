"""How well a survey of eight points tells what dropout does over the shipped study's space.

``python -m tests.search.surveys train FILE 0 100`` trains surveys 0 to 99 for real, at 6,000 images
to train on, and adds a line for each to FILE; ``python -m tests.search.surveys tell FILE …`` prints
what all of them come to. The truth is the mean of all.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from fashion_bench.analysis.interval import mean_interval
from fashion_bench.data.folder import data_folder
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Sources
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.plan import Plan
from fashion_bench.records import best_epoch
from fashion_bench.search.resolve import load_file
from fashion_bench.search.stages import staged, survey_points
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance

IMAGES = 6_000  # to train on


def shipped(seed: int) -> Plan:
    """Return the survey of the shipped study, on fewer images and of another seed."""
    root = Path(__file__).parents[2]
    plan = load_file(root / "studies/mlp_dropout_effect.toml").plan
    plan = replace(plan, seed=seed, recipe=replace(plan.recipe, train_images=IMAGES))
    assert plan.survey is not None
    plan = replace(plan, survey=replace(plan.survey, enqueued={arm.name: () for arm in plan.arms}))
    return staged(plan, "survey", survey_points(plan))


def differences(plan: Plan, images: Images) -> list[float]:
    """Train a survey; return the second arm's value less the first's at each point, in points."""
    return [
        100 * (after - before)
        for before, after in zip(*(_values(plan, arm, images) for arm in (0, 1)), strict=True)
    ]


def _values(plan: Plan, arm: int, images: Images) -> Iterator[float]:
    for number, values in enumerate(plan.arms[arm].listed):
        config = plan.trial(plan.arms[arm], number, values).config
        cohort = Cohort.start([config], "cpu", images=images)
        advance(cohort, images, config.recipe.epochs)
        best = best_epoch(cohort.histories[0])
        yield plan.data.chance if best is None else best.valid_accuracy


def told(surveys: Sequence[Sequence[float]]) -> str:
    """Return the spread of the effect, and how its interval covers the mean of all surveys."""
    effects = [fmean(each) for each in surveys]
    truth = fmean(effects)
    intervals = [mean_interval(np.asarray(each)) for each in surveys]
    found = [interval for interval in intervals if interval is not None]
    covering = fmean(one.low <= truth <= one.high for one in found)
    half = fmean((one.high - one.low) / 2 for one in found)
    alone = stdev(each for of_survey in surveys for each in of_survey) / len(surveys[0]) ** 0.5
    return (
        f"n = {len(surveys)} surveys of {len(surveys[0])} points\n"
        f"truth, the mean of all: {truth:+.3f} points\n"
        f"sd of the effect: {stdev(effects):.3f} points; of independent points: {alone:.3f}\n"
        f"95 % interval: covers the truth {covering:.3f}, half-width in the mean {half:.3f} points"
    )


def main(command: str, file: str, *more: str) -> None:
    """Train some surveys, or tell of those in the files."""
    if command == "train":
        sources = Sources(data_folder(None), Path())
        images = sources.open("fashion_mnist").load("train")
        with Path(file).open("a") as lines, one_torch_thread():
            for number in range(int(more[0]), int(more[1])):
                found = differences(shipped(number), images)
                print(json.dumps({"survey": number, "differences": found}), file=lines, flush=True)
    else:
        lines = [line for each in (file, *more) for line in Path(each).read_text().splitlines()]
        print(told([json.loads(line)["differences"] for line in lines]))


if __name__ == "__main__":
    main(*sys.argv[1:])
