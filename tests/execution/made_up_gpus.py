"""A machine with made-up GPUs: an ``nvidia-smi`` on the PATH, a torch to import, a driver."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fashion_bench.execution import gpus

TORCH = """
import json, os, signal
from types import SimpleNamespace as Names
said = json.loads(os.environ["MADE_UP_TORCH"])
__version__, version = said["version"], Names(cuda=said["cuda"], hip=said["hip"])
class cuda:
    def get_arch_list():
        return said["kernels"]
    def init():
        if said["trouble"] == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        if said["trouble"]:
            raise RuntimeError(said["trouble"])
    def device_count():
        return len(said["cards"])
    def get_device_properties(index):
        uuid, name, major, minor = said["cards"][index]
        return Names(uuid=uuid, name=name, major=major, minor=minor, total_memory=2**34)
"""
SMI = """#!/bin/sh
case "$1" in
  --query-gpu=*compute_cap*) {new} ;;
  --query-gpu=*) sed 's/, [^,]*$//' {folder}/query ;;
  -L) cat {folder}/list ;;
  --query-compute-apps=*) cat {folder}/users ;;
  *) exit 9 ;;
esac
"""
KERNELS = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120")
TOO_OLD = (
    "The NVIDIA driver on your system is too old (found version 12020). Please update\nand more"
)
A, B, C = ("GPU-a1a1-11", "GPU-a1b2-22", "GPU-c3c3-33")


def card(
    index: int,
    uuid: str,
    name: str = "NVIDIA A100-SXM4-40GB",
    *,
    used: str = "0",
    mode: str = "Default",
    capability: str = "8.0",
    driver: str = "580.95.05",
) -> str:
    """A line as nvidia-smi prints it."""
    return f"{index}, {uuid}, {name}, 40960, {used}, {driver}, {mode}, {capability}"


class Machine:
    """What its programs say; set before it is looked at."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        (folder / "torch.py").write_text(TORCH)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.setenv("PATH", str(folder), prepend=":")
        monkeypatch.delenv(gpus.VISIBLE, raising=False)
        monkeypatch.setattr(gpus, "_of_nvidia", lambda: True)
        self.smi()
        self.torch()

    def smi(
        self, *cards: str, listed: str = "", users: str = "", new: bool = True, fails: bool = False
    ) -> None:
        """Let nvidia-smi say this; an old one does not know all that it is asked."""
        for name, text in (("query", "\n".join(cards) + "\n"), ("list", listed), ("users", users)):
            (self.folder / name).write_text(text)
        known = f"cat {self.folder}/query" if new else "exit 2"
        program = self.folder / "nvidia-smi"
        program.write_text(
            "#!/bin/sh\nexit 9\n" if fails else SMI.format(folder=self.folder, new=known)
        )
        program.chmod(0o755)

    def torch(
        self,
        *cards: Sequence[object],
        trouble: str = "",
        version: str = "2.14.1",
        **said: Any,
    ) -> None:
        """Let torch see these cards: uuid, name, capability's two numbers."""
        known = {"cuda": "13.0", "hip": None, "kernels": KERNELS} | said
        told = {"cards": cards, "trouble": trouble, "version": version, **known}
        self._patch.setenv("MADE_UP_TORCH", json.dumps(told))

    def found(self) -> gpus.Found:
        """Look, as for the first time."""
        gpus._looked.cache_clear()
        try:
            return gpus.look_for_gpus()
        finally:
            gpus._looked.cache_clear()
