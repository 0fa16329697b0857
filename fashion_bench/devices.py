"""The devices that train, and how; few imports, for every command reads this."""

from dataclasses import dataclass
from typing import Literal

DeviceKind = Literal["cpu", "cuda"]
DeviceName = Literal["auto", "cpu", "cuda"]

EngineName = Literal["captured", "compiled", "eager"]
"""How a GPU runs a step: its kernels captured in a CUDA graph; compiled first; or one by one."""

Precision = Literal["tf32", "float32"]
"""Of products and convolutions on a GPU."""

# Every size of cohort is captured or compiled anew, which takes seconds; so there are few.
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """What decides, besides the layout of cohorts, how a trial's sums are rounded.

    Attributes:
        device: the kind of device.
        engine: of a GPU; ``None`` on a CPU.
        precision: of a GPU; ``None`` on a CPU, which computes in float32.
        gpu: its model, as far as it is known: others round otherwise.
    """

    device: DeviceKind = "cpu"
    engine: EngineName | None = None
    precision: Precision | None = None
    gpu: str | None = None


ON_A_CPU = Compute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of trying a cohort with an engine on a device: all well, unless it says otherwise.

    Attributes:
        fits: whether memory was enough.
        trouble: why the engine cannot be used there, as part of a sentence.
    """

    fits: bool = True
    trouble: str | None = None
