"""What a study costs, by a table: whether it is worth a GPU, and there whether compiling repays.

Both follow from its file alone, and what a GPU decides also from the CPU's workers; nothing is
timed here, so who runs the same file twice trains in the same place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fashion_bench.devices import SIZES, EngineName
from fashion_bench.plan import Plan, Stage
from fashion_bench.search.lag import generations_at_once
from fashion_bench.search.pruning import epochs_of, pruner_of
from fashion_bench.search.stages import even_generation

# An epoch here is one of so many images, as all figures below are of.
IMAGES = 54_000

# A compilation of the MLP's step, on an H100: 16.1 s the first of a process, then 6.2 to 6.4 s
# (experiments/bench/README.md, "Training on a GPU", prepare).
FIRST_COMPILATION, COMPILATION = 16.0, 6.0

# What is compiled repays itself only if it saves twice that: every start compiles again, and a
# budget or a pruner may end a study early.
SAFETY = 2.0

# On a GPU: a worker that imports torch (3.5 s, experiments/bench/README.md, start of a worker), a
# context and a capture.
SET_UP = 5.0

# A captured step that is not compiled took 159 ms a trial where the compiled one took 41: the MLP
# on an H100, 64 lanes, n = 1. Of other networks and numbers of lanes nothing was measured.
CAPTURED = 159 / 41


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one network's training costs, in seconds.

    Attributes:
        core: an epoch on one CPU core.
        cohort: an epoch of a cohort on a GPU, compiled, but for its lanes.
        lane: of it, what every lane adds.
    """

    core: float
    cohort: float
    lane: float


# From experiments/bench/README.md: a core's of "Training" (7.6 to 8.3 s a trial of the MLP on each
# of two cores, 122 s of the CNN), a GPU's of "Training on a GPU". The MLP's five rows there, 1.10 s
# a trial on 1 lane to 0.0435 s on 256, are met within 8 %. Of the CNN one was measured, 0.97 s on
# 64 lanes; how it splits is as with a LeNet (2.08 s on 1, 0.24 on 256).
COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        "mlp": Cost(core=0.8, cohort=0.10, lane=0.004),
        "cnn": Cost(core=12.0, cohort=0.75, lane=0.085),
    }
)


def best_engine(plan: Plan, lanes: int) -> EngineName:
    """Return how a GPU is best to run a study's steps.

    Captured they are ready in seconds; compiled where that saves more than compiling takes, once
    for each size of cohort. Of a network that is not in the table nobody knows, so it is captured.
    """
    if (cost := COSTS.get(plan.recipe.model)) is None:
        return "captured"
    saved = (CAPTURED - 1) * _compiled_seconds(plan, lanes, cost)
    sizes = len(epochs_by_size(plan, lanes))
    compiling = FIRST_COMPILATION + (sizes - 1) * COMPILATION
    return "compiled" if saved > SAFETY * compiling else "captured"


def cheaper_on_a_cpu(plan: Plan, lanes: int, workers: int) -> bool:
    """Tell whether a CPU has trained a study before a GPU would have.

    Args:
        plan: the study.
        lanes: of its cohorts on the GPU.
        workers: processes on the CPU.
    """
    if (cost := COSTS.get(plan.recipe.model)) is None:
        return False
    core = cost.core * _share(plan)
    on_cpu = sum(seconds_on_a_cpu(plan, stage, core, workers) for stage in plan.stages)
    return on_cpu < SET_UP + CAPTURED * _compiled_seconds(plan, lanes, cost)


def seconds_on_a_cpu(plan: Plan, stage: Stage, seconds: float, workers: int) -> float:
    """Return the wall time of a stage: no worker helps another, and a trial is trained by one.

    Args:
        plan: the study.
        stage: of it, without a limit of minutes.
        seconds: of an epoch on one core.
        workers: how many there are.
    """
    of_search = plan.generation * generations_at_once(plan)
    at_once = of_search if stage == "search" else plan.trials_of[stage]
    busy = min(workers, at_once * len(plan.arms))
    return max(epochs_of(plan, stage) / busy, plan.recipe.epochs) * seconds


def epochs_by_size(plan: Plan, lanes: int) -> Mapping[int, int]:
    """Return how many epochs a study's cohorts of each size are to train.

    Those that only Optuna or a limit would end count in full, and controls as if they could end.

    Args:
        plan: the study.
        lanes: of a cohort, at most.
    """
    epochs: dict[int, int] = {}
    for stage in plan.stages:
        trials, search = plan.trials_of[stage], stage == "search"
        generation = plan.generation if search else even_generation(trials)
        for first in range(0, trials, generation):
            going, passed = min(generation, trials - first), 0
            for rung in plan.rungs if search else plan.rungs[-1:]:
                together = going * len(plan.arms)
                for cohort in (*[lanes] * (together // lanes), together % lanes):
                    size = next(size for size in (0, *SIZES) if size >= cohort)
                    epochs[size] = epochs.get(size, 0) + rung - passed
                going, passed = pruner_of(plan).going_on(going), rung
    epochs.pop(0, None)  # nothing is left over
    return epochs


def _compiled_seconds(plan: Plan, lanes: int, cost: Cost) -> float:
    """Return the seconds that a study's training takes on a GPU, its steps compiled."""
    by_size = epochs_by_size(plan, lanes).items()
    return _share(plan) * sum(n * (cost.cohort + size * cost.lane) for size, n in by_size)


def _share(plan: Plan) -> float:
    return plan.recipe.train_images / IMAGES
