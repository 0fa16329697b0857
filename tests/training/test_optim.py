"""Adam in both renderings beside torch's own."""

from collections.abc import Callable, Sequence
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from fashion_bench.config import Schedule
from fashion_bench.training.optim import Adam, adam_fused, adam_lanes
from fashion_bench.training.schedule import schedule_factors
from tests.training.reference import make_scheduler

Slabs = list[Tensor]  # [T, ...] each
Update = Callable[[Slabs, Sequence[float]], None]
SHAPES = [(3, 4), (5,)]  # a weight and a bias
PEAKS = [1e-3, 0.03, 0.5]
DECAYS = [0.0, 0.1, 0.02]


def fused(weights: Slabs) -> Update:
    """Train lane after lane with ``adam_fused``, in place."""
    states = [Adam.init([slab[lane] for slab in weights]) for lane in range(len(DECAYS))]

    def update(gradients: Slabs, rates: Sequence[float]) -> None:
        for lane, state in enumerate(states):
            adam_fused(
                [slab[lane] for slab in weights],
                [slab[lane] for slab in gradients],
                state,
                lr=rates[lane],
                decay=DECAYS[lane],
            )

    return update


def stacked(weights: Slabs) -> Update:
    """Train all lanes at once with ``adam_lanes``, in place."""
    state = Adam.init(weights)
    decay = torch.tensor(DECAYS, dtype=torch.float64)

    def update(gradients: Slabs, rates: Sequence[float]) -> None:
        lr = torch.tensor(rates, dtype=torch.float64)
        adam_lanes(weights, gradients, state, lr=lr, decay=decay)

    return update


RENDERINGS = {"adam_fused": fused, "adam_lanes": stacked}


@pytest.fixture(params=RENDERINGS)
def rendering(request: pytest.FixtureRequest) -> Callable[[Slabs], Update]:
    """Each rendering of the update in turn."""
    return RENDERINGS[request.param]


def draw(seed: int) -> Slabs:
    """Draw a number for every element of every lane."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(len(DECAYS), *shape) for shape in SHAPES]
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


@pytest.mark.parametrize("schedule", get_args(Schedule))
def test_every_update_is_that_of_torch(
    rendering: Callable[[Slabs], Update], schedule: Schedule
) -> None:
    """Step by step each lane's weights are those of torch's AdamW under torch's scheduler."""
    weights, steps = draw(0), 60
    update = rendering(weights)
    factors = schedule_factors(schedule, steps).tolist()
    parameters = [[nn.Parameter(slab[i].clone()) for slab in weights] for i in range(len(DECAYS))]
    optimizers = [
        torch.optim.AdamW(own, lr=peak, weight_decay=decay)
        for own, peak, decay in zip(parameters, PEAKS, DECAYS, strict=True)
    ]
    schedulers = [
        make_scheduler(schedule, optimizer, peak=peak, steps=steps)
        for optimizer, peak in zip(optimizers, PEAKS, strict=True)
    ]
    for step in range(steps):
        gradients = draw(step + 1)
        update(gradients, [peak * factors[step] for peak in PEAKS])
        for lane, own in enumerate(parameters):
            for parameter, slab in zip(own, gradients, strict=True):
                parameter.grad = slab[lane]
            optimizers[lane].step()
            schedulers[lane].step()
            torch.testing.assert_close(
                [slab[lane] for slab in weights],
                [parameter.detach() for parameter in own],
                rtol=1e-12,
                atol=1e-12,
            )


def test_weights_of_0_without_gradient_stay_0(rendering: Callable[[Slabs], Update]) -> None:
    """The padding of a slab is never written to, whatever the neighbours' gradients."""
    weights = draw(0)
    padding = [slab > 0 for slab in draw(1)]
    for slab, zero in zip(weights, padding, strict=True):
        slab[zero] = 0
    update = rendering(weights)
    for step in range(20):
        gradients = draw(2 + step)
        for slab, zero in zip(gradients, padding, strict=True):
            slab[zero] = 0
        update(gradients, PEAKS)
    assert not any(slab[zero].any() for slab, zero in zip(weights, padding, strict=True))


def test_a_lane_of_the_state_is_a_view() -> None:
    """What trains one lane of a stacked state trains the state."""
    state = Adam.init(draw(0))
    for tensor in (*state.lane(1).moments, *state.lane(1).squares):
        tensor += 1
    for slab in (*state.moments, *state.squares):
        assert [lane.unique().tolist() for lane in slab] == [[0.0], [1.0], [0.0]]
