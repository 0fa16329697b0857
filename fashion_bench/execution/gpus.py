"""The GPUs of a machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU.

    Attributes:
        id: what ``CUDA_VISIBLE_DEVICES`` knows it by.
        name: its model.
    """

    id: str
    name: str
