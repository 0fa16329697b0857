"""What training keeps on disk: a checkpoint per trial, and a state per trial and rung to resume.

A checkpoint is a plain dictionary that ``torch.load(path, weights_only=True)`` reads without this
package. Files are written whole.
"""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import Tensor, nn

from fashion_bench.config import Hyper, Recipe, Trial, TrialConfig
from fashion_bench.errors import CheckpointError, CodeError
from fashion_bench.faults import reached
from fashion_bench.models import Architecture, meta_module, network_class
from fashion_bench.parameters import bare_arguments, network_parameters
from fashion_bench.records import Epoch, Progress, best_epoch
from fashion_bench.training.cohort import Cohort, Lane, Weights, contents, crop, shapes_of
from fashion_bench.training.files import TrialFiles, write_whole
from fashion_bench.training.rendering import bind

FORMAT = "fashion_bench/1"
RESTORE = "restore it, or remove the study with `fashion-bench study rm` and run it again"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The weights of a trial's best epoch, as an ordinary module in evaluation mode."""

    architecture: Architecture
    epoch: int
    network: nn.Module


class CheckpointStore(TrialFiles):
    """Reads and writes the files of one study."""

    def save(
        self, cohort: Cohort, lane: int, trial_id: str, rung: int, *, whole: bool = True
    ) -> Progress:
        """Save one lane at a rung: first its checkpoint, then the state that vouches for it.

        Args:
            cohort: the trial's.
            lane: where it is in there.
            trial_id: its name.
            rung: the epoch.
            whole: whether a trial that may go on can do so from the state.

        Raises:
            MachineError: the disk is full or read-only.
        """
        config, history = cohort.configs[lane], cohort.histories[lane]
        progress = Progress(trial_id=trial_id, history=tuple(history))
        if (sound := best_epoch(history)) is not None:
            architecture = replace(cohort.architecture, arguments=config.arguments)
            best = crop(cohort.best, lane, shapes_of(architecture))
            content = _checkpoint(cohort, architecture, best, sound.epoch)
            digest = _write(self.checkpoint(trial_id), content)
            progress = replace(progress, checkpoint_sha256=digest)
            reached("checkpoint-saved")
        self.save_state(cohort, lane, progress, rung, whole=whole)
        return progress

    def save_state(
        self, cohort: Cohort, lane: int, progress: Progress, rung: int, *, whole: bool = True
    ) -> None:
        """Save what vouches for a checkpoint, and as a whole what the trial goes on from."""
        config = cohort.configs[lane]
        state: dict[str, Any] = {
            "format": FORMAT,
            "config": _told(config),
            "history": [asdict(epoch) for epoch in progress.history],
            "checkpoint_sha256": progress.checkpoint_sha256,
        }
        if whole and rung < config.recipe.epochs and not progress.diverged:
            shapes = shapes_of(replace(cohort.architecture, arguments=config.arguments))
            parts = {part: crop(stacked, lane, shapes) for part, stacked in cohort.parts.items()}
            state |= {"parts": parts, "own_state": cohort.own_state}
        # A torn one is seen when it is read, and the disk takes 25 ms.
        _write(self.state(progress.trial_id, rung), state, sync=False)

    def progress(self, trial: Trial, rung: int) -> Progress | None:
        """Return what a trial had reached at a rung, or ``None`` where nothing sound is saved."""
        state = self._load(trial, rung)
        if state is None:
            return None
        digest: str | None = state["checkpoint_sha256"]
        if digest is not None and not self._has_checkpoint(trial, rung, digest):
            return None
        history = _history(state)
        return Progress(trial_id=trial.trial_id, history=history, checkpoint_sha256=digest)

    def _has_checkpoint(self, trial: Trial, rung: int, digest: str) -> bool:
        """Whether a trial's checkpoint is sound; one of a later rung may have taken its place."""
        last = rung == trial.config.recipe.epochs
        try:
            found = read_checkpoint(self.checkpoint(trial.trial_id), digest if last else None)
        except CheckpointError:
            return False
        config, architecture = trial.config, found.architecture
        return (architecture.model, architecture.arguments) == (
            config.recipe.model,
            bare_arguments(config.recipe.model, config.arguments),
        )

    def lane(self, trial: Trial, rung: int) -> Lane | None:
        """Return what a trial goes on from at a rung, or ``None`` where nothing sound is saved."""
        state = self._load(trial, rung)
        if state is None or "parts" not in state:
            return None
        return Lane(state["parts"], _history(state), state.get("own_state"))

    def history(self, trial: Trial, rung: int) -> tuple[Epoch, ...] | None:
        """Return what was told of a trial's epochs at a rung, if that is known."""
        state = self._load(trial, rung)
        return None if state is None else _history(state)

    def _load(self, trial: Trial, rung: int) -> dict[str, Any] | None:
        """Read a state; one that is missing, torn, or of another configuration does not count."""
        try:
            state = _unpickle(self.state(trial.trial_id, rung).read_bytes())
        except Exception:  # see _unpickle: whatever it is, the trial is trained again
            return None
        written = (_told(trial.config), _as_0_1_wrote(trial.config))
        return state if state.get("config") in written else None


