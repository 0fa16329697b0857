import torch
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.data.split import epoch_order

SEEDS = st.integers(0, 2**63 - 1)
EPOCHS = st.integers(1, 100)


@given(SEEDS, EPOCHS, st.integers(0, 300))
def test_an_epoch_sees_every_image_once(seed, epoch, images):
    """An order is a permutation."""
    order = epoch_order(seed, epoch, images)
    assert order.dtype == torch.int64
    assert order.sort().values.tolist() == list(range(images))


@given(SEEDS, EPOCHS, st.integers(0, 2**32))
def test_an_order_is_a_function_of_seed_and_epoch(seed, epoch, other):
    """Other draws before it change nothing, and it moves no global state."""
    order = epoch_order(seed, epoch, 50)
    torch.manual_seed(other)
    epoch_order(other, epoch, 7)
    before = torch.get_rng_state()
    assert torch.equal(order, epoch_order(seed, epoch, 50))
    assert torch.equal(before, torch.get_rng_state())


def test_seeds_and_epochs_have_orders_of_their_own():
    """Ten seeds by ten epochs give a hundred orders."""
    orders = {
        tuple(epoch_order(seed, epoch, 50).tolist()) for seed in range(10) for epoch in range(10)
    }
    assert len(orders) == 100
