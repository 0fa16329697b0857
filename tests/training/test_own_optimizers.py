"""A user's own ``torch.optim.Optimizer`` trains one lane, and goes on after it was saved."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fashion_bench.errors import SpecError
from fashion_bench.training.optimizers.own import OwnOptimizer, try_own

STEPS = 10
LR, DECAY = 0.03, 0.1


class Own(torch.optim.Optimizer):
    """What most of the following have in common."""

    def __init__(self, params: Iterable[nn.Parameter], lr: float = 1e-3, beta: float = 0.9) -> None:
        super().__init__(params, {"lr": lr, "beta": beta})

    def each(self) -> Iterable[tuple[nn.Parameter, dict[str, Any], dict[str, Any]]]:
        """Yield each weight that has a gradient, with its group and its state."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    yield weight, group, self.state[weight]


class Lion(Own):
    """Chen et al. 2023, algorithm 2."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """Take one step."""
        for weight, group, state in self.each():
            moment = state.setdefault("moment", torch.zeros_like(weight))
            weight.sub_(moment.lerp(weight.grad, 1 - group["beta"]).sign_(), alpha=group["lr"])
            moment.lerp_(weight.grad, 0.01)


class Reassigning(Own):
    """Puts another tensor in a weight's place, and keeps numbers of other types, and words."""

    def step(self) -> None:
        """Take one step."""
        for weight, group, state in self.each():
            state.setdefault("count", torch.zeros((), dtype=torch.int64)).add_(1)
            state.setdefault("sum", torch.zeros_like(weight, dtype=torch.float64)).add_(weight.grad)
            state["words"] = ["sum", ("count", {"by": 1 / 3})]
            weight.data = weight.data - group["lr"] * (state["sum"] / state["count"]).to(weight)


class SubSGD(torch.optim.SGD):
    """torch's own with another name."""


class SubAdam(torch.optim.Adam):
    """torch's own with another name."""


class SubRMSprop(torch.optim.RMSprop):
    """torch's own with another name."""


class SubRprop(torch.optim.Rprop):
    """torch's own with another name; it takes no weight decay."""


KINDS: list[tuple[type[torch.optim.Optimizer], dict[str, Any]]] = [
    (SubSGD, {"momentum": 0.9, "nesterov": True}),
    (SubAdam, {"betas": (0.8, 0.99), "amsgrad": True}),
    (SubRMSprop, {"centered": True, "momentum": 0.5}),
    (SubRprop, {"etas": (0.4, 1.3)}),
    (Lion, {"beta": 0.8}),
    (Reassigning, {}),
]
every_kind = pytest.mark.parametrize(("kind", "values"), KINDS)


