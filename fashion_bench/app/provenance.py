"""Provenance: what a result rests on besides its configuration: commit, versions, device, data."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("fashion-bench", "torch", "optuna", "mlflow", "numpy")


def provenance(data_digest: str, gpu: str | None) -> dict[str, str]:
    """Return the tags that every run of a study carries.

    Args:
        data_digest: of its training images.
        gpu: the model of what it is trained on; ``None`` for the CPU.
    """
    return {
        "git_commit": git_commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "device": gpu or f"cpu ({_processor()})",
        "data_digest": data_digest,
    }


def git_commit() -> str:
    """Return the commit of this source tree, marked when files differ from it."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if not (Path(git("rev-parse", "--show-toplevel")) / "fashion_bench").is_dir():
            return "unknown"  # the repository is of something that has us installed
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
        return next(names, platform.machine())
    except OSError:
        return platform.processor() or platform.machine()
