"""Every optimizer in both renderings, step by step beside torch's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import signature
from pathlib import Path
from shutil import copytree
from typing import Annotated, Any, get_origin, get_type_hints

import pytest
import torch
from torch import Tensor, nn

from fashion_bench import parameters
from fashion_bench.parameters import optimizer_classes
from fashion_bench.training import optimizers
from fashion_bench.training.optimizers import optimizer_class
from fashion_bench.training.optimizers.base import State, powers
from fashion_bench.training.optimizers.clipping import clip_many, clip_one

Slabs = list[Tensor]  # [T, ...] each
Values = Mapping[str, Any]
SHAPES = [(3, 4), (5,), (2, 1, 2, 2)]  # a weight, a bias and a kernel
STEPS = 25
PEAKS = [1e-3, 0.03, 0.5, 0.01]  # a lane each, as below
DECAYS = [0.0, 0.1, 0.02, 0.0]
LIMITS = [0.0, 2.0, 5.0, 1e-3]  # the gradients' norm is about 5
LANES = len(PEAKS)

# What the suite knows of an optimizer: torch's own of these weights, values and decay, which is
# ours to apply where torch's is not decoupled; and the values to try, a lane each.
REFERENCES: dict[str, Callable[[list[nn.Parameter], float, Any], torch.optim.Optimizer]] = {
    "adagrad": lambda weights, decay, v: torch.optim.Adagrad(weights, eps=v["eps"]),
    "adam": lambda weights, decay, v: torch.optim.AdamW(
        weights, betas=(v["beta1"], v["beta2"]), eps=v["eps"], weight_decay=decay
    ),
    "rmsprop": lambda weights, decay, v: torch.optim.RMSprop(
        weights, alpha=v["alpha"], eps=v["eps"], momentum=v["momentum"]
    ),
    "sgd": lambda weights, decay, v: torch.optim.SGD(
        weights, momentum=v["momentum"], nesterov=v["nesterov"] and v["momentum"] > 0
    ),
}
TRIED: dict[str, list[Values]] = {
    "adagrad": [{}, {"eps": 1e-3}, {"eps": 1.0}, {"eps": 1e-30}],
    "adam": [
        {},
        {"beta1": 0.8, "beta2": 0.99, "eps": 1e-3},
        {"beta1": 0.0, "beta2": 0.9},
        {"beta1": 0.99, "beta2": 0.0, "eps": 1.0},
    ],
    "rmsprop": [
        {},
        {"momentum": 0.9},
        {"alpha": 0.9, "eps": 1e-3, "momentum": 0.5},
        {"alpha": 0.0, "eps": 0.1},
    ],
    "sgd": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"nesterov": True},
    ],
}
CASES = [(name, values) for name, tried in TRIED.items() for values in tried]


def unknown_to_the_suite() -> set[str]:
    """Return the optimizers that are not compared with anything."""
    return set(optimizer_classes()) - {name for name in REFERENCES if len(TRIED[name]) == LANES}


def test_every_optimizer_is_compared() -> None:
    """The suite runs over every file of the folder."""
    assert not unknown_to_the_suite()


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put one more optimizer into the package: the name of its file."""
    folder = Path(copytree(parameters.OPTIMIZERS, tmp_path / "optimizers"))
    source = (folder / "sgd.py").read_text("utf-8")
    (folder / "onemore.py").write_text(source.replace("class SGD", "class OneMore"))
    monkeypatch.setattr(parameters, "OPTIMIZERS", folder)
    monkeypatch.setattr(optimizers, "__path__", [*optimizers.__path__, str(folder)])
    return "onemore"


def test_a_file_is_all_that_one_more_needs(one_more: str) -> None:
    """It is found by its name; this suite then asks what to compare it with."""
    assert type(optimizer_class(one_more)(momentum=0.5)).__name__ == "OneMore"
    assert unknown_to_the_suite() == {one_more}


