"""Predictions: logits for every test image, kept so that no later question opens them again."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_bench.errors import DataError
from fashion_bench.training.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """One network on N test images, in the order of the data set.

    Attributes:
        logits: float32 ``[N, K]``, of K classes.
        labels: what the images show, ``[N]``, in the smallest type without a sign that holds them.
    """

    logits: NDArray[np.float32]
    labels: NDArray[np.unsignedinteger[Any]]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The class of the highest logit, ``[N]``; the first on a tie."""
        classes: NDArray[np.int64] = self.logits.argmax(1)
        return classes

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether that is what the image shows, ``[N]``."""
        right: NDArray[np.bool_] = self.predicted == self.labels
        return right

    @property
    def log_probabilities(self) -> NDArray[np.float64]:
        """The log-softmax of the logits, nats, ``[N, K]``."""
        shifted = self.logits.astype(np.float64) - self.logits.max(1, keepdims=True)
        log: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return log

    @property
    def losses(self) -> NDArray[np.float64]:
        """The cross entropy of each image, nats, ``[N]``."""
        losses: NDArray[np.float64]
        losses = -self.log_probabilities[np.arange(len(self.labels)), self.labels]
        return losses


def write_predictions(path: Path, predictions: Predictions) -> str:
    """Write predictions whole; return the file's sha256.

    Raises:
        MachineError: the disk is full or read-only.
    """
    buffer = BytesIO()
    np.savez_compressed(buffer, logits=predictions.logits, labels=predictions.labels)
    return write_whole(path, buffer.getvalue())


def read_predictions(path: Path, digest: str) -> Predictions:
    """Read predictions that were recorded with this sha256.

    Raises:
        DataError: the file is missing, is not the one that was recorded, or holds something else.
    """
    remedy = "restore it, or measure again with `fashion-bench experiment run FILE --again REASON`"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(path, "cannot be read", given=error.strerror, remedy=remedy) from error
    if sha256(content).hexdigest() != digest:
        raise DataError(path, "is not the file that was recorded", remedy=remedy)
    try:
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            logits = np.asarray(arrays["logits"], np.float32)
            smallest = np.min_scalar_type(logits.shape[1] - 1)
            return Predictions(logits=logits, labels=arrays["labels"].astype(smallest))
    except Exception as error:  # numpy has its own for each way not to be an archive of numbers
        raise DataError(path, "does not hold predictions", remedy=remedy) from error
