"""The networks that are shipped, and what they are where no file says otherwise."""

from collections.abc import Mapping

from fashion_bench.parameters import network_classes, network_parameters

MODELS = tuple(network_classes())

DEFAULT_WIDTHS: Mapping[str, Mapping[str, int]] = {
    model: {name: int(one.default) for name, one in network_parameters(model).items()}
    for model in MODELS
}
