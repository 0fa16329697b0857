"""Disks of our own, to be full or read-only: memory that root can mount as one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Disk", "mounted"]

ROOMY = 64 * 1024  # kilobytes


@dataclass(frozen=True, slots=True)
class Disk:
    """A small disk that is mounted on a folder."""

    folder: Path

    def grow(self, kilobytes: int = ROOMY) -> None:
        """Make more room; for everything, unless said otherwise."""
        self._remount(f"size={kilobytes}k,nr_inodes={10_000}")

    def allow_writing(self, allowed: bool) -> None:
        """Make it read-only, or writable again; nobody may have a file open."""
        self._remount("rw" if allowed else "ro")

    def _remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", self.folder], check=True)


@contextmanager
def mounted(folder: Path, kilobytes: int = ROOMY, files: int = 0) -> Iterator[Disk]:
    """Mount a disk of this size, or for so many files; skip the test where that is not allowed."""
    if os.geteuid():
        pytest.skip("only root can mount a disk")
    folder.mkdir(parents=True, exist_ok=True)
    limits = f"size={kilobytes}k" + (f",nr_inodes={files}" if files else "")
    mount = ["mount", "-t", "tmpfs", "-o", limits, "tmpfs", str(folder)]
    if (tried := subprocess.run(mount, capture_output=True, text=True)).returncode:
        pytest.skip(f"no disk can be mounted here: {tried.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
