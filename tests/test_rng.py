"""Randomness as a function of names."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from fashion_bench import rng
from fashion_bench.rng import crossed_seeds, derive

names = st.lists(st.integers() | st.text(max_size=5), max_size=4).map(tuple)


@given(names, names)
def test_only_equal_names_give_equal_seeds(
    one: tuple[str | int, ...], other: tuple[str | int, ...]
) -> None:
    """Names that differ in value, type, number or order give other seeds; equal ones the same."""
    assert (derive(*one) == derive(*other)) == (one == other)


@given(names, st.integers(1, 64))
def test_a_seed_has_the_bits_asked_for(of: tuple[str | int, ...], bits: int) -> None:
    """The seed fits what it is handed to: torch takes 63 bits, the dropout noise 31."""
    assert 0 <= derive(*of, bits=bits) < 2**bits


def test_every_bit_is_used() -> None:
    """Each of the 63 bits is set in about half of the seeds."""
    seeds = [derive("bit", i) for i in range(1000)]
    for bit in range(63):
        assert 400 < sum(seed >> bit & 1 for seed in seeds) < 600


def test_seeds_are_the_same_on_every_machine() -> None:
    """These numbers are part of every recorded result: they never change."""
    assert derive("order", 1234, 1) == 5_762_710_630_093_886_888
    assert derive("dropout", 7, bits=31) == 1_296_407_762
    assert crossed_seeds("e", 5, 7) == {
        "split_seed": 1_260_863_719,
        "seed": 2_040_845_184,
        "order_seed": 588_512_376,
        "dropout_seed": 1_471_132_782,
    }


def test_the_example_in_the_docstring_holds() -> None:
    """What the docstring shows is what happens."""
    assert doctest.testmod(rng).failed == 0