def test_no_other_name_is_imported() -> None:
    """A name that a file gives is looked up; modules without a class of their name do not count."""
    assert set(optimizer_classes()) >= {"adam", "sgd", "rmsprop", "adagrad"}
    for name in ("base", "own", "clipping", "os", "..models.mlp"):
        with pytest.raises(KeyError):
            optimizer_class(name)


def test_a_parameter_means_the_same_everywhere() -> None:
    """Where two optimizers have one of the same name, its bounds and its phrase are the same."""
    seen: dict[str, Any] = {}
    for name in optimizer_classes():
        hints = get_type_hints(optimizer_class(name).__init__, include_extras=True)
        for parameter, declared in hints.items():
            if parameter != "return":
                assert get_origin(declared) is Annotated
                assert seen.setdefault(parameter, declared) == declared


# Step by step ------------------------------------------------------------------------------------


def draw(seed: int, dtype: torch.dtype = torch.float64) -> Slabs:
    """Draw a number for every element of every lane."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(LANES, *shape) for shape in SHAPES]
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]


def rates(step: int) -> list[float]:
    """Return each lane's learning rate, which a schedule changes."""
    return [peak * (1 - step / STEPS) for peak in PEAKS]


def lane_of(slabs: Slabs, lane: int) -> list[Tensor]:
    """View one lane."""
    return [slab[lane] for slab in slabs]


def full(name: str, values: Values) -> dict[str, Any]:
    """Return the values of all parameters of an optimizer."""
    arguments = signature(optimizer_class(name)).parameters
    return {key: one.default for key, one in arguments.items()} | dict(values)


def by_torch(name: str, values: Sequence[Values]) -> Iterator[Slabs]:
    """Train every lane by torch alone; yield the weights after every step."""
    start = draw(0)
    weights = [[nn.Parameter(w.clone()) for w in lane_of(start, i)] for i in range(LANES)]
    made = [
        REFERENCES[name](own, decay, full(name, one))
        for own, decay, one in zip(weights, DECAYS, values, strict=True)
    ]
    for step in range(STEPS):
        gradients = draw(step + 1)
        for lane, (own, optimizer, lr) in enumerate(zip(weights, made, rates(step), strict=True)):
            for weight, gradient in zip(own, lane_of(gradients, lane), strict=True):
                weight.grad = gradient
            if LIMITS[lane]:
                nn.utils.clip_grad_norm_(own, LIMITS[lane])
            if not optimizer.defaults["weight_decay"]:
                for weight in own:
                    weight.data *= 1 - lr * DECAYS[lane]
            optimizer.param_groups[0]["lr"] = lr
            optimizer.step()
        yield [torch.stack([w.detach() for w in same]) for same in zip(*weights, strict=True)]


class Alone:
    """Lanes trained one by one, each with its own values."""

    def __init__(self, name: str, values: Sequence[Values], weights: Slabs) -> None:
        self.weights = weights
        self.optimizers = [optimizer_class(name)(**one) for one in values]
        self.state = State.init(optimizer_class(name).slots, weights)
        counts = [[count.clone() for count in self.state.steps] for _ in values]
        lanes = map(self.state.lane, range(LANES))
        self.states = [State(one.slots, c) for one, c in zip(lanes, counts, strict=True)]

    def step(self, gradients: Slabs, lr: Sequence[float]) -> None:
        """Train on gradients, which may be changed."""
        for lane, optimizer in enumerate(self.optimizers):
            own = lane_of(gradients, lane)
            clip_one(own, LIMITS[lane])
            optimizer.one_lane(
                lane_of(self.weights, lane), own, self.states[lane], lr=lr[lane], decay=DECAYS[lane]
            )


