"""What can be measured, section by section."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import torch

from fashion_bench.app.provenance import provenance
from fashion_bench.bench.busy import measure_busy
from fashion_bench.bench.engine import measure_engine
from fashion_bench.bench.gpu import measure_gpu, measure_gpu_cnn
from fashion_bench.bench.page import Measured
from fashion_bench.bench.recording import measure_long_recording, measure_recording
from fashion_bench.bench.search import measure_search
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.study import measure_long_study, measure_study
from fashion_bench.bench.tables import Table
from fashion_bench.search.layout import DeviceKind

__all__ = ["SECTIONS", "Section", "chosen", "measure_section"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the bench that is measured by itself.

    Attributes:
        title: its heading on the page.
        measure: what does it.
        device: what it needs.
        long: whether it takes hours, and so is measured only by name.
    """

    title: str
    measure: Callable[[Setting], Sequence[Table]]
    device: DeviceKind = "cpu"
    long: bool = False


SECTIONS: Mapping[str, Section] = MappingProxyType(
    {
        "engine": Section(title="Training", measure=measure_engine),
        "search": Section(title="The search alone", measure=measure_search),
        "recording": Section(title="Recording, small trials", measure=measure_recording),
        "recording-long": Section(
            title="Recording, whole trials", measure=measure_long_recording, long=True
        ),
        "busy": Section(title="A busy machine", measure=measure_busy),
        "study": Section(title="A whole study, small", measure=measure_study),
        "study-long": Section(title="A whole study, large", measure=measure_long_study, long=True),
        "gpu": Section(title="Training on a GPU", measure=measure_gpu, device="cuda"),
        "gpu-cnn": Section(
            title="Training the CNN on a GPU", measure=measure_gpu_cnn, device="cuda"
        ),
    }
)


def chosen(*devices: DeviceKind) -> tuple[str, ...]:
    """Return the sections that are measured on these devices when none is named."""
    return tuple(
        name for name, each in SECTIONS.items() if each.device in devices and not each.long
    )


def measure_section(name: str, setting: Setting) -> Measured:
    """Measure a section, and say on what."""
    section = SECTIONS[name]
    device = setting.device if section.device == "cuda" else "cpu"
    told = provenance(setting.trial.source, setting.data, device)
    machine = {
        "device": f"{told['device']}, {os.cpu_count()} cores",
        "torch": f"{told['torch']} ({torch.backends.cpu.get_cpu_capability()})",
        "python": told["python"],
        "commit": told["git_commit"],
        "on": datetime.now(UTC).date().isoformat(),
    }
    if setting.quick:
        machine["as"] = "a try that measures nothing"
    return Measured(title=section.title, machine=machine, tables=tuple(section.measure(setting)))
