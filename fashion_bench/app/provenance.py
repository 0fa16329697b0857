"""Provenance: what a result rests on besides its configuration: commit, versions, device, data."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("fashion-bench", "torch", "optuna", "mlflow", "numpy")


def provenance(data_digest: str, device: str) -> dict[str, str]:
    """Return the tags that every run of a study carries."""
    return {
        "git_commit": git_commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "device": device_name(device),
        "data_digest": data_digest,
    }


def device_name(device: str) -> str:
    """Return what a device calls itself."""
    if device == "cpu":
        return f"cpu ({_processor()})"
    import torch  # late, as everywhere in a driver that trains in other processes

    return torch.cuda.get_device_name()


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
