"""The GPUs of this machine that can be trained on, found without a context of CUDA in this process.

``nvidia-smi`` tells what is there, and torch, asked in a process of its own, what it can use.
"""

import ctypes
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.version import Version

from fashion_bench.execution.asking import Asking, Ended

VISIBLE = "CUDA_VISIBLE_DEVICES"

_AMD = Path("/dev/kfd")  # the driver of its GPUs, which a torch for them opens
_NVIDIA = Path("/dev/nvidiactl")  # NVIDIA's driver, whatever its version
_LEAST_FREE = 512  # MiB: a context of CUDA alone takes 300 to 500
_OLDEST = (2, 10)  # the first torch to compile the same kernels in every run
_SECONDS = 60  # for a torch that starts a driver which slept
_FIELDS = "index,uuid,name,memory.total,memory.used,driver_version,compute_mode"
_WITH_CAPABILITY = f"{_FIELDS},compute_cap"  # unknown to drivers before 510
_NO_GPU = ("No CUDA GPUs are available", "Found no NVIDIA driver")  # in torch's words


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU, or an instance of one that is divided (MIG).

    Attributes:
        id: what CUDA_VISIBLE_DEVICES may name it by, on this machine at any time.
        name: what it calls itself.
        mebibytes: of its memory; ``None`` where nobody tells.
    """

    id: str
    name: str
    mebibytes: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a machine has to train on besides its CPU.

    Attributes:
        gpus: that can be used, as CUDA orders them.
        trouble: why others that are there cannot, as part of a line; ``None`` without any.
        remedy: what to do about it; empty where somebody wanted it so.
    """

    gpus: tuple[Gpu, ...] = ()
    trouble: str | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Card:
    """What is known of a GPU or an instance; of an instance memory and mode are nobody's to ask."""

    gpu: Gpu
    index: str = ""
    whole: str = ""  # the id of the card that an instance is of
    capability: tuple[int, int] | None = None
    free: int | None = None
    mode: str = ""
    driver: str = ""


@dataclass(frozen=True, slots=True)
class Torch:
    """What torch says: of itself, of the GPUs that it sees, and why it sees none."""

    version: str
    cuda: str | None
    hip: str | None
    kernels: tuple[str, ...]
    cards: tuple[_Card, ...] = ()
    trouble: str = ""


def gpu_possible() -> bool:
    """Tell whether torch might find a GPU: whether a driver is here that it would load."""
    return _of_nvidia() or _AMD.exists()


def _of_nvidia() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return _NVIDIA.exists()
    return True


def look_for_gpus() -> Found:
    """Return the GPUs that can be trained on, and why others cannot.

    It takes seconds, so a process asks once; where there is trouble, again, for that may pass.
    """
    found = _looked(os.environ.get(VISIBLE))
    if found.trouble is not None:
        _looked.cache_clear()
    return found


@cache
def _looked(visible: str | None) -> Found:
    if unsupported := _unsupported():
        return Found(trouble=f"{unsupported} is not supported")
    if not gpu_possible() or (visible is not None and not _words(visible)):
        return Found()
    asking = Asking(_answering)
    try:
        asking.begin()  # torch is imported while nvidia-smi looks
        listed = _listed()
        said = asking("torch", _SECONDS)
    finally:
        asking.close()
    if isinstance(said, Ended):
        told = f"the process that asked torch for a GPU ended ({said.how})"
        return Found(trouble=told, remedy="see whether `nvidia-smi` works")
    return _judged(said, listed, visible)


def _unsupported() -> str | None:
    with suppress(PackageNotFoundError):  # that torch is missing others tell
        if version("torch").partition("+")[2].startswith("xpu"):
            return "a GPU of Intel's (XPU)"
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return "Apple's GPU (MPS)" if apple else None


# What torch says --------------------------------------------------------------------------------


def _answering() -> Callable[[str], Torch]:
    return _ask_torch


def _ask_torch(_: str) -> Torch:
    """Ask torch, in a process that ends soon: from then on it may have a context."""
    import warnings

    import torch

    warnings.simplefilter("ignore")  # what they tell is told in one line
    said = Torch(
        str(torch.__version__),
        torch.version.cuda,
        torch.version.hip,
        tuple(torch.cuda.get_arch_list()),
    )
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (AssertionError, RuntimeError) as error:  # the former where torch is without CUDA
        return replace(said, trouble=str(error).strip().partition("\n")[0][:200])
    cards = []
    for place in range(torch.cuda.device_count()):
        with suppress(RuntimeError):  # one that is sick hides no other
            cards.append(_seen(torch.cuda.get_device_properties(place)))
    return replace(said, cards=tuple(cards))


