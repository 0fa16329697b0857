"""Study and experiment files: most as somebody would write them, with a slip here and there."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, get_args

from hypothesis import strategies as st

from fashion_bench.config import Activation, Augment, Schedule
from fashion_bench.data import sets
from tests.networks import DEFAULT_ARGUMENTS

__all__ = ["documents", "toml_text"]

SLIP = 50  # one value in so many is not what it should be

_huge = st.sampled_from([10**20, -(2**63), 2**63, 1 << 5000])
_scalar = (
    st.booleans()
    | st.integers()
    | _huge
    | st.floats()
    | st.sampled_from([1e308, -1e308, 5e-324, 0.0, -0.0])
    | st.text(max_size=20)
    | st.text("x\x1b\u2028é", min_size=500, max_size=600)
    | st.dates()
    | st.times()
    | st.datetimes()
)
_key = st.text(max_size=10) | st.sampled_from(["lr", "low", "arm", "seeds", "x" * 1000])


def _nested(depth: int) -> object:
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


_wild = (
    st.recursive(
        _scalar,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_key, inner, max_size=4),
        max_leaves=6,
    )
    | st.integers(1, 150).map(_nested)
    | st.sampled_from([[], {}, [[]], [{}], list(range(3000))])
)


def _mostly(legal: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, SLIP).flatmap(lambda number: _wild if number == SLIP else legal)


_readable = st.characters(exclude_categories=["C", "Z"])
_width = st.integers(1, 4096)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "lr": st.floats(1e-6, 1) | st.sampled_from([1e-4, 1e-3, 1]),
    "dropout": st.floats(0, 0.9) | st.sampled_from([0, 0.25, 0.5]),
    "weight_decay": st.floats(0, 1) | st.sampled_from([0, 1e-4]),
    "label_smoothing": st.floats(0, 0.5),
    "schedule": st.sampled_from(get_args(Schedule)),
    "clip": st.floats(0, 10) | st.just(0),
    "batch_size": st.sampled_from([1, 32, 64, 60_000]),
    "optimizer": st.sampled_from(["adam", "sgd"]),
    "augment": st.sampled_from(get_args(Augment)),
    "beta1": st.floats(0, 0.99),
}
# Of the networks' arguments those that are no width.
_ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "depth": st.integers(1, 6),
    "kernel": st.sampled_from([1, 3, 5, 7]),
    "activation": st.sampled_from(get_args(Activation)),
    **{f"dropout{layer}": st.floats(0, 0.9) for layer in range(2, 7)},
}
_RECIPE: dict[str, st.SearchStrategy[Any]] = {
    "source": st.sampled_from(sets.names()),
    "train_images": st.integers(1, 60_000),
    "valid_images": st.integers(1, 6_000),
}


def _values(model: str) -> dict[str, st.SearchStrategy[Any]]:
    own = {name: _ARGUMENTS.get(name, _width) for name in DEFAULT_ARGUMENTS[model]}
    return {**_VALUES, **own}


@st.composite
def _dimension(draw: st.DrawFn, value: st.SearchStrategy[Any]) -> object:
    form = draw(st.sampled_from(["value", "list", "range"]))
    if form == "value":
        return draw(value)
    several = draw(st.lists(_mostly(value), min_size=2, max_size=5))
    numbers = sorted({one for one in several if type(one) in (int, float) and one == one})
    if form == "list" or len(numbers) < 2:
        return several
    table: dict[str, object] = {"low": numbers[0], "high": numbers[-1]}
    if draw(st.booleans()):
        table["log"] = draw(_mostly(st.booleans()))
    elif draw(st.booleans()):
        table["step"] = draw(_mostly(st.sampled_from([numbers[-1] - numbers[0], 1, 0.1, 1e-300])))
    return table


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    """Draw the content of a study or an experiment file."""
    model = draw(st.sampled_from(sorted(DEFAULT_ARGUMENTS)))
    values = _values(model)
    epochs = draw(st.sampled_from([1, 2, 3, 9, 10, 10_000]))
    experiment = draw(st.booleans())
    names = sorted(values)
    compared = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    arms = draw(st.lists(st.sampled_from(["a", "none", "b-2"]), min_size=1, unique=True))
    form = (lambda value: value) if experiment else _dimension
    fixed = draw(
        st.lists(
            st.sampled_from([*sorted({*names} - {*compared}), *_RECIPE]), max_size=3, unique=True
        )
    )
    document: dict[str, object] = {
        "name": draw(_mostly(st.sampled_from(["a", "mlp-2", "x" * 64]))),
        "question": draw(_mostly(st.text(_readable, min_size=1, max_size=30))),
        "model": draw(_mostly(st.just(model))),
        "epochs": draw(_mostly(st.just(epochs))),
        "fixed": {name: draw(_mostly({**values, **_RECIPE}[name])) for name in fixed},
        "arms": {
            arm: draw(_mostly(st.fixed_dictionaries({n: form(values[n]) for n in compared})))
            for arm in arms
        },
    }
    if draw(st.booleans()):
        rungs = st.lists(st.integers(1, epochs), max_size=4, unique=True).map(sorted)
        document["rungs"] = draw(_mostly(rungs | st.just([1])))
    document |= draw(_measuring if experiment else _exploring(values, {*compared, *fixed}))
    if draw(st.integers(0, SLIP)) == SLIP:
        document[draw(_key)] = draw(_wild)
    if draw(st.integers(0, SLIP)) == SLIP:
        del document[draw(st.sampled_from(sorted(document)))]
    return document


_seed = st.integers(0, 2**31 - 1)
_seeds = st.lists(_mostly(_seed), min_size=1, max_size=20, unique_by=repr)
_crossed = st.fixed_dictionaries({"sources": _mostly(st.sampled_from([5, 7]))})
_measuring = st.fixed_dictionaries(
    {"seeds": _mostly(_seeds | _crossed)},
    optional={"tests": _mostly(st.sampled_from([["plain"], ["plain", "rotated"], ["rotated"]]))},
)


@st.composite
def _exploring(
    draw: st.DrawFn, values: Mapping[str, st.SearchStrategy[Any]], taken: set[str]
) -> dict[str, object]:
    free = sorted({*values} - taken)
    tuned = draw(st.lists(st.sampled_from(free), min_size=1, max_size=3, unique=True))
    generation = draw(st.sampled_from([1, 2, 8]))
    sampler = draw(st.sampled_from(["tpe", "random", "qmc", "gp", "grid"]))
    search: dict[str, object] = {"sampler": draw(_mostly(st.just(sampler)))}
    pruner = draw(_mostly(st.sampled_from(["none", "none", "halving", "median", "hyperband"])))
    more = draw(st.sampled_from([{}, {}, {"eta": 2}, {"startup": 4}, {"repeats": 100_000}]))
    budget = {} if sampler == "grid" else {"trials_per_arm": generation * draw(st.just(4))}
    enqueued = st.fixed_dictionaries({}, optional={name: values[name] for name in tuned})
    document: dict[str, object] = {
        "seed": draw(_mostly(_seed)),
        "nuisance": {name: draw(_mostly(_dimension(values[name]))) for name in tuned},
        "search": search | {"pruner": pruner, "generation": generation} | more,
        "budget": {name: draw(_mostly(st.just(value))) for name, value in budget.items()},
    }
    if draw(st.integers(0, 7)) == 0:
        document["enqueue"] = draw(st.lists(_mostly(enqueued), max_size=3))
    if draw(st.integers(0, 3)) == 0:
        document["record"] = {"checkpoints": draw(_mostly(st.sampled_from(["all", "best", 3])))}
    return document


def toml_text(document: Mapping[str, object]) -> str:
    """Write a document as TOML, a line for each key of it."""
    return "".join(f"{_string(key)} = {_toml(value)}\n" for key, value in document.items())


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return hex(value) if value > 2**64 else str(value)
        case float():
            return repr(value)
        case str():
            return _string(value)
        case date() | datetime() | time():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{_string(k)} = {_toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ",\n".join(map(_toml, value)) + "]"
    raise TypeError(value)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but that TOML escapes DEL as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f")
