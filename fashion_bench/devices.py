"""The devices that train, and the sizes of cohort; no imports, for every command reads this."""

from typing import Literal

DeviceKind = Literal["cpu", "cuda"]
DeviceName = Literal["auto", "cpu", "cuda"]

# Every size of cohort is compiled anew, which takes seconds; so there are few.
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
