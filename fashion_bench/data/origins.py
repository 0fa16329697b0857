"""Where Fashion-MNIST can be had: each origin returns the files asked for, decompressed.

An origin raises DataError or MachineError when it has nothing to offer; what it returns is not
yet verified.
"""

import gzip
import os
import subprocess
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from http.client import HTTPException
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from threading import Thread
from types import MappingProxyType
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from fashion_bench.data.fashion_mnist import FILES, read
from fashion_bench.errors import DataError, MachineError

Origin = Callable[[Collection[str]], dict[str, bytes]]

SECONDS = 300.0  # for a tool: on a slow line; one that waits for a lock, or asks, never ends
PACKAGE = "dataset-fashion-mnist"
PACKAGE_FOLDER = Path("/usr/share/datasets/fashion-mnist")


def from_folder(names: Collection[str], *, folder: Path = PACKAGE_FOLDER) -> dict[str, bytes]:
    """Read the files of a folder that holds them, plain or ``.gz``."""
    contents = {}
    for name in names:
        content = read(folder, name)
        if content is None:
            raise DataError(folder, f"holds no {name}", remedy=f"install {PACKAGE}")
        contents[name] = content
    return contents


def from_mirrors(
    names: Collection[str], *, mirrors: Sequence[str] | None = None, patience: float = 5.0
) -> dict[str, bytes]:
    """Download from torchvision's mirrors, or these; one silent for ``patience`` seconds is left.

    Raises:
        MachineError: no mirror gave all files; says what the last one did instead.
    """
    failure = MachineError("torchvision", "names no mirror", remedy="name one")
    for mirror in torchvision_mirrors() if mirrors is None else mirrors:
        try:
            await_answer(f"{mirror}{next(iter(names))}.gz", patience)
            return {name: _download(f"{mirror}{name}.gz", FILES[name].size) for name in names}
        except (OSError, EOFError, zlib.error, HTTPException) as error:
            if isinstance(error, HTTPError):
                error.close()  # it is the response too
            problem = f"cannot be downloaded from ({error or type(error).__name__})"
            failure = MachineError(mirror, problem, remedy="connect to the internet")
    raise failure


def torchvision_mirrors() -> Sequence[str]:
    """Return the addresses torchvision downloads from, each ending in a slash."""
    from torchvision.datasets import FashionMNIST  # slow to import, seldom needed

    return tuple(FashionMNIST.mirrors)


def download_package(names: Collection[str]) -> dict[str, bytes]:
    """Download Debian's package and unpack it, without root and without installing it.

    Raises:
        MachineError: no apt here, or apt cannot get the package; says why.
    """
    if absent := [tool for tool in ("apt-get", "dpkg") if which(tool) is None]:
        raise MachineError(absent[0], "is not installed", remedy="use another origin")
    with TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        _apt_download(scratch)
        for package in scratch.glob("*.deb"):
            _run("dpkg", "-x", package.name, ".", folder=scratch)
        return from_folder(names, folder=scratch / PACKAGE_FOLDER.relative_to("/"))


ORIGINS: Mapping[str, Origin] = MappingProxyType(
    {
        "Debian's folder": from_folder,
        "torchvision's mirrors": from_mirrors,
        "Debian's package": download_package,
    }
)


def await_answer(url: str, seconds: float) -> None:
    """Raise OSError unless a server answers in time.

    A socket's own time-out does not bound the look-up of a name, nor the number of addresses tried.
    """
    answer: Future[None] = Future()

    def ask() -> None:
        try:
            urlopen(Request(url, method="HEAD"), timeout=seconds).close()
            answer.set_result(None)
        except Exception as error:
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer.result(timeout=seconds)
    except TimeoutError as error:
        raise TimeoutError(f"no answer in {seconds:g} s") from error


def _download(url: str, size: int) -> bytes:
    """Return up to ``size + 1`` decompressed bytes; the line may be slow but not stand still."""
    with urlopen(url, timeout=20) as response, gzip.open(response) as file:
        return bytes(file.read(size + 1))


def _apt_download(scratch: Path) -> None:
    """Download the package into a folder; with lists of our own if the system's do not know it."""
    common = (
        *("-o", "Acquire::Retries=0"),
        *("-o", "Acquire::http::Timeout=5"),
        *("-o", "APT::Sandbox::User=root"),  # for root: apt's own user cannot write to scratch
        *("-o", "APT::Update::Error-Mode=any"),
    )
    own = ("-o", f"Dir::State={scratch}", "-o", f"Dir::Cache={scratch}")
    try:
        _run("apt-get", *common, "download", PACKAGE, folder=scratch)
    except MachineError:
        _run("apt-get", *common, *own, "update", folder=scratch)
        _run("apt-get", *common, *own, "download", PACKAGE, folder=scratch)


def _run(tool: str, *arguments: str, folder: Path) -> None:
    """Run a tool to its end, or raise MachineError with the first line of its complaint."""
    try:
        done = subprocess.run(
            [tool, *arguments],
            cwd=folder,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        problem = f"did not end within {SECONDS:g} seconds"
        raise MachineError(tool, problem, remedy="use another origin") from error
    if done.returncode:
        said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0]
        raise MachineError(tool, f"failed ({said})", remedy="use another origin")