def draw(seed: int) -> list[Tensor]:
    """Draw a number for every element of every weight of one lane of a stack."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator)[1] for shape in [(2, 3, 4), (2, 5)]]


def own(
    kind: type[torch.optim.Optimizer],
    weights: Sequence[Tensor],
    values: dict[str, Any] | None = None,
    *,
    decay: float = DECAY,
) -> OwnOptimizer:
    """Build one over weights."""
    return OwnOptimizer(kind, weights, values or {}, lr=LR, decay=decay, where="my.py:Own")


def train(one: OwnOptimizer, first: int = 0, last: int = STEPS) -> list[Tensor]:
    """Train for some steps, the learning rate falling; return the weights."""
    for step in range(first, last):
        one.step(draw(step + 1), lr=LR * (1 - step / STEPS))
    return one.weights


@every_kind
def test_it_steps_as_torch_steps(kind: type[torch.optim.Optimizer], values: dict[str, Any]) -> None:
    """In place, with the lane's weight decay: the optimizer's own, or else decoupled."""
    weights = [nn.Parameter(weight) for weight in draw(0)]
    decays = kind in (SubSGD, SubAdam, SubRMSprop)
    optimizer = kind(weights, lr=LR, **(values | ({"weight_decay": DECAY} if decays else {})))
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = lr = LR * (1 - step / STEPS)
        for weight, gradient in zip(weights, draw(step + 1), strict=True):
            weight.grad = gradient
            weight.data *= 1 if decays else 1 - lr * DECAY
        optimizer.step()
    lane = draw(0)
    train(own(kind, lane, values))
    torch.testing.assert_close(lane, [weight.detach() for weight in weights], rtol=0, atol=0)


@every_kind
def test_it_goes_on_from_its_file_bit_for_bit(
    kind: type[torch.optim.Optimizer], values: dict[str, Any]
) -> None:
    """Its state is read back as plain data, and nothing is lost on the way."""
    unbroken = own(kind, draw(0), values)
    straight = train(unbroken)
    first = own(kind, draw(0), values)
    train(first, last=4)
    file = io.BytesIO()
    torch.save(first.saved(), file)
    second = own(kind, [weight.clone() for weight in first.weights], values)
    second.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    torch.testing.assert_close(train(second, first=4), straight, rtol=0, atol=0)
    assert same(second.saved(), unbroken.saved())


def same(one: Any, other: Any) -> bool:
    """Whether two states are the same, in every type and bit."""
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and all(map(same, one, other))
    return bool(one == other)


@every_kind
def test_what_is_sound_passes_the_trial(
    kind: type[torch.optim.Optimizer], values: dict[str, Any]
) -> None:
    """It is tried on copies: the weights stay as they are."""
    weights = draw(0)
    try_own(lambda copies: own(kind, copies, values), weights, LR)
    torch.testing.assert_close(weights, draw(0), rtol=0, atol=0)


def test_what_was_saved_does_not_change() -> None:
    """A saved state is a copy, and so is what is restored."""
    first = own(Lion, draw(0))
    train(first)
    saved = first.saved()
    before = saved["state"][0]["moment"].clone()
    train(first)
    assert torch.equal(saved["state"][0]["moment"], before)
    first.restore(saved)
    train(first)
    assert torch.equal(saved["state"][0]["moment"], before)


def test_gradients_are_cleared() -> None:
    """No step sees the gradients of another, and nobody else's weights are given any."""
    weights = [nn.Parameter(weight) for weight in draw(0)]
    one = own(SubSGD, list(weights))
    train(one, last=1)
    assert all(weight.grad is None for weight in (*weights, *one.parameters))


class Forgetful(Lion):
    """Counts beside its state."""

    count = 0

    def step(self) -> None:
        """Take one step."""
        self.count += 1
        for group in self.param_groups:
            group["lr"] /= self.count
        super().step()


class Random(Own):
    """Draws from torch's generator."""

    def step(self) -> None:
        """Take one step."""
        for weight, group, _ in self.each():
            weight.add_(torch.randn_like(weight), alpha=group["lr"])


class Opaque(Own):
    """Keeps an object."""

    def step(self) -> None:
        """Take one step."""
        for _, _, state in self.each():
            state["thing"] = object()


class Failing(Own):
    """Does not work."""

    def step(self) -> None:
        """Take one step."""
        raise RuntimeError("what the user\nwrote")


class Rateless(torch.optim.Optimizer):
    """Has no learning rate."""

    def __init__(self, params: Iterable[nn.Parameter]) -> None:
        super().__init__(params, {})

    def step(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        (torch.optim.LBFGS, {}, "its step wants a closure; use one whose step"),
        (Rateless, {}, "no learning rate"),
        (Lion, {"momentum": 1}, "cannot be built: TypeError"),
        (SubSGD, {"momentum": -1}, "cannot be built: ValueError: Invalid momentum"),
        (Failing, {}, "its step fails: RuntimeError: what the user; mend it"),
        (Opaque, {}, "cannot be saved: its state holds something of type object; keep tensors"),
        (Forgetful, {}, "goes on differently; keep all it remembers in self.state"),
        (Random, {}, "goes on differently; keep all it remembers in self.state"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(
    kind: type[torch.optim.Optimizer], values: dict[str, Any], problem: str
) -> None:
    """In one line that names it."""
    with pytest.raises(SpecError, match=f"^my.py:Own: .*{problem}") as told:
        try_own(lambda copies: own(kind, copies, values, decay=0.0), draw(0), LR)
    assert "\n" not in str(told.value)