def read_checkpoint(path: Path, sha256: str | None = None) -> Checkpoint:
    """Load a checkpoint for evaluation.

    Args:
        path: the file.
        sha256: what the ledger says its digest is; not compared when ``None``.

    Raises:
        CheckpointError: it is missing, not what was recorded, or not a checkpoint of ours.
        CodeError: its network is code of the user's, and may not be run here.
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
    except CodeError:
        raise
    except Exception as error:
        raise CheckpointError(
            path,
            "is not a checkpoint of fashion_bench",
            remedy=RESTORE,
        ) from error


def _checkpoint(
    cohort: Cohort, architecture: Architecture, weights: Weights, epoch: int
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": architecture.model,
        "arguments": list(bare_arguments(architecture.model, architecture.arguments)),
        "shape": list(architecture.shape),
        "classes": architecture.classes,
        "epoch": epoch,
        "mean": _plain(cohort.mean),
        "std": _plain(cohort.std),
        "state_dict": weights,
    }


def _plain(of_channels: tuple[float, ...]) -> float | list[float]:
    return of_channels[0] if len(of_channels) == 1 else list(of_channels)


def _restore(content: Mapping[str, Any]) -> Checkpoint:
    """Turn back what ``_checkpoint`` returned; raises whatever fits on anything else.

    Version 0.1 wrote ``widths``, and knew one shape of images.
    """
    model = content["model"]
    arguments = tuple(content["arguments" if "arguments" in content else "widths"])
    told: dict[str, Any] = (
        {}
        if "shape" not in content
        else {"shape": tuple(content["shape"]), "classes": int(content["classes"])}
    )
    architecture = Architecture(model, bare_arguments(model, arguments), **told)
    network_class(model)  # what may not be run here is told as such
    try:
        network = meta_module(architecture)
    except CodeError as error:
        raise ValueError("its network cannot be built") from error
    weights: Weights = content["state_dict"]
    if weights.keys() != contents(network).keys():
        raise ValueError("other weights than its network's")
    bind(network, weights)
    return Checkpoint(architecture, int(content["epoch"]), network.eval())


def _told(config: TrialConfig) -> str:
    """Return a configuration as a state keeps it: what was added to it since, where it counts."""
    return re.sub(r", (valid_among|order_seed|dropout_seed)=None", "", repr(config))


def _as_0_1_wrote(config: TrialConfig) -> str | None:
    """Return what version 0.1 wrote for a trial, so its states go on; ``None`` for what it had not.

    It knew six fields of a recipe, five hyperparameters, and of each network its widths.
    """
    recipe, hyper = config.recipe, config.hyper
    of_recipe = ("model", "epochs", "batch_size", "source", "train_images", "valid_images")
    of_hyper = ("lr", "dropout", "weight_decay", "label_smoothing", "schedule")
    told = {name: getattr(recipe, name) for name in of_recipe}
    tuned = {name: getattr(hyper, name) for name in of_hyper}
    widths = {"mlp": 2, "cnn": 3}.get(recipe.model, 0)
    known = (Recipe(**told), Hyper(**tuned), len(config.arguments) <= widths)
    newer = (config.valid_among, config.order_seed, config.dropout_seed)
    if known != (recipe, hyper, True) or config.optimizer or newer != (None, None, None):
        return None
    defaults = [one.default for one in network_parameters(recipe.model).values()][:widths]
    arguments = (*config.arguments, *defaults[len(config.arguments) :])
    texts = [
        f"{kind}({', '.join(f'{name}={value!r}' for name, value in values.items())})"
        for kind, values in (("Recipe", told), ("Hyper", tuned))
    ]
    return (
        f"TrialConfig(recipe={texts[0]}, widths={arguments!r}, hyper={texts[1]}, "
        f"seed={config.seed!r}, split_seed={config.split_seed!r})"
    )


def _history(state: Mapping[str, Any]) -> tuple[Epoch, ...]:
    return tuple(Epoch(**epoch) for epoch in state["history"])


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


def _write(path: Path, content: Mapping[str, Any | Tensor], *, sync: bool = True) -> str:
    """Write a file whole (see ``write_whole``); return its sha256."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return write_whole(path, buffer.getvalue(), sync=sync)
