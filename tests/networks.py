"""The networks that are shipped, and what they are where no file says otherwise."""

from collections.abc import Mapping

from fashion_bench.config import ParamValue, TrialConfig
from fashion_bench.parameters import network_classes, network_parameters

MODELS = tuple(network_classes())

DEFAULT_WIDTHS: Mapping[str, Mapping[str, int]] = {
    "mlp": {"hidden": 250, "hidden2": 100},
    "cnn": {"channels": 16, "channels2": 32, "hidden": 128},
}

DEFAULT_ARGUMENTS: Mapping[str, Mapping[str, ParamValue]] = {
    "mlp": {
        **DEFAULT_WIDTHS["mlp"],
        "depth": 2,
        "activation": "relu",
        **{f"hidden{layer}": 100 for layer in (3, 4, 5, 6)},
        **{f"dropout{layer}": 0.0 for layer in (2, 3, 4, 5, 6)},
    },
    "cnn": {**DEFAULT_WIDTHS["cnn"], "kernel": 5, "activation": "relu"},
}


def named_arguments(config: TrialConfig) -> dict[str, ParamValue | None]:
    """Return all arguments of a trial's network by name, the defaults included."""
    known = network_parameters(config.recipe.model)
    defaults = {name: one.default for name, one in known.items()}
    return defaults | dict(zip(known, config.arguments, strict=False))


def widths_of(config: TrialConfig) -> tuple[int, ...]:
    """Return how wide the layers are that a network has by default, in their order."""
    named = named_arguments(config)
    return tuple(int(named[name] or 0) for name in DEFAULT_WIDTHS[config.recipe.model])