class Together:
    """Lanes trained as one tensor program: of numbers where all share them, else of tensors."""

    def __init__(
        self,
        name: str,
        values: Sequence[Values],
        weights: Slabs,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.weights = weights
        columns = {key: [full(name, one)[key] for one in values] for key in full(name, {})}
        self.optimizer = optimizer_class(name)(
            **{key: shared(c, dtype) for key, c in columns.items()}
        )
        self.state = State.init(self.optimizer.slots, weights)
        self.tables = [table.to(weights[0].dtype) for table in self.optimizer.tables(STEPS)]
        self.update, self.done = self._update, 0

    def _update(
        self, gradients: Slabs, lr: Tensor, decay: Tensor, limit: Tensor, now: Slabs
    ) -> None:
        clip_many(gradients, limit)
        self.optimizer.many_lanes(self.weights, gradients, self.state, lr=lr, decay=decay, now=now)

    def step(self, gradients: Slabs, lr: Sequence[float]) -> None:
        """Train on gradients, which may be changed."""
        dtype = self.weights[0].dtype
        numbers = (torch.tensor(one, dtype=dtype) for one in (lr, DECAYS, LIMITS))
        self.update(gradients, *numbers, [table[self.done] for table in self.tables])
        self.done += 1


def shared(column: list[Any], dtype: torch.dtype) -> Any:
    """Return what all lanes share, or a tensor of what they do not."""
    if len(set(column)) == 1:
        return column[0]
    return torch.tensor(column, dtype=None if isinstance(column[0], bool) else dtype)


RENDERINGS = [Alone, Together]
Rendering = type[Alone] | type[Together]
every_rendering = pytest.mark.parametrize("rendering", RENDERINGS)
every_optimizer = pytest.mark.parametrize("name", [*optimizer_classes()])


def train(lanes: Alone | Together, first: int = 0, last: int = STEPS) -> Slabs:
    """Train lanes for some steps; return their weights."""
    for step in range(first, last):
        lanes.step(draw(step + 1, lanes.weights[0].dtype), rates(step))
    return lanes.weights


def assert_close(one: Slabs, other: Slabs, tolerance: float) -> None:
    """Assert that weights agree to so much, absolute and relative."""
    torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


@every_rendering
@pytest.mark.parametrize(("name", "values"), CASES, ids=str)
def test_every_step_is_that_of_torch(rendering: Rendering, name: str, values: Values) -> None:
    """Lanes that share their values but not their rates go step by step where torch goes."""
    lanes = rendering(name, [values] * LANES, draw(0))
    for step, expected in enumerate(by_torch(name, [values] * LANES)):
        lanes.step(draw(step + 1), rates(step))
        assert_close(lanes.weights, expected, 1e-12)


@every_optimizer
@pytest.mark.parametrize("of_values", [torch.float64, torch.float32])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
def test_lanes_of_different_values_are_as_if_alone(
    name: str, dtype: torch.dtype, tolerance: float, of_values: torch.dtype
) -> None:
    """Each lane goes where it goes alone, with the values that the tensors hold."""
    held = [
        {key: held_as(of_values, value) for key, value in full(name, one).items()}
        for one in TRIED[name]
    ]
    alone = Alone(name, held, draw(0, dtype))
    together = Together(name, held, draw(0, dtype), of_values)
    for step in range(STEPS):
        train(alone, step, step + 1)
        train(together, step, step + 1)
        assert_close(together.weights, alone.weights, tolerance)


def held_as(dtype: torch.dtype, value: Any) -> Any:
    """Return the number nearest to a value in a tensor of this type."""
    return value if isinstance(value, bool) else torch.tensor(value, dtype=dtype).item()


@every_rendering
@every_optimizer
def test_weights_of_0_without_gradient_stay_0(rendering: Rendering, name: str) -> None:
    """The padding of a slab is never written to, whatever the neighbours' gradients."""
    padding = [slab > 0 for slab in draw(1, torch.float32)]

    def padded(seed: int) -> Slabs:
        return [
            s.masked_fill(p, 0) for s, p in zip(draw(seed, torch.float32), padding, strict=True)
        ]

    lanes = rendering(name, TRIED[name], padded(0))
    for step in range(STEPS):
        lanes.step(padded(step + 2), rates(step))
    assert all(slab.isfinite().all() for slab in lanes.weights)
    for slab in (*lanes.weights, *(one for slot in lanes.state.slots.values() for one in slot)):
        (zero,) = [p for p in padding if p.shape == slab.shape]
        assert not slab[zero].any()


@every_rendering
@every_optimizer
def test_what_goes_on_from_a_copied_state_goes_on_as_before(
    rendering: Rendering, name: str
) -> None:
    """The slots and the counts are all that an optimizer remembers."""
    straight = train(rendering(name, TRIED[name], draw(0)))
    first = rendering(name, TRIED[name], draw(0))
    train(first, last=STEPS // 2)
    second = rendering(name, TRIED[name], [slab.clone() for slab in first.weights])
    olds = first.states if isinstance(first, Alone) else [first.state]
    news = second.states if isinstance(second, Alone) else [second.state]
    for old, new in zip(olds, news, strict=True):
        for source, target in zip(old.tensors(), new.tensors(), strict=True):
            target.copy_(source)
    if isinstance(second, Together):
        second.done = STEPS // 2
    else:
        assert news[0].steps[0] == STEPS // 2
    assert_close(train(second, first=STEPS // 2), straight, 0)


@every_optimizer
def test_a_step_of_many_lanes_is_one_program(name: str) -> None:
    """It is traced whole, so it nowhere waits for a tensor's value, and computes the same."""
    eager, traced = (Together(name, TRIED[name], draw(0)) for _ in range(2))
    traced.update = torch.compile(
        traced._update, fullgraph=True, dynamic=False, backend="aot_eager"
    )
    assert_close(train(traced, last=3), train(eager, last=3), 1e-12)


@pytest.mark.parametrize("beta", [0.9, 0.999, 0.99999999, [0.9, 0.95, 0.0]])
def test_a_table_of_powers_is_that_of_the_power_of_a_step(beta: float | list[float]) -> None:
    """Bit for bit what torch makes of one step at a time, so lists stay what they were."""
    base = torch.tensor(beta, dtype=torch.float64) if isinstance(beta, list) else beta
    table = powers(base, 9_000)
    for step in range(1, 9_001):
        expected = base ** torch.tensor(step, dtype=torch.float64)
        assert torch.equal(table[step - 1], expected)


@every_optimizer
def test_a_lane_of_the_state_is_a_view(name: str) -> None:
    """What trains one lane of a stacked state trains the state."""
    state = State.init(optimizer_class(name).slots, draw(0))
    for slot in state.lane(1).slots.values():
        for tensor in slot:
            tensor += 1
    for slab in (one for slot in state.slots.values() for one in slot):
        assert [lane.unique().tolist() for lane in slab] == [[0.0], [1.0], [0.0], [0.0]]
    assert len(state.tensors()) == (len(state.slots) + 1) * len(SHAPES)


# Clipping ----------------------------------------------------------------------------------------


def test_gradients_are_clipped_as_torch_clips_them() -> None:
    """Each lane by its own norm; without a limit, and within it, not a bit changes."""
    alone, together, expected = draw(3), draw(3), draw(3)
    limits = [0.0, 2.0, 1e6, 1e-3]
    clip_many(together, torch.tensor(limits, dtype=torch.float64))
    for lane, limit in enumerate(limits):
        own = [nn.Parameter(torch.zeros_like(g)) for g in lane_of(expected, lane)]
        for weight, gradient in zip(own, lane_of(expected, lane), strict=True):
            weight.grad = gradient
        nn.utils.clip_grad_norm_(own, limit or float("inf"))
        clip_one(lane_of(alone, lane), limit)
    assert_close(alone, expected, 1e-15)
    assert_close(together, expected, 1e-12)
    for lane in (0, 2):
        for clipped in (alone, together):
            assert_close(lane_of(clipped, lane), lane_of(draw(3), lane), 0)


@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_gradients_of_0_stay_0_when_clipped(limit: float) -> None:
    """Nothing is divided by a norm of 0."""
    gradients = [torch.zeros_like(slab) for slab in draw(0)]
    clip_many(gradients, torch.full((LANES,), limit, dtype=torch.float64))
    clip_one(lane_of(gradients, 0), limit)
    assert not any(slab.any() for slab in gradients)
