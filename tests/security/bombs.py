"""Files whose unpickling would leave a trace, in every form that a file of ours has."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from fashion_bench.training.checkpoint import FORMAT

__all__ = ["FORMS", "Bomb"]


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path, str]]:
        return Path.write_text, (self.marker, "executed")


def bare(bomb: Bomb) -> bytes:
    """Return a pickle, as files of old had it."""
    return pickle.dumps(bomb)


def in_torch(bomb: Bomb) -> bytes:
    """Return an archive as ``torch.save`` writes it, the bomb among a checkpoint's own keys."""
    content = {"format": FORMAT, "model": "mlp", "widths": [16, 16], "epoch": 1}
    buffer = io.BytesIO()
    torch.save(content | {"config": bomb, "state_dict": bomb, "parts": bomb}, buffer)
    return buffer.getvalue()


def in_numpy(bomb: Bomb) -> bytes:
    """Return an archive of arrays, of objects where numbers are expected."""
    buffer = io.BytesIO()
    objects = np.array([bomb], dtype=object)
    np.savez(buffer, logits=objects, labels=objects)
    return buffer.getvalue()


def array(bomb: Bomb) -> bytes:
    """Return an array of objects alone."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([bomb], dtype=object))
    return buffer.getvalue()


def in_zip(bomb: Bomb) -> bytes:
    """Return an archive that holds a pickle under every name that a reader may open."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("data.pkl", "archive/data.pkl", "logits", "logits.npy", "labels.npy"):
            archive.writestr(name, pickle.dumps(bomb))
    return buffer.getvalue()


FORMS: dict[str, Callable[[Bomb], bytes]] = {
    "bare": bare,
    "torch": in_torch,
    "numpy": in_numpy,
    "array": array,
    "zip": in_zip,
}
