"""PCA and t-SNE: a layer's output for the images, in two dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from fashion_bench.analysis.plots.canvas import (
    MOST_CLASSES,
    Floats,
    Integers,
    choose,
    class_label,
    draw_picture,
)
from fashion_bench.rng import derive

MOST_IMAGES = 1500  # t-SNE of these takes about 5 s on one core
FEWEST_IMAGES = 10
COMPONENTS = 50  # that t-SNE is given, as van der Maaten & Hinton (2008) do
PERPLEXITY = 30.0

# Petroff (2021), ten colours told apart by the colour-blind too; the markers tell them once more.
COLORS = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
MARKERS = "os^vDPX*<>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Embedding:
    """Features of n images in two dimensions, twice.

    Attributes:
        pca: their first two principal components, ``[n, 2]``.
        explained: shares of the variance that these hold, fractions 0-1.
        tsne: their t-SNE, ``[n, 2]``.
        perplexity: of it.
    """

    pca: Floats
    explained: tuple[float, float]
    tsne: Floats
    perplexity: float


def finite_images(features: Floats) -> Integers:
    """Return the places of the images all of whose features ``[N, U]`` are finite."""
    return np.flatnonzero(np.isfinite(features).all(axis=1))


def choose_images(features: Floats, *, seed: int) -> Integers:
    """Return the places of some of them: of equally many, the same for every layer."""
    return choose(finite_images(features), MOST_IMAGES, derive("embedding", seed))


def problem_of(features: Floats) -> str:
    """Return why finite features ``[n, U]`` cannot be embedded; empty where they can."""
    if len(features) < FEWEST_IMAGES:
        return f"fewer than {FEWEST_IMAGES} images have finite features"
    return "" if np.ptp(features, axis=0).any() else "all images have the same features"


def embed(features: Floats, *, seed: int) -> Embedding:
    """Return features ``[n, U]`` without a problem in two dimensions; the seed is of t-SNE."""
    components, explained = _pca(features.astype(np.float64))
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    tsne = _tsne(components, perplexity, seed)
    return Embedding(pca=components[:, :2], explained=explained, tsne=tsne, perplexity=perplexity)


def draw_embedding(
    name: str, features: Floats, labels: Integers, classes: Sequence[str], *, seed: int
) -> bytes:
    """Draw images by what a layer makes of them, coloured by class.

    Args:
        name: of the network, the layer and the images.
        features: the layer's output for each image, ``[N, U]``.
        labels: ``[N]``.
        classes: the names of the labels 0, 1, ….
        seed: draws which images are shown, the same for every layer.
    """
    chosen = choose_images(features, seed=seed)
    shown = labels[chosen]

    def draw(figure: Figure) -> list[Artist]:
        embedding = embed(features[chosen], seed=seed)
        left, right = figure.subplots(1, 2)
        _draw_points(left, embedding.pca, shown)
        _draw_points(right, embedding.tsne, shown)
        first, second = embedding.explained
        left.set_xlabel(f"first component, {first:.0%} of the variance")
        left.set_ylabel(f"second component, {second:.0%} of the variance")
        perplexity = f"perplexity {embedding.perplexity:.3g}"
        right.set_xlabel(f"t-SNE, {perplexity}: neighbours count, distances do not")
        right.set(xticks=[], yticks=[])
        told = np.unique(shown)[:MOST_CLASSES].tolist()
        return [Line2D([], [], label=class_label(classes[n]), **_style(n)) for n in told]

    note = f"n = {len(shown):,} of {len(features):,} images, units: {features.shape[1]}"
    if left_out := len(features) - len(finite_images(features)):
        note += f", {left_out:,} left out: a feature is not finite"
    empty = problem_of(features[chosen])
    return draw_picture(f"{name}: PCA and t-SNE", (11, 6), draw, note=note, empty=empty)


def _pca(points: Floats) -> tuple[Floats, tuple[float, float]]:
    """Return up to 50 principal components, two at least, and the shares of the first two."""
    from sklearn.decomposition import PCA  # slow to import, not for every report

    pca = PCA(min(COMPONENTS, *points.shape), svd_solver="full")  # not the randomised one
    components = pca.fit_transform(points)
    shares: list[float] = pca.explained_variance_ratio_.tolist()
    missing = max(0, 2 - len(shares))
    padded = np.pad(components, ((0, 0), (0, missing)))
    return padded, (shares[0], 0.0 if missing else shares[1])


def _tsne(components: Floats, perplexity: float, seed: int) -> Floats:
    from sklearn.manifold import TSNE  # before its threads can be limited

    scaled = components / components[:, 0].std()
    start = scaled[:, :2] * 1e-4  # as sklearn's init="pca", which wants two features
    random_state = derive("t-SNE", seed, bits=32)
    # Threads wait for each other by spinning: on busy cores two take ten times as long as one.
    with threadpool_limits(1, user_api="openmp"):
        tsne = TSNE(perplexity=perplexity, init=start, random_state=random_state)
        embedded: Floats = tsne.fit_transform(scaled)
    return embedded


def _draw_points(axes: Axes, points: Floats, labels: Integers) -> None:
    for label in np.unique(labels).tolist():
        x, y = points[labels == label].T
        axes.plot(x, y, alpha=0.7, mew=0, **_style(label))
    axes.grid(alpha=0.3)


def _style(label: int) -> dict[str, Any]:
    again = label // len(COLORS)  # a colour that comes again has another marker
    return {
        "linestyle": "none",
        "marker": MARKERS[(label + again) % len(MARKERS)],
        "markersize": 4.5,
        "color": COLORS[label % len(COLORS)],
    }
