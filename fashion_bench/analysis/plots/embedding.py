"""PCA and t-SNE: a layer's output for the images, in two dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from fashion_bench.analysis.plots.canvas import Floats, Integers, add_legend, blank, new_figure, png
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
class EmbeddingInfo:
    """What ``draw_embedding`` draws; n images.

    Attributes:
        chosen: places of the images among all, ascending, ``[n]``.
        pca: their first two principal components, ``[n, 2]``; empty where there is no picture.
        tsne: their t-SNE, likewise.
        explained: shares of the variance the two components hold, fractions 0-1.
        perplexity: of the t-SNE.
        left_out: images with a feature that is not finite.
        problem: why there is no picture; empty where there is one.
    """

    chosen: Integers
    pca: Floats
    tsne: Floats
    explained: tuple[float, float]
    perplexity: float
    left_out: int
    problem: str = ""


def embedding_info(features: Floats, *, seed: int, most: int = MOST_IMAGES) -> EmbeddingInfo:
    """Return what to draw of features ``[N, U]``: at most ``most`` images, drawn by the seed."""
    sound = np.flatnonzero(np.isfinite(features).all(axis=1))
    random = np.random.default_rng(derive("embedding", seed))
    chosen = np.sort(random.choice(sound, size=min(most, len(sound)), replace=False))
    points = features[chosen].astype(np.float64)
    problem = _problem(points)
    pca, explained = (np.empty((0, 2)), (0.0, 0.0)) if problem else _pca(points)
    perplexity = min(PERPLEXITY, (len(chosen) - 1) / 3)
    return EmbeddingInfo(
        chosen=chosen,
        pca=pca[:, :2],
        tsne=np.empty((0, 2)) if problem else _tsne(pca, perplexity, seed),
        explained=explained,
        perplexity=perplexity,
        left_out=len(features) - len(sound),
        problem=problem,
    )


def draw_embedding(
    name: str,
    features: Floats,
    labels: Integers,
    classes: Sequence[str],
    *,
    seed: int,
    most: int = MOST_IMAGES,
) -> bytes:
    """Draw images by what a layer makes of them, coloured by class.

    Args:
        name: of the network, the layer and the images.
        features: the layer's output for each image, ``[N, U]``.
        labels: ``[N]``.
        classes: the names of the labels 0, 1, ….
        seed: draws which images are shown, the same for every layer.
        most: how many.
    """
    info = embedding_info(features, seed=seed, most=most)
    figure = new_figure(11, 6, f"{name}: PCA and t-SNE", _note(info, features))
    if info.problem:
        return blank(figure, info.problem)
    left, right = figure.subplots(1, 2)
    shown = labels[info.chosen]
    _draw_points(left, info.pca, shown)
    _draw_points(right, info.tsne, shown)
    left.set_xlabel(f"first component, {info.explained[0]:.0%} of the variance")
    left.set_ylabel(f"second component, {info.explained[1]:.0%} of the variance")
    right.set_xlabel(f"t-SNE, perplexity {info.perplexity:.3g}: neighbours count, distances do not")
    right.set_xticks([])
    right.set_yticks([])
    present = np.unique(shown).tolist()
    add_legend(figure, [Line2D([], [], label=classes[n], **_style(n)) for n in present])
    return png(figure)


def _problem(points: Floats) -> str:
    if len(points) < FEWEST_IMAGES:
        return f"fewer than {FEWEST_IMAGES} images have finite features"
    return "" if np.ptp(points, axis=0).any() else "all images have the same features"


def _pca(points: Floats) -> tuple[Floats, tuple[float, float]]:
    """Return up to 50 principal components, two at least, and the shares of the first two."""
    pca = PCA(min(COMPONENTS, *points.shape), svd_solver="full")  # not the randomised one
    components = pca.fit_transform(points)
    shares: list[float] = pca.explained_variance_ratio_.tolist()
    missing = max(0, 2 - len(shares))
    padded = np.pad(components, ((0, 0), (0, missing)))
    return padded, (shares[0], 0.0 if missing else shares[1])


def _tsne(components: Floats, perplexity: float, seed: int) -> Floats:
    scaled = components / components[:, 0].std()
    start = scaled[:, :2] * 1e-4  # as sklearn's init="pca", which wants two features
    random_state = derive("t-SNE", seed, bits=32)
    # Threads wait for each other by spinning: on busy cores two take ten times as long as one.
    with threadpool_limits(1, user_api="openmp"):
        tsne = TSNE(perplexity=perplexity, init=start, random_state=random_state)
        embedded: Floats = tsne.fit_transform(scaled)
    return embedded


def _note(info: EmbeddingInfo, features: Floats) -> str:
    shown = f"n = {len(info.chosen):,} of {len(features):,} images, units: {features.shape[1]}"
    left_out = f", {info.left_out:,} left out: a feature is not finite"
    return shown + (left_out if info.left_out else "")


def _draw_points(axes: Axes, points: Floats, labels: Integers) -> None:
    for label in np.unique(labels).tolist():
        x, y = points[labels == label].T
        axes.plot(x, y, alpha=0.7, mew=0, **_style(label))
    axes.grid(alpha=0.3)


def _style(label: int) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": MARKERS[label % len(MARKERS)],
        "markersize": 4.5,
        "color": COLORS[label % len(COLORS)],
    }
