"""Which trials are trained together: the layout of a study, drawn once and kept in the ledger.

It depends on the study's file and the kind of device, and on memory until the first trial is
recorded; workers, kills and what is free later never change it, because in float32 a cohort's
shape decides how its sums are rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from fashion_bench.records import Segment, Trial

__all__ = ["SIZES", "DeviceKind", "Layout"]

DeviceKind = Literal["cpu", "cuda"]

# Every size of cohort is compiled anew, which takes seconds; so there are few.
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the trials of a generation, or of a rung of it, are put into cohorts.

    Attributes:
        device: the kind of device it was drawn for.
        lanes: trials per cohort at most, one of ``SIZES``.
        slab: the widths that lanes are padded to, but for one alone on a CPU: those of the widest
            trial the study can draw, so that every cohort has the same shapes.
        wanted: lanes it had before memory made them fewer; ``None`` if it did not.
    """

    device: DeviceKind
    lanes: int
    slab: tuple[int, ...]
    wanted: int | None = None

    @property
    def sentence(self) -> str:
        """What it means for a study, as one sentence."""
        fewer = "" if self.wanted is None else f" ({self.wanted} do not fit into memory)"
        if self.lanes == 1:
            return f"One trial at a time in each worker on {self.device}{fewer}."
        widths = "-".join(map(str, self.slab))
        return f"Cohorts of {self.lanes} trials on {self.device}, padded to {widths}{fewer}."

    def halved(self) -> "Layout":
        """Return it with half the lanes, for a memory that has no room for all."""
        return replace(self, lanes=self.lanes // 2, wanted=self.wanted or self.lanes)

    def segments(
        self, trials: Sequence[Trial], *, from_epoch: int, until_epoch: int
    ) -> list[Segment]:
        """Put trials into segments, in their order."""
        return [
            self._segment(tuple(trials[first : first + self.lanes]), from_epoch, until_epoch)
            for first in range(0, len(trials), self.lanes)
        ]

    def _segment(self, trials: tuple[Trial, ...], from_epoch: int, until_epoch: int) -> Segment:
        if self.lanes == 1 and self.device == "cpu":  # a GPU would compile every width anew
            return Segment(trials=trials, from_epoch=from_epoch, until_epoch=until_epoch)
        return Segment(
            trials=trials,
            from_epoch=from_epoch,
            until_epoch=until_epoch,
            lanes=next(size for size in SIZES if size >= len(trials)),
            slab=self.slab,
        )

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "slab": list(self.slab)}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Layout":
        """Read back what ``to_plain`` returned."""
        return cls(**{**data, "slab": tuple(data["slab"])})
