"""What training keeps on disk: a checkpoint per trial, and a state per trial and rung to resume.

A checkpoint is a plain dictionary that ``torch.load(path, weights_only=True)`` reads without this
package. Files are written whole: to a name of their own, synced, then renamed.
"""

import hashlib
import io
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fashion_bench.config import Model, TrialConfig
from fashion_bench.data.fashion_mnist import MEAN, STD
from fashion_bench.errors import CheckpointError, MachineError
from fashion_bench.models import build
from fashion_bench.records import Epoch, Progress, best_epoch
from fashion_bench.training.cohort import Cohort, Weights, crop, initial_weights, stack
from fashion_bench.training.optim import Adam

__all__ = ["Checkpoint", "Store", "read_checkpoint"]

FORMAT = "fashion_bench/1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The weights of a trial's best epoch, as an ordinary module in evaluation mode."""

    model: Model
    widths: tuple[int, ...]
    epoch: int
    network: nn.Module


@dataclass(frozen=True, slots=True)
class Store:
    """The files of one study: ``checkpoints/`` for ever, ``resume/`` until no longer needed."""

    folder: Path

    def checkpoint(self, trial_id: str) -> Path:
        """Where a trial's best weights are."""
        return self.folder / "checkpoints" / f"{trial_id}.pt"

    def state(self, trial_id: str, epoch: int) -> Path:
        """Where a trial's state at a rung is."""
        return self.folder / "resume" / f"{trial_id}@{epoch}.pt"

    def save(
        self, cohort: Cohort, lane: int, trial_id: str, rung: int, history: list[Epoch]
    ) -> Progress:
        """Save one lane at a rung: first its checkpoint, then the state that vouches for it.

        Raises:
            MachineError: the disk is full or read-only.
        """
        config = cohort.configs[lane]
        like = initial_weights(config)
        progress = Progress(trial_id=trial_id, history=tuple(history))
        best = crop(cohort.best, lane, like)
        if (sound := best_epoch(history)) is not None:
            digest = _write(self.checkpoint(trial_id), _checkpoint(config, best, sound.epoch))
            progress = replace(progress, checkpoint_sha256=digest)
        state: dict[str, Any] = {
            "format": FORMAT,
            "config": repr(config),
            "history": [asdict(epoch) for epoch in history],
            "checkpoint_sha256": progress.checkpoint_sha256,
        }
        if rung < config.recipe.epochs and not progress.diverged:
            adam = cohort.adam
            state |= {
                "weights": crop(cohort.weights, lane, like),
                "moments": crop(dict(zip(like, adam.moments, strict=True)), lane, like),
                "squares": crop(dict(zip(like, adam.squares, strict=True)), lane, like),
                "best": best,
            }
        _write(self.state(trial_id, rung), state)
        return progress

    def progress(self, trial_id: str, config: TrialConfig, epoch: int) -> Progress | None:
        """Return what a trial had reached at a rung, or ``None`` where nothing sound is saved."""
        state = self._load(trial_id, config, epoch)
        return None if state is None else _progress(trial_id, state)

    def resume(
        self, trials: Mapping[str, TrialConfig], epoch: int, device: torch.device | str
    ) -> tuple[Cohort, list[list[Epoch]]] | None:
        """Return the cohort of these trials as saved at a rung, or ``None`` if one is missing."""
        states = [self._load(trial_id, config, epoch) for trial_id, config in trials.items()]
        if not all(state is not None and "weights" in state for state in states):
            return None
        sound = [state for state in states if state is not None]

        def slabs(part: str) -> Weights:
            stacked = stack([state[part] for state in sound])
            return {name: slab.to(device) for name, slab in stacked.items()}

        configs = tuple(trials.values())
        done = epoch * configs[0].recipe.steps_per_epoch
        moments, squares = slabs("moments"), slabs("squares")
        adam = Adam(
            list(moments.values()),
            list(squares.values()),
            [torch.tensor(float(done), device=device) for _ in moments],
        )
        histories = [list(_progress("", state).history) for state in sound]
        return Cohort(configs, epoch, slabs("weights"), adam, slabs("best")), histories

    def forget(self, trial_ids: set[str]) -> None:
        """Remove the resume states of these trials, half-written ones too; checkpoints stay."""
        for path in (self.folder / "resume").glob("*@*"):
            if path.name.removeprefix(".").rpartition("@")[0] in trial_ids:
                path.unlink(missing_ok=True)

    def _load(self, trial_id: str, config: TrialConfig, epoch: int) -> dict[str, Any] | None:
        """Read a state; one that is missing, torn, or of another configuration does not count."""
        try:
            state = _unpickle(self.state(trial_id, epoch).read_bytes())
        except Exception:  # see _unpickle: whatever it is, the trial is trained again
            return None
        return state if state.get("config") == repr(config) else None


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
            path, "cannot be read", given=error.strerror, remedy="train the trial again"
        ) from error
    if sha256 is not None and hashlib.sha256(raw).hexdigest() != sha256:
        raise CheckpointError(
            path, "is not the file that was recorded", remedy="restore it or train the trial again"
        )
    try:
        return _restore(_unpickle(raw))
    except Exception as error:
        raise CheckpointError(
            path,
            "is not a checkpoint of fashion_bench",
            remedy="restore it or train the trial again",
        ) from error


def _checkpoint(config: TrialConfig, weights: Weights, epoch: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": config.recipe.model,
        "widths": list(config.widths),
        "epoch": epoch,
        "mean": MEAN,
        "std": STD,
        "state_dict": weights,
    }


def _restore(content: Mapping[str, Any]) -> Checkpoint:
    """Turn back what ``_checkpoint`` returns; raises whatever fits on anything else."""
    widths = tuple(int(width) for width in content["widths"])
    network = build(content["model"], widths, seed=0)
    network.load_state_dict(content["state_dict"])
    return Checkpoint(content["model"], widths, int(content["epoch"]), network.eval())


def _progress(trial_id: str, state: Mapping[str, Any]) -> Progress:
    history = tuple(Epoch(**epoch) for epoch in state["history"])
    return Progress(
        trial_id=trial_id, history=history, checkpoint_sha256=state["checkpoint_sha256"]
    )


def _unpickle(raw: bytes) -> dict[str, Any]:
    """Read back what ``_write`` wrote, executing nothing.

    Raises:
        Exception: of whatever kind torch's reader stumbles into, on any other file.
    """
    if not raw.startswith(b"PK"):
        raise ValueError("not an archive: of older formats torch would warn, then try them")
    content: dict[str, Any] = torch.load(io.BytesIO(raw), weights_only=True)
    if content["format"] != FORMAT:
        raise ValueError("of another format")
    return content


def _write(path: Path, content: Mapping[str, Any | Tensor]) -> str:
    """Write a file whole; return its sha256."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    raw = buffer.getvalue()
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise MachineError(
            path,
            "cannot be written",
            given=error.strerror,
            remedy="free space or make the folder writable, then run the same command again",
        ) from error
    return hashlib.sha256(raw).hexdigest()
