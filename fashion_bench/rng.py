"""Randomness as a function of names, never of how many draws came before."""

from hashlib import blake2b
from itertools import count


def derive(*names: str | int, bits: int = 63) -> int:
    """Return the seed that belongs to these names, in ``[0, 2**bits)``.

    Equal names give the equal seed on every machine and in every version of Python; names that
    differ in any place give unrelated ones (BLAKE2b). ``derive("ab", "c")`` and
    ``derive("a", "bc")`` differ, and so do ``1`` and ``"1"``.

    >>> derive("order", 1234, 1) == derive("order", 1234, 1)
    True
    """
    digest = blake2b(repr(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> (64 - bits)


def drawn_seeds(name: str, number: int) -> tuple[int, ...]:
    """Return so many seeds that derive from a name, all different; fewer are the first of more."""
    seeds: dict[int, None] = {}
    for place in count():
        if len(seeds) == number:
            break
        seeds[derive("seed", name, place, bits=31)] = None
    return tuple(seeds)


def crossed_seeds(name: str, levels: int, number: int) -> dict[str, int]:
    """Return the seeds of one of ``levels ** 2`` trials that cross the sources of spread.

    Each source has so many seeds, drawn from the name. The trials are the cells of a Graeco-Latin
    square (Fisher & Yates 1938): any two seeds of two sources meet in one of them. These steps give
    such a square for every odd number of levels.
    """
    row, column = divmod(number, levels)
    places = {
        "split_seed": row,
        "seed": column,
        "order_seed": row + column,
        "dropout_seed": row + 2 * column,
    }
    return {
        source: drawn_seeds(f"{name}.{source}", levels)[place % levels]
        for source, place in places.items()
    }
