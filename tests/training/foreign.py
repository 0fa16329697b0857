"""Files that are not what they should be."""

import io
import pickle
from collections.abc import Callable
from pathlib import Path

import torch
from hypothesis import strategies as st


class Bomb:
    """Unpickled, it makes a file: what a malicious pickle might do."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.victim,)


def saved(content: object) -> bytes:
    """Return what ``torch.save`` writes."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


# Each hides a bomb for a victim in a file.
BOMBS: dict[str, Callable[[Path], bytes]] = {
    "a bare pickle": lambda victim: pickle.dumps(Bomb(victim)),
    "an archive of torch": lambda victim: saved({"format": "fashion_bench/1", "x": Bomb(victim)}),
}

plain = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
garbage = st.binary(max_size=200) | plain.map(pickle.dumps) | plain.map(saved)
