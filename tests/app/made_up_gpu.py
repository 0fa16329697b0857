"""A GPU that is made up: what is tried on it is kept, and its trials are trained on the CPU."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from fashion_bench.app.workers import Chosen, OpenExecutor, open_executor
from fashion_bench.data.sources import Sources
from fashion_bench.devices import ON_A_CPU, Compute, DeviceName, EngineName, Precision, Tried
from fashion_bench.execution.executor import Executor
from fashion_bench.execution.gpus import Gpu
from fashion_bench.plan import Plan
from fashion_bench.training.files import TrialFiles

NOTHING: Mapping[EngineName, str] = MappingProxyType({})


class MadeUpGpu:
    """Tries cohorts as the real one does.

    Args:
        room: lanes that fit into its memory.
        troubles: of the engines that do not work there.
        cards: how many there are.
        name: of their model.
        trouble: why there are no more of them.

    Attributes:
        tried: what was, in order, by the name of the plan.
        looked: how often somebody looked for it.
        closed: how often it was let go.
    """

    def __init__(
        self,
        room: int = 2000,
        troubles: Mapping[EngineName, str] = NOTHING,
        cards: int = 1,
        name: str = "Tesla Z",
        trouble: str | None = None,
    ) -> None:
        self.room, self.troubles = room, dict(troubles)
        self.chosen = Chosen(
            device="cuda" if cards else "cpu",
            gpus=tuple(Gpu(id=f"GPU-{place}", name=name) for place in range(cards)),
            trouble=trouble,
        )
        self.tried: list[tuple[str, int, EngineName, Precision]] = []
        self.looked = self.closed = 0
        self._plan = ""

    def __call__(self, lanes: int, engine: EngineName, precision: Precision) -> Tried:
        """Keep what is tried, and tell what came of it."""
        self.tried.append((self._plan, lanes, engine, precision))
        if lanes > self.room:
            return Tried(fits=False)
        return Tried(trouble=self.troubles.get(engine))

    def close(self) -> None:
        """Count."""
        self.closed += 1

    def choose(self, wanted: DeviceName) -> Chosen:
        """See ``choose_device``."""
        self.looked += 1
        return Chosen(device="cpu", gpus=(), trouble=None) if wanted == "cpu" else self.chosen

    def probe(self, plan: Plan, sources: Sources, gpu: Gpu, server: object) -> "MadeUpGpu":
        """See ``Trying``."""
        assert gpu is self.chosen.gpus[0]
        self._plan = plan.name
        return self

    def put_in(self, monkeypatch: pytest.MonkeyPatch, *, dear: bool = True) -> OpenExecutor:
        """Let this machine have it; return what opens its workers.

        Args:
            monkeypatch: undoes it.
            dear: whether every study is dearer on the CPU.
        """
        monkeypatch.setattr("fashion_bench.app.layouts.gpu_possible", lambda: True)
        monkeypatch.setattr("fashion_bench.app.layouts.choose_device", self.choose)
        monkeypatch.setattr("fashion_bench.app.layouts.Trying", self.probe)
        if dear:
            monkeypatch.setattr("fashion_bench.app.layouts.cheaper_on_a_cpu", lambda *_: False)
        return on_the_cpu


def on_the_cpu(
    plan: Plan, sources: Sources, files: TrialFiles, compute: Compute, workers: int | None
) -> Executor:
    """Open what trains a study in this process, whatever its device."""
    return open_executor(plan, sources, files, ON_A_CPU, 1)
