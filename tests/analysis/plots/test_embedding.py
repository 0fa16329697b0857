import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from fashion_bench.analysis.plots import embedding
from fashion_bench.analysis.plots.embedding import (
    choose_images,
    draw_embedding,
    embed,
    finite_images,
    problem_of,
)
from tests.analysis.plots.made_up_images import CLASSES

LABELS = np.arange(60) % 3


def make_features(units: int = 8, count: int = 60) -> NDArray[np.float32]:
    """Return features with a group for each class, far from the others."""
    noise = np.random.default_rng(0).normal(size=(count, units))
    noise[:, 0] += 20.0 * (np.arange(count) % 3)
    return noise.astype(np.float32)


def test_the_same_images_are_shown_of_every_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice rests on the seed and the number of images."""
    monkeypatch.setattr(embedding, "MOST_IMAGES", 40)
    wide, narrow = (choose_images(make_features(units), seed=1) for units in (8, 2))
    assert len(wide) == 40
    assert (wide == narrow).all()
    assert (wide != choose_images(make_features(), seed=2)).any()


def test_groups_stay_apart() -> None:
    """Both pictures put images of one group nearer to each other than to the others."""
    info = embed(make_features(), seed=1)
    for points in (info.pca, info.tsne):
        centres = np.stack([points[label == LABELS].mean(0) for label in range(3)])
        nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(1)
        assert (nearest == LABELS).all()
    assert info.explained[0] > 0.9


def test_tsne_runs_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that spin beside a training would slow both down."""
    threads: list[int] = []

    class Watched(TSNE):  # type: ignore[misc]
        def fit_transform(self, X: NDArray[np.float64], y: None = None) -> NDArray[np.float32]:
            pools = [pool for pool in threadpool_info() if pool["user_api"] == "openmp"]
            threads.extend(pool["num_threads"] for pool in pools)
            embedded: NDArray[np.float32] = super().fit_transform(X, y)
            return embedded

    monkeypatch.setattr("sklearn.manifold.TSNE", Watched)
    with threadpool_limits(2, user_api="openmp"):
        embed(make_features(count=20), seed=1)
    assert set(threads) == {1}


def test_an_image_with_a_feature_that_is_not_finite_is_left_out() -> None:
    """The others are shown, and the missing are counted."""
    features = make_features()
    features[:5, 3] = np.nan
    assert len(features) - len(finite_images(features)) == 5
    assert choose_images(features, seed=1).tolist() == list(range(5, 60))


@pytest.mark.parametrize(
    ("features", "problem"),
    [
        (np.full((60, 4), np.nan), "fewer than 10 images have finite features"),
        (make_features(count=9), "fewer than 10 images have finite features"),
        (np.zeros((60, 4)), "all images have the same features"),
    ],
)
def test_what_cannot_be_embedded_is_said(features: NDArray[np.float64], problem: str) -> None:
    """A layer that is dead or not finite has a picture with a sentence."""
    assert problem_of(features[finite_images(features)]) == problem
    labels = LABELS[: len(features)]
    drawn = draw_embedding("made up", features, labels, CLASSES, seed=1)
    assert drawn.startswith(b"\x89PNG")


@pytest.mark.parametrize("scale", [1e-20, 1e25])
def test_features_of_any_size_can_be_embedded(scale: float) -> None:
    """Nothing overflows on the way, and the picture is that of ordinary features."""
    info = embed(make_features().astype(np.float64) * scale, seed=1)
    assert np.isfinite(info.tsne).all()
    assert np.ptp(info.tsne) > 1


@pytest.mark.parametrize("units", [1, 2, 60])
def test_layers_of_any_width_are_drawn(units: int) -> None:
    """One unit is a line; a class may be missing; equal input gives equal bytes."""
    labels = np.where(LABELS == 1, 0, LABELS)
    drawn = [
        draw_embedding("made up", make_features(units), labels, CLASSES, seed=1) for _ in range(2)
    ]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]
