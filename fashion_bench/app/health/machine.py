"""The doctor's checks of the machine: images, versions, free disk space, GPU, compiler."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from fashion_bench.app.health.finding import Finding, looked, problem
from fashion_bench.data.folder import data_folder, missing
from fashion_bench.errors import DataError, no_files_left, unwritable
from fashion_bench.execution.asking import Asking, Ended
from fashion_bench.execution.child import ended
from fashion_bench.execution.gpus import VISIBLE, Gpu, look_for_gpus
from fashion_bench.execution.malloc import LIBRARY, better_malloc, chosen_malloc

_ON_THE_CPU = "trials are trained on the CPU, one on each core"
_SECONDS = 120  # to import torch or to compile: 16 in a new process, more where nothing is cached

SHOWN = ("torch", "optuna", "mlflow")

# A study of 500 trials: 0.9 MB of weights each, here and in MLflow, and room to copy databases.
LEAST_FREE = 2**30
LEAST_FILES = 10_000  # of the same study: some ten of each trial, and folders


def machine_findings(runs: Path, data: Path | None) -> list[Finding]:
    """Look at everything that does not depend on what was run."""
    return [
        *looked("versions", lambda: [_versions()]),
        *looked("data", lambda: _data(data_folder(data))),
        *looked("disk", lambda: [_disk(runs)]),
        *_gpu(),
        _malloc(),
    ]


def trying_torch() -> Callable[[], Finding]:
    """Begin to import torch in a process of its own; return what tells whether that is possible."""
    command = [sys.executable, "-c", "import torch"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )

    def tell() -> Finding:
        try:
            _, said = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return problem(
                "torch", f"not imported within {_SECONDS} seconds", "see what it waits for"
            )
        if process.returncode == 0:
            return Finding(about="torch", state="ok", says="can be imported")
        why = said.strip().rpartition("\n")[-1] or ended(process.returncode)
        return problem("torch", f"cannot be imported ({why})", "install it again")

    return tell


def _versions() -> Finding:
    asked = metadata("fashion-bench")
    python = platform.python_version()
    wrong = [] if python in SpecifierSet(asked["Requires-Python"]) else [f"Python {python}"]
    for requirement in map(Requirement, asked.get_all("Requires-Dist") or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            wrong += _misfit(requirement)
    if wrong:
        remedy = "install fashion-bench again, or `make clean` and set it up anew"
        return problem("versions", ", ".join(wrong), remedy)
    shown = [f"Python {python}", *(f"{name} {version(name)}" for name in SHOWN)]
    return Finding(about="versions", state="ok", says=", ".join(shown))


def _misfit(requirement: Requirement) -> list[str]:
    """Return what is wrong with a package, if anything."""
    try:
        there = version(requirement.name)
    except PackageNotFoundError:
        return [f"{requirement} is not installed"]
    fits = requirement.specifier.contains(there, prereleases=True)
    return [] if fits else [f"{requirement.name} {there} is not {requirement.specifier}"]


def _data(folder: Path) -> list[Finding]:
    bad: list[DataError] = []
    if missing(folder, bad.append):
        remedy = "`fashion-bench data fetch`, or name its folder with --data"
        return [problem("data", f"{folder}: Fashion-MNIST is not there, or not all of it", remedy)]
    whole = Finding(about="data", state="ok", says=f"{folder}: Fashion-MNIST, as published")
    return [whole] + [
        Finding(about="data", state="note", says=f"{one.where} {one.problem}", remedy="delete it")
        for one in bad
    ]


def _disk(runs: Path) -> Finding:
    folder = runs.absolute()
    while not folder.exists():
        folder = folder.parent
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(2**12))  # a quota may count bytes
            file.flush()
    except OSError as error:
        told = unwritable(folder, error, "name another folder with --runs")
        return problem("disk", f"{folder}: {told.problem}", told.remedy)
    free = shutil.disk_usage(folder).free
    says = f"{folder}: writable, {free / 2**30:.1f} GiB free"
    if no_files_left(folder, LEAST_FILES):
        says += f", but hardly any inodes (files): {os.statvfs(folder).f_favail:,}"
        return problem("disk", says, "remove files, or have your quota of them raised")
    if free < LEAST_FREE:
        remedy = "make room: 1 GiB is what a study of some hundred trials takes"
        return problem("disk", says, remedy)
    return Finding(about="disk", state="ok", says=says)


def _gpu() -> list[Finding]:
    """Look at what trains and its compiler, all in other processes: CUDA is not begun in this."""
    found = look_for_gpus()
    cards = [Finding(about="device", state="note", says=_card(gpu)) for gpu in found.gpus]
    if not cards:
        says = f"{found.trouble or 'no CUDA device'}: {_ON_THE_CPU}"
        state: Literal["note", "problem"] = "problem" if found.remedy else "note"
        cards = [Finding(about="device", state=state, says=says, remedy=found.remedy)]
    elif found.trouble is not None:
        cards.append(problem("device", found.trouble, found.remedy))
    return [*cards, Finding(about="compiler", state="note", says=_compiler(found.gpus))]


def _card(gpu: Gpu) -> str:
    return gpu.name if gpu.mebibytes is None else f"{gpu.name}, {gpu.mebibytes:,} MiB"


def _compiler(gpus: tuple[Gpu, ...]) -> str:
    if not gpus:
        return "only needed on a GPU, by the compiled engine"
    asking = Asking(asked_to_compile, {VISIBLE: gpus[0].id})
    try:
        trouble = asking("cuda", _SECONDS)
    finally:
        asking.close()
    told = trouble.how if isinstance(trouble, Ended) else trouble
    if told is None:
        return "torch.compile works"
    return (
        f"torch.compile does not work: {told}; only the compiled engine needs it, and a C compiler "
        "with Python's headers"
    )


def asked_to_compile() -> Callable[[str], str | None]:
    """Return what tells, in another process, what keeps torch from compiling, if anything does."""
    from fashion_bench.training.compiled import compiler_trouble

    return compiler_trouble


def _malloc() -> Finding:
    if (library := chosen_malloc() or better_malloc()) is not None:
        return Finding(about="malloc", state="note", says=f"workers use {library}")
    says = f"workers use the system's; {LIBRARY}, where it is installed, makes steps quicker"
    return Finding(about="malloc", state="note", says=says)