def _seen(properties: object) -> _Card:
    known = {key: getattr(properties, key) for key in ("name", "major", "minor", "total_memory")}
    gpu_id = f"GPU-{getattr(properties, 'uuid')}"  # noqa: B009  # torch's stubs have it as text
    gpu = Gpu(gpu_id, known["name"], known["total_memory"] // 2**20)
    return _Card(gpu, whole=gpu_id, capability=(known["major"], known["minor"]))


# What nvidia-smi says ---------------------------------------------------------------------------


def _smi(*arguments: str) -> list[str] | None:
    """Return the lines that it prints; ``None`` where it is not there, or fails."""
    try:
        ended = subprocess.run(
            ["nvidia-smi", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.splitlines() if ended.returncode == 0 else None


def _listed() -> list[_Card]:
    """Return all cards, in the order of their numbers; of one that is divided, its instances."""
    for fields in (_WITH_CAPABILITY, _FIELDS):
        rows = _smi(f"--query-gpu={fields}", "--format=csv,noheader,nounits")
        if rows is not None:
            cards = [_card(row.split(", ")) for row in rows if row.count(", ") >= 6]
            instances = _instances(_smi("-L") or ())
            return [one for card in cards for one in instances(card) or [card]]
    return []


def _card(row: Sequence[str]) -> _Card:
    index, uuid, name, total, used, driver, mode, *capability = (word.strip() for word in row)
    known = total.isdecimal() and used.isdecimal()  # else "[N/A]", or what is not permitted
    major, _, minor = (capability or [""])[0].partition(".")
    return _Card(
        Gpu(uuid, name, int(total) if total.isdecimal() else None),
        index=index,
        whole=uuid,
        capability=(int(major), int(minor)) if (major + minor).isdecimal() else None,
        free=int(total) - int(used) if known else None,
        mode=mode,
        driver=driver,
    )


def _instances(lines: Iterable[str]) -> Callable[[_Card], list[_Card]]:
    """Return what tells into which instances a card is divided, going by ``nvidia-smi -L``."""
    found: dict[str, list[tuple[str, str]]] = {}
    index = ""
    for line in lines:
        if whole := re.match(r"GPU (\d+): ", line):
            index = whole[1]
        elif part := re.match(r"\s+(MIG \S+)\s+Device\s+\d+: \(UUID: (MIG-[^)]+)\)", line):
            found.setdefault(index, []).append((part[1], part[2]))

    def of(card: _Card) -> list[_Card]:
        gpus = [Gpu(uuid, f"{card.gpu.name} {name}") for name, uuid in found.get(card.index, ())]
        return [replace(card, gpu=gpu, free=None) for gpu in gpus]

    return of


# What comes of both -----------------------------------------------------------------------------


def _judged(torch: Torch, listed: Sequence[_Card], visible: str | None) -> Found:
    """Return what can be used of what is there, and the trouble with the rest."""
    if torch.hip is not None:
        return Found(trouble="a GPU of AMD's (ROCm) is not supported")
    if not _of_nvidia():
        return Found()
    if torch.cuda is None:
        return Found(trouble=f"torch {torch.version} is built without CUDA")
    if Version(torch.version).release < _OLDEST:
        told = f"torch {torch.version} cannot choose a GPU's kernels by rule"
        return Found(trouble=told, remedy="install torch 2.10")
    cards = _visible(listed, visible)
    if listed and not cards:
        told = f"{VISIBLE} ({visible}) names none of the GPUs that are here"
        return Found(trouble=told, remedy="set it anew, or not at all")
    outdated = bool(cards) and all(_unfit(card, torch) for card in cards)  # with any driver
    if not torch.cards and not outdated:
        return _unseen(torch, cards)
    if all(card.gpu.id == card.whole for card in cards):  # of instances CUDA shows the first alone
        known = {card.gpu.id: card for card in listed}
        cards = [known.get(card.gpu.id, card) for card in torch.cards] or cards
    if not listed and len(cards) == 1:  # it may be an instance, whose name torch does not tell
        cards = [replace(cards[0], gpu=replace(cards[0].gpu, id=visible or "0"))]
    seen = {card.whole: card.capability for card in torch.cards}
    cards = [replace(c, capability=c.capability or seen.get(c.whole)) for c in cards]
    users = _users() if any("Exclusive" in card.mode for card in cards) else {}
    troubles = [(card, _trouble(card, torch, users)) for card in cards]
    wrong = [trouble for _, trouble in troubles if trouble is not None]
    return Found(
        tuple(card.gpu for card, trouble in troubles if trouble is None),
        "; ".join(says for says, _ in wrong) or None,
        wrong[0][1] if wrong else "",
    )


def _words(visible: str) -> list[str]:
    """Return what CUDA_VISIBLE_DEVICES names, until the first word that ends it."""
    words = [word.strip() for word in visible.split(",")]
    ends = (place for place, word in enumerate(words) if not word or word.startswith("-"))
    return words[: next(ends, len(words))]


def _visible(cards: Sequence[_Card], visible: str | None) -> list[_Card]:
    """Return the cards that CUDA would show, were it to show all instances, in its order.

    As it does, this ends with the first word that names nothing; a card named twice leaves none.
    """
    if visible is None:
        return list(cards)
    chosen: list[_Card] = []
    for word in _words(visible):
        named = [card for card in cards if _names(word, card)]
        whole = {card.whole for card in named}
        if len(whole) != 1:
            break
        if any(card in chosen for card in named):
            return []
        chosen += named
    return chosen


def _names(word: str, card: _Card) -> bool:
    if word.isdecimal():
        return card.index == word
    return card.gpu.id.startswith(word) or (word.startswith("GPU-") and card.whole.startswith(word))


def _unseen(torch: Torch, cards: Sequence[_Card]) -> Found:
    """Return why torch sees no GPU at all."""
    if "too old" in torch.trouble:
        driver = f"NVIDIA driver {cards[0].driver}" if cards else "the NVIDIA driver"
        told = f"{driver} is older than CUDA {torch.cuda} of torch {torch.version} needs"
        return Found(trouble=told, remedy=f"install a newer driver, which knows CUDA {torch.cuda}")
    if not cards and any(words in torch.trouble for words in _NO_GPU):
        return Found()
    told = f"torch {torch.version} cannot use the GPU ({torch.trouble or 'it sees none'})"
    return Found(trouble=told, remedy="see what `nvidia-smi` says of it")


def _trouble(card: _Card, torch: Torch, users: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what keeps a card from being trained on, and what to do; ``None`` if nothing does."""
    name, user = card.gpu.name, users.get(card.whole)
    if (outdated := _unfit(card, torch)) is not None:
        return outdated
    if card.mode == "Prohibited":
        return f"{name} is in compute mode prohibited", "`nvidia-smi -c DEFAULT` lets it be used"
    if "Exclusive" in card.mode and user is not None:
        told = f"{name} is in an exclusive compute mode, and process {user} is on it"
        return told, "wait for that to end"
    if card.free is not None and card.free < _LEAST_FREE:
        told = f"{name} is full ({card.free:,} MiB of {card.gpu.mebibytes:,} MiB free)"
        return told, "see with `nvidia-smi` which process has its memory"
    return None


def _unfit(card: _Card, torch: Torch) -> tuple[str, str] | None:
    """Return that torch has no kernels for a card: none of its generation, none to translate.

    Those of one generation run on its later cards, as 8.0's on 8.6; what is kept as PTX
    ("compute_90") is translated for any later one.
    """
    own = card.capability
    kernels = [re.fullmatch(r"(sm|compute)_(\d+)(\d)\w?", kernel) for kernel in torch.kernels]
    known = [(one[1], (int(one[2]), int(one[3]))) for one in kernels if one is not None]
    if own is None or not known:
        return None
    if any(at <= own and (at[0] == own[0] or kind == "compute") for kind, at in known):
        return None
    ats = [at for _, at in known]
    first, last = ("{}.{}".format(*at) for at in (min(ats), max(ats)))
    age = f"older than this torch's kernels, which begin at {first}"
    if own > min(ats):
        age = f"newer than this torch's kernels, which end at {last}"
    told = f"{card.gpu.name} (compute capability {own[0]}.{own[1]}) is {age}"
    return told, "install a torch with kernels for it, built for another CUDA"


def _users() -> dict[str, str]:
    """Return a process of each card that has one."""
    lines = _smi("--query-compute-apps=gpu_uuid,pid", "--format=csv,noheader") or ()
    pairs = (line.split(", ") for line in lines)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
