"""What predictions are scored in, against scikit-learn and by hand."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from fashion_bench.analysis.scoring import (
    class_accuracies,
    ece,
    figures_of,
    loss_at,
    own_figure,
    temperature_of,
    try_own,
)
from fashion_bench.errors import SpecError
from fashion_bench.training.predictions import Predictions
from tests.analysis.conftest import near


def drawn(seed: int = 0, *, images: int = 400, classes: int = 4, sure: float = 2.0) -> Predictions:
    """Return predictions that are right more often than not."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    logits = random.normal(size=(images, classes))
    logits[np.arange(images), labels] += 1
    return Predictions(logits=(sure * logits).astype(np.float32), labels=labels.astype(np.uint8))


def test_f1_classes_and_brier_are_scikit_learns() -> None:
    """Macro F1, the least recall of a class, and the Brier score as a sum over classes."""
    said = drawn()
    found = figures_of(said)
    assert found["macro_f1"] == near(
        metrics.f1_score(said.labels, said.predicted, average="macro", zero_division=0)
    )
    recalls = metrics.recall_score(said.labels, said.predicted, average=None)
    assert class_accuracies(said) == pytest.approx(recalls)
    assert found["worst_class"] == near(min(recalls))
    truth = np.eye(4)[said.labels]
    assert found["brier"] == near(
        float(((np.exp(said.log_probabilities) - truth) ** 2).sum(axis=1).mean())
    )
    assert set(found) == {"macro_f1", "worst_class", "brier", "ece"}


def test_the_calibration_error_is_counted_by_hand() -> None:
    """Two images of confidence 0.9 of which one is right, and a sure one that is right."""
    logits = np.log(np.array([[0.9, 0.1], [0.9, 0.1], [1e-12, 1.0]], dtype=np.float32))
    said = Predictions(logits=logits, labels=np.array([0, 1, 1], dtype=np.uint8))
    probabilities = np.exp(said.log_probabilities)
    assert ece(probabilities, said) == near((2 * 0.4 + 0) / 3)


def test_a_class_without_an_image_has_no_accuracy() -> None:
    """So there is no worst class and no mean over classes; the rest is told."""
    said = drawn()
    here = said.labels != 2
    fewer = Predictions(logits=said.logits[here], labels=said.labels[here])
    assert np.isnan(class_accuracies(fewer)).tolist() == [False, False, True, False]
    assert set(figures_of(fewer)) == {"brier", "ece"}
    assert temperature_of(fewer) is None


@given(st.integers(0, 50), st.floats(0.2, 5))
def test_the_temperature_undoes_what_scaled_the_logits(seed: int, sure: float) -> None:
    """Logits times any number have that temperature more, and the loss left is the same."""
    plain, scaled = drawn(seed, sure=1.0), drawn(seed, sure=sure)
    one, other = temperature_of(plain), temperature_of(scaled)
    assert one is not None
    assert other is not None
    assert other == pytest.approx(sure * one, rel=1e-3)
    assert loss_at(scaled, other) == pytest.approx(loss_at(plain, one), abs=1e-6)


def test_the_loss_is_what_is_left_and_what_the_temperature_takes() -> None:
    """Refinement and calibration add up; at the own temperature nothing more is to be had."""
    said = drawn(sure=5.0)
    temperature = temperature_of(said)
    assert temperature is not None
    found = figures_of(said, temperature)
    assert found["refinement"] + found["calibration"] == near(float(said.losses.mean()))
    assert found["calibration"] > 0.1
    assert found["refinement"] < min(loss_at(said, temperature * by) for by in (0.9, 1.1))
    assert found["refinement"] < log(4)


def test_logits_that_are_not_finite_have_no_temperature() -> None:
    """Nobody could find it."""
    said = drawn()
    said.logits[3, 1] = np.inf
    assert temperature_of(said) is None


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        (lambda logits, labels: 1 / 0, "my.py:m: fails: ZeroDivisionError: division by zero"),
        (lambda logits, labels: exit(3), "my.py:m: fails: SystemExit: 3"),
        (lambda logits: 1.0, "my.py:m: fails: TypeError"),
        (lambda logits, labels: None, "my.py:m: returns no number (given: 'NoneType')"),
        (lambda logits, labels: logits, "my.py:m: returns no number (given: 'ndarray')"),
        (lambda logits, labels: "0.5", "my.py:m: returns no number (given: 'str')"),
        (lambda logits, labels: 10**400, "my.py:m: returns no number (given: 'int')"),
        (lambda logits, labels: float("nan"), "my.py:m: is not finite (given: nan)"),
    ],
)
def test_a_metric_of_the_users_returns_a_number(metric: object, says: str) -> None:
    """Tried before anything is trained, in one line."""
    with pytest.raises(SpecError) as refused:
        try_own(metric, "my.py:m", 4)  # type: ignore[arg-type]
    assert str(refused.value).startswith(says)


def test_a_metric_of_the_users_sees_logits_and_labels() -> None:
    """Of every image, as numpy; what it changes in them is gone."""
    said = drawn()

    def changes(logits: np.ndarray, labels: np.ndarray) -> np.floating:  # type: ignore[type-arg]
        right = np.float64((logits.argmax(1) == labels).mean())
        logits[:] = 0
        return right

    before = said.logits.copy()
    assert own_figure(changes, "m", said) == near(float(said.right.mean()))
    assert (said.logits == before).all()
