"""What training keeps on disk: a checkpoint per trial, and a state per trial and rung to resume.

A checkpoint is a plain dictionary that ``torch.load(path, weights_only=True)`` reads without this
package. Files are written whole.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import Tensor, nn

from fashion_bench.config import Trial, TrialConfig
from fashion_bench.data.sets.fashion_mnist import FACTS
from fashion_bench.errors import CheckpointError
from fashion_bench.faults import reached
from fashion_bench.models import meta_module
from fashion_bench.records import Epoch, Progress, best_epoch
from fashion_bench.training.cohort import Cohort, Weights, crop, shapes_of, stack
from fashion_bench.training.files import TrialFiles, write_whole

FORMAT = "fashion_bench/1"
RESTORE = "restore it, or remove the study with `fashion-bench study rm` and run it again"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The weights of a trial's best epoch, as an ordinary module in evaluation mode."""

    model: str
    widths: tuple[int, ...]
    epoch: int
    network: nn.Module


class CheckpointStore(TrialFiles):
    """Reads and writes the files of one study."""

    def save(self, cohort: Cohort, lane: int, trial_id: str, rung: int) -> Progress:
        """Save one lane at a rung: first its checkpoint, then the state that vouches for it.

        Raises:
            MachineError: the disk is full or read-only.
        """
        config, history = cohort.configs[lane], cohort.histories[lane]
        shapes = shapes_of(config)
        progress = Progress(trial_id=trial_id, history=tuple(history))
        best = crop(cohort.best, lane, shapes)
        if (sound := best_epoch(history)) is not None:
            digest = _write(self.checkpoint(trial_id), _checkpoint(config, best, sound.epoch))
            progress = replace(progress, checkpoint_sha256=digest)
            reached("checkpoint-saved")
        state: dict[str, Any] = {
            "format": FORMAT,
            "config": repr(config),
            "history": [asdict(epoch) for epoch in history],
            "checkpoint_sha256": progress.checkpoint_sha256,
        }
        if rung < config.recipe.epochs and not progress.diverged:
            parts = {part: crop(stacked, lane, shapes) for part, stacked in _parts(cohort).items()}
            state |= {"parts": parts}
        _write(self.state(trial_id, rung), state)
        return progress

    def progress(self, trial: Trial, rung: int) -> Progress | None:
        """Return what a trial had reached at a rung, or ``None`` where nothing sound is saved."""
        state = self._load(trial, rung)
        if state is None:
            return None
        digest: str | None = state["checkpoint_sha256"]
        if digest is not None and not self._has_checkpoint(trial, rung, digest):
            return None
        history = tuple(Epoch(**epoch) for epoch in state["history"])
        return Progress(trial_id=trial.trial_id, history=history, checkpoint_sha256=digest)

    def _has_checkpoint(self, trial: Trial, rung: int, digest: str) -> bool:
        """Whether a trial's checkpoint is sound; one of a later rung may have taken its place."""
        last = rung == trial.config.recipe.epochs
        try:
            found = read_checkpoint(self.checkpoint(trial.trial_id), digest if last else None)
        except CheckpointError:
            return False
        return (found.model, found.widths) == (trial.config.recipe.model, trial.config.widths)

    def resume(self, cohort: Cohort, trials: Sequence[Trial], rung: int) -> bool:
        """Bring a new cohort to where its trials were saved at a rung.

        Returns:
            Whether it is there; if the state of one trial is missing it stays at its beginning.
        """
        states = [self._load(trial, rung) for trial in trials]
        sound = [state for state in states if state is not None and "parts" in state]
        if len(sound) < len(states):
            return False
        sound += sound[-1:] * (len(cohort.configs) - len(sound))  # the fillers
        for part, tensors in _parts(cohort).items():
            shapes = {name: tensor.shape[1:] for name, tensor in tensors.items()}
            saved = stack([state["parts"][part] for state in sound], shapes)
            for name, tensor in tensors.items():
                tensor.copy_(saved[name])
        for count in cohort.adam.steps:
            count.fill_(rung * cohort.configs[0].recipe.steps_per_epoch)
        cohort.histories = [[Epoch(**epoch) for epoch in s["history"]] for s in sound]
        cohort.epoch = rung
        return True

    def _load(self, trial: Trial, rung: int) -> dict[str, Any] | None:
        """Read a state; one that is missing, torn, or of another configuration does not count."""
        try:
            state = _unpickle(self.state(trial.trial_id, rung).read_bytes())
        except Exception:  # see _unpickle: whatever it is, the trial is trained again
            return None
        return state if state.get("config") == repr(trial.config) else None


def read_checkpoint(path: Path, sha256: str | None = None) -> Checkpoint:
    """Load a checkpoint for evaluation.

    Args:
        path: the file.
        sha256: what the ledger says its digest is; not compared when ``None``.

    Raises:
        CheckpointError: it is missing, not what was recorded, or not a checkpoint of ours.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            path, "cannot be read", given=error.strerror, remedy=RESTORE
        ) from error
    if sha256 is not None and hashlib.sha256(raw).hexdigest() != sha256:
        raise CheckpointError(path, "is not the file that was recorded", remedy=RESTORE)
    try:
        return _restore(_unpickle(raw))
    except Exception as error:
        raise CheckpointError(
            path,
            "is not a checkpoint of fashion_bench",
            remedy=RESTORE,
        ) from error


def _checkpoint(config: TrialConfig, weights: Weights, epoch: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": config.recipe.model,
        "widths": list(config.widths),
        "epoch": epoch,
        "mean": FACTS.mean[0],
        "std": FACTS.std[0],
        "state_dict": weights,
    }


def _restore(content: Mapping[str, Any]) -> Checkpoint:
    """Turn back what ``_checkpoint`` returns; raises whatever fits on anything else."""
    widths = tuple(int(width) for width in content["widths"])
    network = meta_module(content["model"], widths)
    network.load_state_dict(content["state_dict"], assign=True)
    return Checkpoint(content["model"], widths, int(content["epoch"]), network.eval())


def _parts(cohort: Cohort) -> dict[str, Weights]:
    """What a lane goes on from, part by part, each by the names of the weights."""
    names = list(cohort.weights)
    return {
        "weights": cohort.weights,
        "moments": dict(zip(names, cohort.adam.moments, strict=True)),
        "squares": dict(zip(names, cohort.adam.squares, strict=True)),
        "best": cohort.best,
    }


def _unpickle(raw: bytes) -> dict[str, Any]:
    """Read back what ``_write`` wrote, executing nothing.

    Raises:
        Exception: of whatever kind torch's reader stumbles into, on any other file.
    """
    if not raw.startswith(b"PK"):
        raise ValueError("not an archive: of older formats torch would warn, then try them")
    _check_sums(raw)
    content: dict[str, Any] = torch.load(io.BytesIO(raw), weights_only=True)
    if content["format"] != FORMAT:
        raise ValueError("of another format")
    return content


def _check_sums(raw: bytes) -> None:
    """Raise unless all parts are as they were written: torch does not look (decision 25)."""
    with ZipFile(io.BytesIO(raw)) as archive:
        size = sum(part.file_size for part in archive.infolist())
        if size > len(raw) or archive.testzip() is not None:  # torch compresses nothing
            raise ValueError("damaged, or larger than it seems")


def _write(path: Path, content: Mapping[str, Any | Tensor]) -> str:
    """Write a file whole; return its sha256."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return write_whole(path, buffer.getvalue())
