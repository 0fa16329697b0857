"""What every optimizer is, and the state it keeps of the weights.

Shapes: T lanes. A stacked tensor leads with axis T.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import Tensor

Value = float | bool | Tensor
"""Of a parameter: a number that all lanes share, or a tensor [T].

A number is compiled into the step, so a number tried anew is a step compiled anew; tensors are not.
They serve best in float64: in float32 the nearest number to a beta2 of 0.99999999 is 1.
"""


@dataclass(frozen=True, slots=True)
class State:
    """What an optimizer remembers.

    Attributes:
        slots: tensors shaped like the weights, by name and then in the order of the weights.
        steps: steps done, a float32 scalar for each weight, as torch's kernels of one lane want it;
            many lanes are told the step and do not count.
    """

    slots: dict[str, list[Tensor]]
    steps: list[Tensor]

    @classmethod
    def init(cls, names: Sequence[str], weights: Sequence[Tensor]) -> "State":
        """Start at zero with the slots of these names."""
        return cls(
            {name: [torch.zeros_like(w, requires_grad=False) for w in weights] for name in names},
            [torch.zeros((), device=weight.device) for weight in weights],
        )

    def lane(self, index: int) -> "State":
        """View one lane of a stacked state; writing to it writes to the stack."""
        return State(
            {name: [tensor[index] for tensor in slot] for name, slot in self.slots.items()},
            self.steps,
        )

    def tensors(self) -> list[Tensor]:
        """Return every tensor it is made of."""
        return [*(tensor for slot in self.slots.values() for tensor in slot), *self.steps]


class Optimizer(ABC):
    """One way to change weights by gradients.

    A subclass declares its slots and its parameters, and writes its update twice. Weights that are
    0 with gradient 0, the padding of a narrow lane, stay exactly 0 in both. An argument of its
    constructor is annotated with what a file may say; where lanes differ it is given a tensor [T].
    An ``eps`` is never 0, for padding would become 0 / 0, and within the range of float32.

    Attributes:
        slots: names of the tensors it keeps, each shaped like the weights; they begin at 0.
    """

    slots: ClassVar[tuple[str, ...]]

    @abstractmethod
    def __init__(self, **values: Any) -> None:  # noqa: ANN401  # each declares its own
        """Take the values of its parameters, each a ``Value``."""

    @torch.no_grad()
    def one_lane(
        self,
        weights: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        decay: float,
    ) -> None:
        """Update one lane in place; its parameters are numbers."""
        self.kernel(weights, gradients, state, lr, decay)

    @torch.no_grad()
    def many_lanes(
        self,
        weights: Sequence[Tensor],
        gradients: Sequence[Tensor],
        state: State,
        *,
        lr: Tensor,
        decay: Tensor,
        now: Sequence[Tensor],
    ) -> None:
        """Update every lane in place; ``lr`` and ``decay`` are [T], ``now`` see ``tables``.

        All of it happens on the weights' device and none of it depends on a tensor's value, so it
        can be compiled, and captured in a CUDA graph.
        """
        slots = [state.slots[name] for name in self.slots]
        decayed = 1 - lr * decay
        for weight, gradient, *kept in zip(weights, gradients, *slots, strict=True):
            weight.mul_(per_lane(decayed, weight))
            numbers = [per_lane(number, weight) for number in now]
            self.update(weight, gradient, kept, numbers, per_lane(lr, weight))

    @abstractmethod
    def kernel(
        self, weights: list[Tensor], gradients: list[Tensor], state: State, lr: float, decay: float
    ) -> None:
        """Update one lane by torch's own kernel, which may see to the decay, too."""

    def tables(self, steps: int) -> list[Tensor]:
        """Return the numbers that hang on the step alone, for so many: float64, [S] or [S, T].

        Made once, on the CPU: few GPUs are quick in float64.
        """
        return []

    @abstractmethod
    def update(
        self, weight: Tensor, gradient: Tensor, slots: list[Tensor], now: list[Tensor], lr: Tensor
    ) -> None:
        """Change one stacked weight and its slots in place, once it has decayed.

        Args:
            weight: [T, ...], and so are the gradient and the slots.
            gradient: not to be changed.
            slots: in the order of ``Optimizer.slots``.
            now: of each of ``tables`` this step's number, shaped to go with the weight.
            lr: shaped to go with the weight, [T, 1, ...].
        """


# What updates are made of ------------------------------------------------------------------------


def per_lane(value: Value, weight: Tensor) -> Any:  # noqa: ANN401  # a number, or a tensor
    """Return a value [T] shaped to go with a stacked weight, and of its type; a number as it is."""
    if not isinstance(value, Tensor) or value.ndim == 0:
        return value
    shape = (-1,) + (1,) * (weight.ndim - 1)
    return value.to(weight.dtype if value.is_floating_point() else value.dtype).view(shape)


def powers(base: Value, steps: int) -> Tensor:
    """Return ``base ** step`` for the steps from 1: float64 on the CPU, [S] or [S, T].

    Python's own power, for torch's of many numbers at once is not that of one.
    """
    if not isinstance(base, Tensor):
        return _powers(base, steps)
    return torch.stack([_powers(one, steps) for one in base.tolist()], 1)


@lru_cache(512)  # from rung to rung the same; a trial of 10 epochs takes 67 kB
def _powers(base: float, steps: int) -> Tensor:
    return torch.tensor([base**step for step in range(1, steps + 1)], dtype=torch.float64)


def average_squares(square: Tensor, gradient: Tensor, kept: Value) -> None:
    """Move an average of squared gradients on: ``kept`` of it, and 1 - ``kept`` of the new one."""
    square.mul_(per_lane(kept, square))
    add_product(square, gradient, gradient, 1 - kept)


def add_product(total: Tensor, one: Tensor, other: Tensor, factor: Value) -> None:
    """Add ``factor * one * other`` to a stacked tensor."""
    factor = per_lane(factor, total)
    if isinstance(factor, Tensor):
        total.addcmul_(one * factor, other)
    else:
        total.addcmul_(one, other, value=factor)


def decay_one(weights: list[Tensor], lr: float, decay: float) -> None:
    """Shrink one lane's weights: weight decay decoupled from the gradient.

    Loshchilov & Hutter 2019, with the learning rate as a factor, as torch's AdamW has it.
    """
    if decay:
        torch._foreach_mul_(weights, 1 - lr * decay)
