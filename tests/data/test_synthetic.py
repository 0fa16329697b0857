import pytest
import torch
from torch import nn

from fashion_bench.data.split import epoch_order
from fashion_bench.data.synthetic import draw_images


@pytest.fixture
def one_thread():
    """Two threads wait for each other, for ever on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_same_bytes_everywhere():
    """The images are fixed for good: their digest is written here."""
    assert draw_images("train", 1_000).digest == "32631b95383df330"


def test_global_randomness_plays_no_part():
    """Drawing neither reads nor moves torch's global generator."""
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = draw_images("test", 10).digest
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    draw_images.cache_clear()
    assert draw_images("test", 10).digest == first


def test_they_are_drawn_once():
    """Whoever asks again is given the same images, since drawing all takes seconds."""
    assert draw_images("test", 11) is draw_images("test", 11)


@pytest.mark.usefixtures("one_thread")
def test_a_small_network_learns_them_but_not_by_heart():
    """An MLP is above 0.8 after an epoch of 12,000 images, and short of what would be trivial."""
    train, test = draw_images("train", 12_000), draw_images("test", 4_000)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    for batch in epoch_order(0, 1, 12_000).split(64):
        optimizer.zero_grad()
        logits = model(train.pixels[batch] / 255)
        nn.functional.cross_entropy(logits, train.labels[batch]).backward()
        optimizer.step()
    correct = model(test.pixels / 255).argmax(1) == test.labels
    assert 0.8 < correct.float().mean() < 0.95
