"""How busy a lag keeps workers, in virtual time, and what the driver takes of real time for it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from experiments.bench.cases import Options
from experiments.bench.page import Row, Table, make_table
from fashion_bench.plan import Plan
from fashion_bench.records import TrialRecord
from fashion_bench.search.driver import drive
from fashion_bench.search.lag import unseen
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import StudyFile, load_file, plan_of
from fashion_bench.search.spec import parse
from tests.search.made_up_curves import Silent
from tests.search.virtual_time import VirtualWorkers

DEFAULT = Path(__file__).parents[2] / "studies/mlp_dropout_effect.toml"
TIMED = 1_000  # trials of an arm, over which the driver's own time is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A search and its workers.

    Attributes:
        workers: each trains one trial at a time.
        generation: trials of an arm that are asked together.
        lag: of each rung, and of the last epoch.
    """

    workers: int
    generation: int
    lag: tuple[int, ...]


CASES: Sequence[Case] = (
    *(Case(workers=200, generation=64, lag=lag) for lag in ((0, 0, 0), (1, 2, 7))),
    *(Case(workers=16, generation=8, lag=lag) for lag in ((0, 0, 0), (0, 1, 4))),
)


def measure_lag(options: Options) -> list[Table]:
    """Drive searches with made-up curves, each once; then the default study's."""
    trials, cases = (192, CASES[-1:]) if options.quick else (1_536, CASES)
    rows = [_row(_study(case, trials), case.workers) for case in cases]
    shipped = load_file(DEFAULT)
    for lag in ((), (1,)):
        asked = replace(shipped, plan=replace(shipped.plan, lag=lag))
        rows += [_row(asked, workers) for workers in (2, 3)]
    return [make_table(rows, "lag", trials=trials, timed=TIMED)]


def _study(case: Case, trials: int) -> StudyFile:
    """Return a study of two arms with rungs, of whom a third goes on."""
    file = {
        "name": "lag",
        "question": "How busy are workers?",
        "seed": 1234,
        "model": "mlp",
        "epochs": 10,
        "rungs": [1, 3],
        "nuisance": {
            "hidden": [64, 250, 256],
            "lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "dropout": {"low": 0.0, "high": 0.6},
        },
        "arms": {"constant": {"schedule": "constant"}, "cosine": {"schedule": "cosine"}},
        "search": {"pruner": "halving", "generation": case.generation, "lag": list(case.lag)},
        "budget": {"trials_per_arm": trials},
    }
    spec = parse(file, "lag.toml")
    return StudyFile(where="lag.toml", text="", spec=spec, plan=plan_of(spec, "lag.toml"))


def _row(asked: StudyFile, workers: int) -> Row:
    """Drive a study into a ledger, and tell how busy its workers were and what that took."""
    plan, virtual = asked.plan, VirtualWorkers(workers)
    clock = _Clock(plan, virtual)
    layout = Layout(device="cpu", lanes=1, padded_widths=plan.padded_widths)
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.db")
        ledger.open(asked, layout=layout, provenance={})
        past = ledger.past(plan)
        clock.start()
        drive(
            plan,
            past,
            layout=layout,
            run=virtual.run,
            append=ledger.append,
            reporter=clock,
        )
    lag = plan.lag or (0,) * len(plan.rungs)
    return {
        "workers": f"{workers}",
        "generation": plan.generation,
        "trials an arm": plan.trials_per_arm,
        "lag": ", ".join(map(str, lag)),
        "unseen": unseen(plan),
        "busy, %": 100 * virtual.busy,
        "s": virtual.now,
        "s, all busy": virtual.trained / workers,
        "driver, trials per s": clock.trials / clock.seconds,
        "of the processor": clock.trials / clock.processor,
    }


class _Clock(Silent):
    """A reporter that times the driver until so many trials of an arm are finished."""

    def __init__(self, plan: Plan, virtual: VirtualWorkers) -> None:
        super().__init__()
        self.trials, self.seconds, self.processor = 0, 0.0, 0.0
        self._most, self._virtual = TIMED * len(plan.arms), virtual

    def start(self) -> None:
        """Begin to time."""
        self._began = time.perf_counter(), time.process_time()

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """See ``Reporter``; what the made-up curves took is not the driver's."""
        if self.trials < self._most:
            self.trials += len(records)
            began, processor = self._began
            self.seconds = time.perf_counter() - began - self._virtual.seconds
            self.processor = time.process_time() - processor - self._virtual.seconds
