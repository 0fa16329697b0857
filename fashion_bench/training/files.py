"""Where the files of a study's trials are: for those who need no torch to find them."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Files"]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one study: ``checkpoints/`` for ever, ``resume/`` until no longer needed."""

    folder: Path

    def checkpoint(self, trial_id: str) -> Path:
        """Where a trial's best weights are."""
        return self.folder / "checkpoints" / f"{trial_id}.pt"

    def state(self, trial_id: str, epoch: int) -> Path:
        """Where a trial's state at a rung is."""
        return self.folder / "resume" / f"{trial_id}@{epoch}.pt"

    def forget(self, trial_ids: set[str]) -> None:
        """Remove the resume states of these trials, half-written ones too; checkpoints stay."""
        for path in (self.folder / "resume").glob("*@*"):
            if path.name.removeprefix(".").rpartition("@")[0] in trial_ids:
                path.unlink(missing_ok=True)
