import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.data.split import draw_split
from fashion_bench.errors import SpecError

SEEDS = st.integers(0, 2**63 - 1)
SIZES = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))


@given(SEEDS, SIZES)
def test_a_split_is_disjoint_and_as_large_as_asked(seed, sizes):
    """No image is in both parts or twice in one, and every index is an image's."""
    train_images, valid_images, rest = sizes
    total = train_images + valid_images + rest
    split = draw_split(seed, total=total, train_images=train_images, valid_images=valid_images)
    assert (len(split.train), len(split.valid)) == (train_images, valid_images)
    drawn = torch.cat([split.train, split.valid])
    assert drawn.dtype == torch.int64
    assert len(drawn.unique()) == len(drawn)
    assert all(0 <= index < total for index in drawn.tolist())


@given(SEEDS, SIZES)
def test_validation_images_do_not_depend_on_how_many_train(seed, sizes):
    """Asking for fewer training images leaves the validation images, and takes a prefix."""
    train_images, valid_images, rest = sizes
    total = train_images + valid_images + rest
    whole = draw_split(seed, total=total, train_images=train_images, valid_images=valid_images)
    half = draw_split(seed, total=total, train_images=train_images // 2, valid_images=valid_images)
    assert torch.equal(whole.valid, half.valid)
    assert torch.equal(whole.train[: train_images // 2], half.train)


def test_a_split_is_a_function_of_its_seed():
    """The same seed gives the same split, another seed another."""
    first, again, other = (
        draw_split(seed, total=100, train_images=80, valid_images=20) for seed in (1, 1, 2)
    )
    assert torch.equal(first.train, again.train)
    assert torch.equal(first.valid, again.valid)
    assert not torch.equal(first.valid, other.valid)


def test_too_many_images_are_refused():
    """One image more than there are is a SpecError that names the numbers."""
    with pytest.raises(SpecError, match=r"exceed the 60,000 images there are.*54,001 \+ 6,000"):
        draw_split(0, total=60_000, train_images=54_001, valid_images=6_000)


def test_validation_images_among_anothers_training_images():
    """None of them judged that other one; what did may be trained on, and nothing is lost."""
    searched = draw_split(1, total=100, train_images=80, valid_images=20)
    split = draw_split(2, total=100, train_images=80, valid_images=20, among=1)
    assert {*split.valid.tolist()} <= {*searched.train.tolist()}
    assert {*split.valid.tolist(), *split.train.tolist()} == {*range(100)}
    free = draw_split(2, total=100, train_images=80, valid_images=20)
    assert {*free.valid.tolist()} & {*searched.valid.tolist()}, "else this shows nothing"


def test_too_few_images_to_judge_by_are_refused():
    """More validation images than another trained on are a SpecError."""
    with pytest.raises(SpecError, match="only 10 images were trained on"):
        draw_split(2, total=100, train_images=10, valid_images=20, among=1)
