"""Provenance: what a result rests on besides its configuration: commit, versions, device, data."""

import os
import platform
import subprocess
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from fashion_bench.records import unheard

PACKAGES = ("fashion-bench", "torch", "optuna", "mlflow", "numpy")
DECIDE = ("torch", "optuna", "numpy")  # which trials there are, and what they come to
UNKNOWN = "unknown"
GIT_SECONDS = 10.0  # for a tree on a disk that is slow; one that is away never answers
COMMIT = "FASHION_BENCH_COMMIT"  # a variable that tells it where there is no git: an image has it


def provenance(
    data_digest: str,
    gpu: str | None,
    arithmetic: Mapping[str, str] | None = None,
    say: Callable[[str], object] = unheard,
) -> dict[str, str]:
    """Return the tags that every run of a study carries.

    Args:
        data_digest: of its training images.
        gpu: the model of what it is trained on; ``None`` for the CPU.
        arithmetic: how that rounds, where it is a CPU.
        say: is told where git, which is asked for the commit, does not answer.
    """
    return {
        "git_commit": git_commit(say),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "device": gpu or f"cpu ({_processor()})",
        "data_digest": data_digest,
        **(arithmetic or {}),
    }


def arithmetic() -> dict[str, str]:
    """Return how this machine's CPU rounds; takes torch, and so is asked where that is."""
    from fashion_bench.execution.local import one_torch_thread
    from fashion_bench.training.arithmetic import fingerprint

    with one_torch_thread():
        return fingerprint()


def other_packages(begun: Mapping[str, str]) -> Iterator[str]:
    """Yield what differs of the packages that decide a list, in one clause."""
    pairs = [(name, begun[name], version(name)) for name in DECIDE if name in begun]
    if others := [(name, then, now) for name, then, now in pairs if then != now]:
        then = ", ".join(f"{name} {old}" for name, old, _ in others)
        now = ", ".join(f"{name} {new}" for name, _, new in others)
        yield f"was begun with {then}: with {now} its list may differ"


def other_arithmetic(begun: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield likewise that sums are rounded otherwise; nothing of a study that does not tell."""
    if begun.get("arithmetic", now["arithmetic"]) != now["arithmetic"]:
        then, here = begun["cpu_capability"], now["cpu_capability"]
        then, here = (f" (with {then})", f" (with {here})") if then != here else ("", "")
        yield f"was begun where sums are rounded otherwise{then}: here{here} its list may differ"


def git_commit(say: Callable[[str], object] = unheard) -> str:
    """Return the commit of this source tree, marked when files differ from it.

    Whose the tree is does not matter: its code runs already, and git is let run nothing of it.
    """
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        trusted = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")
        command = ["git", *trusted, "-C", str(here), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=GIT_SECONDS
        ).stdout.strip()

    try:
        # Else the repository is of something that has us installed.
        if (Path(git("rev-parse", "--show-toplevel")) / "fashion_bench").is_dir():
            changed = git("status", "--porcelain", "--untracked-files=no")
            return git("rev-parse", "HEAD") + ("-dirty" if changed else "")
    except subprocess.TimeoutExpired:
        say(f"git did not answer within {GIT_SECONDS:g} seconds, and is not waited for")
    except (OSError, subprocess.CalledProcessError):
        pass
    return os.environ.get(COMMIT) or UNKNOWN


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
        return next(names, platform.machine())
    except OSError:
        return platform.processor() or platform.machine()
