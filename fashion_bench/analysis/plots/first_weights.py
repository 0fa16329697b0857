"""What the first layer looks for: the weights of its strongest units, as images."""

from dataclasses import dataclass
from math import ceil, isqrt, sqrt

import numpy as np
from matplotlib import colormaps

from fashion_bench.analysis.plots.arrays import Floats, mosaic
from fashion_bench.analysis.plots.canvas import new_figure, png, say

__all__ = ["FirstWeightsInfo", "draw_first_weights", "first_weights_info"]

FINE = 28  # pixels beside which a gap of one is thin
SCALE_QUANTILE = 0.995  # one stray weight must not pale all the others


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstWeightsInfo:
    """What ``draw_first_weights`` draws.

    Attributes:
        units: places of the units shown, by falling norm.
        norms: Euclidean norm of the weights of each of them.
        kernels: their weights, ``[n, H, H]``.
        limit: the colour scale runs from minus this to plus this.
        total: units of the layer.
        left_out: units with a weight that is not finite.
    """

    units: tuple[int, ...]
    norms: tuple[float, ...]
    kernels: Floats
    limit: float
    total: int
    left_out: int


def first_weights_info(weights: Floats, *, most: int = 49) -> FirstWeightsInfo:
    """Return what to draw of weights as ``draw_first_weights`` takes them."""
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    side = isqrt(flat.shape[1])
    norms = np.linalg.norm(flat, axis=1)
    sound = np.flatnonzero(np.isfinite(norms))
    units = sound[np.argsort(-norms[sound], kind="stable")][:most]
    kernels = flat[units].reshape(-1, side, side)
    return FirstWeightsInfo(
        units=tuple(units.tolist()),
        norms=tuple(norms[units].tolist()),
        kernels=kernels,
        limit=_limit(kernels),
        total=len(weights),
        left_out=len(weights) - len(sound),
    )


def draw_first_weights(name: str, weights: Floats, *, most: int = 49) -> bytes:
    """Draw the first-layer weights of the units with the largest norm, on one colour scale.

    Args:
        name: of the network.
        weights: of dense units ``[U, H * H]`` or of kernels on one channel ``[U, 1, H, H]``.
        most: how many units.
    """
    info = first_weights_info(weights, most=most)
    figure = new_figure(7.5, 6.9, f"{name}: weights of the first layer", _note(info))
    axes = figure.subplots()
    if not info.units:
        say(axes, "no unit has finite weights")
        return png(figure)
    times = max(1, FINE // info.kernels.shape[1])
    enlarged = info.kernels.repeat(times, axis=1).repeat(times, axis=2)
    sheet = mosaic(enlarged, ceil(sqrt(len(info.units))))
    colors = colormaps["RdBu_r"].with_extremes(bad="0.75")
    image = axes.imshow(sheet, cmap=colors, vmin=-info.limit, vmax=info.limit)
    axes.set_axis_off()
    bar = figure.colorbar(image, ax=axes, extend="both", shrink=0.6)
    bar.set_label("weight; 0.5 % lie beyond the scale")
    return png(figure)


def _limit(kernels: Floats) -> float:
    limit = np.quantile(np.abs(kernels), SCALE_QUANTILE) if kernels.size else 0.0
    return float(limit) or 1.0  # of weights that are 0, which are then the middle of the scale


def _note(info: FirstWeightsInfo) -> str:
    note = f"{len(info.units)} of {info.total:,} units, by falling norm"
    if info.norms:
        note += f" ({info.norms[0]:.3g} to {info.norms[-1]:.3g})"
    return f"{note}, {info.left_out:,} left out: a weight is not finite" if info.left_out else note
