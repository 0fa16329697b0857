"""A study that is open in its ledger, and its training with the memory there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree

from fashion_bench.app.work import open_executor
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import CohortMemoryError
from fashion_bench.search.driver import Watcher, drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger, Past, Row
from fashion_bench.search.plan import Plan
from fashion_bench.training.checkpoint import Store

__all__ = ["Append", "Job", "train"]

Append = Callable[[Sequence[Row]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is needed to drive a study.

    Attributes:
        plan: drawn from its file.
        layout: as the ledger has it.
        ledger: it is open there.
        workplace: where its files are.
        data: the folder of images.
        workers: processes on a CPU; ``None`` for one per core.
    """

    plan: Plan
    layout: Layout
    ledger: Ledger
    workplace: Workplace
    data: Path
    workers: int | None

    @property
    def store(self) -> Store:
        """Where its weights are."""
        return self.workplace.store(self.plan.name)

    def halved(self) -> "Job":
        """Return it with half the lanes, to begin again.

        What the larger cohorts left goes first: killed in between, the study has its old layout
        and nothing trained, never the new one and states of the old.
        """
        layout = self.layout.halved()
        if self.store.folder.exists():
            rmtree(self.store.folder)
        self.ledger.set_layout(self.plan.name, layout)
        return replace(self, layout=layout)


def train(
    job: Job, past: Past, append: Append, *, watcher: Watcher, say: Callable[[str], None]
) -> None:
    """Train what is left of a study; while nothing is recorded, with fewer lanes if need be.

    Raises:
        CohortMemoryError: cohorts do not fit into memory any more, and trials are recorded.
    """
    while not _trained(job, past, append, watcher):
        job = job.halved()
        say(job.layout.sentence)


def _trained(job: Job, past: Past, append: Append, watcher: Watcher) -> bool:
    """Train; false if cohorts do not fit, and no trial is recorded that others would contradict."""
    plan = job.plan
    try:
        with open_executor(
            plan.recipe.source,
            job.data,
            job.store,
            job.layout.device,
            job.workers,
            trial_minutes=plan.trial_minutes,
        ) as executor:
            run = executor.run
            drive(plan, past, layout=job.layout, run=run, append=append, watcher=watcher)
    except CohortMemoryError:
        if job.ledger.read(job.plan.name).trials:
            raise
        return False
    return True
