"""What a network said of every test image, on the disk and back."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fashion_bench.errors import DataError
from fashion_bench.training.predictions import Predictions, read_predictions, write_predictions

SOME = Predictions(
    logits=np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 5.0]], np.float32),
    labels=np.array([1, 2], np.uint8),
)


@given(arrays(np.float32, (7, 10), elements=st.floats(-50, 50, width=32)))
def test_figures_are_torchs(logits: np.ndarray) -> None:
    """Classes, log-probabilities and losses are those that torch computes in float64."""
    labels = np.arange(7, dtype=np.uint8)
    found = Predictions(logits=logits, labels=labels)
    exact = torch.from_numpy(logits).double()
    logs = torch.from_numpy(found.log_probabilities)
    losses = F.cross_entropy(exact, torch.from_numpy(labels).long(), reduction="none")
    torch.testing.assert_close(logs, exact.log_softmax(1), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(torch.from_numpy(found.losses), losses, rtol=1e-12, atol=1e-12)
    chosen = logits[np.arange(7), found.predicted]
    assert (chosen == logits.max(1)).all()
    assert (found.right == (found.predicted == labels)).all()


def test_a_prediction_is_right_or_wrong() -> None:
    """The highest logit is the answer; its probability is the softmax's."""
    assert SOME.predicted.tolist() == [0, 2]
    assert SOME.right.tolist() == [False, True]
    assert SOME.losses[0] == pytest.approx(1 + math.log(1 + math.exp(-1) + math.exp(-2)))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """To the bit, and the same predictions always make the same file."""
    path = tmp_path / "new" / "s.a-0.npz"
    digest = write_predictions(path, SOME)
    again = read_predictions(path, digest)
    assert (again.logits.dtype.name, again.labels.dtype.name) == ("float32", "uint8")
    assert np.array_equal(again.logits, SOME.logits)
    assert np.array_equal(again.labels, SOME.labels)
    assert write_predictions(tmp_path / "other.npz", SOME) == digest
    assert [file.name for file in path.parent.iterdir()] == ["s.a-0.npz"]


def test_more_classes_than_a_byte_can_tell_are_kept(tmp_path: Path) -> None:
    """Labels take the smallest type that holds them."""
    logits = np.eye(300, dtype=np.float32)[[0, 299]]
    many = Predictions(logits=logits, labels=np.array([0, 299], np.uint16))
    again = read_predictions(tmp_path / "p.npz", write_predictions(tmp_path / "p.npz", many))
    assert again.labels.tolist() == [0, 299]
    assert again.right.all()


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """One line names the file and what to do."""
    with pytest.raises(DataError, match=r"gone\.npz: cannot be read .*; restore it, or measure"):
        read_predictions(tmp_path / "gone.npz", "")


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    """Sound or not, it is not what was measured."""
    path = tmp_path / "changed.npz"
    write_predictions(path, SOME)
    with pytest.raises(DataError, match="is not the file that was recorded"):
        read_predictions(path, "0" * 64)


def test_reading_needs_no_torch() -> None:
    """Whoever only compares answers need not wait for torch."""
    code = "import fashion_bench.training.predictions, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
