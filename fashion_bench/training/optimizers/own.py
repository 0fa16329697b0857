"""A user's own ``torch.optim.Optimizer``: one lane at a time, saved and restored with the trial."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from inspect import Parameter, signature
from typing import Any

import torch
from torch import Tensor, nn

from fashion_bench import code
from fashion_bench.config import TrialConfig
from fashion_bench.errors import RAISED, SpecError, said

TRIED = 3  # steps before and after a state is saved, in the trial of an optimizer

# What ``torch.load(weights_only=True)`` reads, and means the same on every machine.
_ATOMS = (int, float, bool, str, type(None))


class OwnOptimizer:
    """An optimizer of torch's kind over the weights of one lane.

    Weight decay is its own affair if its constructor takes ``weight_decay``; else it is ours,
    decoupled (decision 5). Each step sets ``lr`` in all of its groups.

    Args:
        kind: its class.
        weights: views of the lane; it changes them in place.
        values: keyword arguments of its constructor.
        lr: learning rate that it is built with.
        decay: weight decay.
        where: as errors name it, ``my.py:Lion``.

    Raises:
        SpecError: it cannot be built like that, wants a closure, or has no learning rate.
    """

    def __init__(
        self,
        kind: type[torch.optim.Optimizer],
        weights: Sequence[Tensor],
        values: Mapping[str, Any],
        *,
        lr: float,
        decay: float,
        where: str,
    ) -> None:
        if not (isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)):
            remedy = "name a class that extends torch.optim.Optimizer"
            raise _refused(where, "is no optimizer", remedy)
        self.where, self.weights = where, list(weights)
        # Parameters of its own over the same memory: whatever else holds the weights, a network
        # that is being differentiated, is not given gradients.
        self.parameters = [nn.Parameter(weight.detach()) for weight in weights]
        takes = signature(kind).parameters
        offered = {"lr": lr, "weight_decay": decay}
        given = {key: value for key, value in offered.items() if key in takes} | dict(values)
        self.decay = 0.0 if "weight_decay" in takes else decay
        try:
            self.optimizer = kind(self.parameters, **given)
        except RAISED as error:
            raise _refused(where, f"cannot be built: {said(error)}", "mend it") from error
        if any(one.default is Parameter.empty for one in _arguments(self.optimizer)):
            raise _refused(where, "its step wants a closure", "use one whose step() needs none")
        if not all("lr" in group for group in self.optimizer.param_groups):
            remedy = "pass lr to torch's constructor among its defaults"
            raise _refused(where, "its groups have no learning rate lr", remedy)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], *, lr: float) -> None:
        """Take one step, in place."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        if self.decay:
            torch._foreach_mul_(self.weights, 1 - lr * self.decay)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimizer.step()
        for parameter, weight in zip(self.parameters, self.weights, strict=True):
            parameter.grad = None
            if parameter.data_ptr() != weight.data_ptr():  # ``p.data = …`` has put another there
                weight.copy_(parameter)
                parameter.data = weight.detach()

    def saved(self) -> dict[str, Any]:
        """Return a copy of its state, on the CPU, that ``torch.load(weights_only=True)`` reads.

        Raises:
            SpecError: something in it is neither a tensor, a number, a string nor a collection.
        """
        state: dict[str, Any] = self._copied(self.optimizer.state_dict())
        return state

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go on from a state that was saved; the weights are the caller's to restore."""
        self.optimizer.load_state_dict(deepcopy(dict(saved)))
        # torch has made every tensor one of the weights' type, and taken strings apart.
        for index, parameter in enumerate(self.parameters):
            if index in saved.get("state", {}):
                state = self.optimizer.state[parameter]
                self.optimizer.state[parameter] = _as_saved(saved["state"][index], state)

    def _copied(self, value: Any) -> Any:  # noqa: ANN401  # whatever a state is made of
        if type(value) is Tensor:
            return value.detach().cpu().clone()
        if type(value) in (dict, OrderedDict):
            return {self._copied(key): self._copied(one) for key, one in value.items()}
        if type(value) in (list, tuple):
            return type(value)(map(self._copied, value))
        if type(value) in _ATOMS:
            return value
        problem = f"cannot be saved: its state holds something of type {type(value).__name__}"
        raise _refused(self.where, problem, "keep tensors, numbers, strings, lists and dicts there")


def own_optimizer(config: TrialConfig, weights: Sequence[Tensor], lr: float) -> OwnOptimizer:
    """Return the user's optimizer that a trial names, over weights; see ``OwnOptimizer``."""
    name = config.recipe.optimizer
    return OwnOptimizer(
        code.loaded(name),
        weights,
        dict(config.optimizer),
        lr=lr,
        decay=config.hyper.weight_decay,
        where=code.unpinned(name),
    )


def try_own(
    build: Callable[[Sequence[Tensor]], OwnOptimizer], weights: Sequence[Tensor], lr: float
) -> None:
    """Take a few steps on copies of the weights and see that a saved state goes on as before.

    Args:
        build: returns the optimizer over weights.
        weights: they stay as they are.
        lr: learning rate of the steps.

    Raises:
        SpecError: it cannot be built, fails, cannot be saved, or then goes on differently.
    """

    def copied(start: Sequence[Tensor]) -> OwnOptimizer:
        return build([weight.detach().clone() for weight in start])

    def train(own: OwnOptimizer, first: int) -> None:
        for step in range(first, first + TRIED):
            draw = torch.Generator().manual_seed(step)
            gradients = [
                torch.randn(weight.shape, generator=draw).to(weight) for weight in own.weights
            ]
            try:
                own.step(gradients, lr=lr)
            except RAISED as error:
                raise _refused(own.where, f"its step fails: {said(error)}", "mend it") from error

    first = copied(weights)
    train(first, 0)
    second = copied(first.weights)
    try:
        second.restore(first.saved())
    except SpecError:
        raise
    except RAISED as error:
        problem = f"its state cannot be restored: {said(error)}"
        raise _refused(first.where, problem, "keep it in self.state") from error
    train(first, TRIED)
    train(second, TRIED)
    if not all(map(_same, first.weights, second.weights)):
        problem = "restored from its saved state it goes on differently"
        remedy = "keep all it remembers in self.state, and draw nothing"
        raise _refused(first.where, problem, remedy)


def _as_saved(saved: Any, loaded: Any) -> Any:  # noqa: ANN401  # whatever a state is made of
    """Return what was saved, its tensors where torch has put those that it loaded."""
    if isinstance(saved, Tensor):
        return saved.to(loaded.device, copy=True)
    if isinstance(saved, dict):
        return {key: _as_saved(one, loaded[key]) for key, one in saved.items()}
    if isinstance(saved, list | tuple):
        return type(saved)(map(_as_saved, saved, loaded))
    return saved


def _arguments(optimizer: torch.optim.Optimizer) -> list[Parameter]:
    """Return the arguments of its step, but for ``*args`` and ``**kwargs``."""
    variable = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return [
        one for one in signature(optimizer.step).parameters.values() if one.kind not in variable
    ]


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)


def _refused(where: str, problem: str, remedy: str) -> SpecError:
    return SpecError(where, problem, remedy=remedy)
