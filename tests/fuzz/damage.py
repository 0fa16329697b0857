"""What disks and hands do to the bytes of a file."""

from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

__all__ = ["Damage", "damaged", "damages"]

HUGE = (b"\xff" * 8, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00" * 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing done to a file.

    Attributes:
        how: what is done.
        place: where, as a fraction of the file; the headers of the formats are at its ends.
        size: how many bytes it concerns.
        content: what is written there.
    """

    how: Literal["flip", "cut", "insert", "overwrite", "remove", "swap", "head", "tail"]
    place: float
    size: int
    content: bytes

    def do(self, raw: bytes) -> bytes:
        """Return what is left of a file."""
        at, size = int(self.place * len(raw)), self.size
        before, here, after = raw[:at], raw[at : at + size], raw[at + size :]
        match self.how:
            case "flip":
                return (
                    raw[:at] + bytes(b ^ (1 << size % 8) for b in raw[at : at + 1]) + raw[at + 1 :]
                )
            case "cut":
                return before
            case "insert":
                return before + self.content + here + after
            case "overwrite":
                return before + (self.content * size)[: len(here)] + after
            case "remove":
                return before + after
            case "swap":
                return after[:size] + before[size:] + here + before[:size] + after[size:]
            case "head":
                return self.content + raw[len(self.content) :]
            case "tail":
                return raw[: max(0, len(raw) - size)] + self.content


_places = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
damages = st.lists(
    st.builds(
        Damage,
        how=st.sampled_from(
            ["flip", "flip", "flip", "cut", "insert", "overwrite", "remove", "swap", "head", "tail"]
        ),
        place=_places,
        size=st.integers(1, 64) | st.integers(1, 5000),
        content=st.binary(min_size=1, max_size=20) | st.sampled_from(HUGE),
    ),
    min_size=1,
    max_size=3,
)


def damaged(raw: bytes, done: list[Damage]) -> bytes:
    """Return what is left of a file after all of it."""
    for damage in done:
        raw = damage.do(raw)
    return raw
