"""Which GPUs are found, and why others are not: real processes, made-up programs."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from fashion_bench.execution import gpus
from fashion_bench.execution.gpus import Found, look_for_gpus

sys.path.insert(0, str(Path(__file__).parent))
from made_up_gpus import TOO_OLD, A, B, C, Machine, card

A100, V100 = "NVIDIA A100-SXM4-40GB", "Tesla V100-SXM2-16GB"
KERNELS_OF = "this torch's kernels, which"
MIG = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-a1a1-11)
  MIG 1g.5gb      Device  0: (UUID: MIG-11-aa)
  MIG 2g.10gb     Device  1: (UUID: MIG-11-bb)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-a1b2-22)
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that is made up."""
    return Machine(tmp_path, monkeypatch)


def ids(found: Found) -> list[str]:
    """Of the GPUs that can be used."""
    return [gpu.id for gpu in found.gpus]


def test_gpus_are_named_as_cuda_orders_them(machine: Machine) -> None:
    """By UUID, in the order of CUDA, which may be another than that of nvidia-smi."""
    machine.smi(card(0, A), card(1, B, "NVIDIA H100", capability="9.0"))
    machine.torch([B[4:], "NVIDIA H100", 9, 0], [A[4:], A100, 8, 0])
    found = machine.found()
    assert (ids(found), found.trouble) == ([B, A], None)
    assert [(gpu.name, gpu.mebibytes) for gpu in found.gpus] == [
        ("NVIDIA H100", 40960),
        (A100, 40960),
    ]
    assert "torch" not in vars(gpus)


@pytest.mark.parametrize("fails", [True, False])
def test_torch_is_enough(machine: Machine, fails: bool) -> None:
    """Where nvidia-smi fails, or does not know what it is asked."""
    machine.smi(card(0, A), new=False, fails=fails)
    machine.torch([A[4:], A100, 8, 0])
    named = "0" if fails else A  # one card alone: it may be an instance, which torch does not name
    assert (ids(machine.found()), machine.found().trouble) == ([named], None)


@pytest.mark.parametrize(
    ("visible", "seen"),
    [
        ("1,0", ["GPU-a1b2-22", "MIG-11-aa", "MIG-11-bb"]),
        ("1,-1,0", ["GPU-a1b2-22"]),
        ("MIG-11-b", ["MIG-11-bb"]),
        ("MIG-11-bb,MIG-11-aa", ["MIG-11-bb", "MIG-11-aa"]),
        ("MIG-11-aa,7,MIG-11-bb", ["MIG-11-aa"]),
        ("GPU-a1a1", ["MIG-11-aa", "MIG-11-bb"]),
        ("1,GPU-a1b2-22", []),
        ("GPU-a1", []),  # which of the two is not said
        (None, ["MIG-11-aa", "MIG-11-bb", "GPU-a1b2-22"]),
    ],
)
def test_what_cuda_visible_devices_names(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, visible: str | None, seen: list[str]
) -> None:
    """Numbers, UUIDs, their beginnings and instances, in its order, until one that is not there."""
    if visible is not None:
        monkeypatch.setenv(gpus.VISIBLE, visible)
    machine.smi(card(0, A, used="[N/A]"), card(1, B), listed=MIG)
    first = B if seen[:1] == [B] else A  # of instances CUDA shows no more
    machine.torch([first[4:], A100, 8, 0])
    found = machine.found()
    assert ids(found) == seen
    assert found.trouble == (
        None if seen else f"CUDA_VISIBLE_DEVICES ({visible}) names none of the GPUs that are here"
    )
    if "MIG-11-bb" in seen:
        assert f"{A100} MIG 2g.10gb" in [gpu.name for gpu in found.gpus]


@pytest.mark.parametrize("visible", ["", "-1", " -1,0"])
def test_hidden_gpus_are_no_trouble(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, visible: str
) -> None:
    """Somebody wanted it so: nobody is asked."""
    monkeypatch.setenv(gpus.VISIBLE, visible)
    machine.torch(trouble="dies")
    assert machine.found() == Found()


@pytest.mark.parametrize(
    ("cards", "torch", "told", "remedy"),
    [
        (
            [card(0, A, driver="535.104")],
            {"trouble": TOO_OLD},
            "NVIDIA driver 535.104 is older than CUDA 13.0 of torch 2.14.1 needs",
            "install a newer driver, which knows CUDA 13.0",
        ),
        (
            [],
            {"trouble": TOO_OLD},
            "the NVIDIA driver is older than CUDA 13.0 of torch 2.14.1 needs",
            "install a newer driver, which knows CUDA 13.0",
        ),
        (
            [card(0, A, V100, capability="7.0", driver="535.104")],  # a newer one would not help
            {"trouble": TOO_OLD},
            f"{V100} (compute capability 7.0) is older than {KERNELS_OF} begin at 7.5",
            "install a torch with kernels for it, built for another CUDA",
        ),
        (
            [card(0, A, "NVIDIA X", capability="13.0")],
            {"cards": [[A[4:], "NVIDIA X", 13, 0]], "kernels": ["sm_80", "sm_90a"]},
            f"NVIDIA X (compute capability 13.0) is newer than {KERNELS_OF} end at 9.0",
            "install a torch with kernels for it, built for another CUDA",
        ),
        (
            [card(0, A)],
            {"cuda": None, "version": "2.14.1+cpu", "trouble": "Torch not compiled with CUDA"},
            "torch 2.14.1+cpu is built without CUDA",
            "",
        ),
        (
            [card(0, A)],
            {"version": "2.9.1"},
            "torch 2.9.1 cannot choose a GPU's kernels by rule",
            "install torch 2.10",
        ),
        (
            [],
            {"hip": "6.4", "cuda": None},
            "a GPU of AMD's (ROCm) is not supported",
            "",
        ),
        (
            [card(0, A, mode="Prohibited")],
            {"cards": [[A[4:], A100, 8, 0]]},
            f"{A100} is in compute mode prohibited",
            "`nvidia-smi -c DEFAULT` lets it be used",
        ),
        (
            [card(0, A, mode="Exclusive_Process")],
            {"cards": [[A[4:], A100, 8, 0]]},
            f"{A100} is in an exclusive compute mode, and process 4711 is on it",
            "wait for that to end",
        ),
        (
            [card(0, A, used="40948")],
            {"cards": [[A[4:], A100, 8, 0]]},
            f"{A100} is full (12 MiB of 40,960 MiB free)",
            "see with `nvidia-smi` which process has its memory",
        ),
        (
            [card(0, A)],
            {"trouble": "Error 802: system not yet initialized"},
            "torch 2.14.1 cannot use the GPU (Error 802: system not yet initialized)",
            "see what `nvidia-smi` says of it",
        ),
        (
            [card(0, A)],
            {"trouble": "dies"},
            "the process that asked torch for a GPU ended (signal 11)",
            "see whether `nvidia-smi` works",
        ),
    ],
)
def test_why_a_gpu_cannot_be_used(
    machine: Machine, cards: list[str], torch: dict[str, object], told: str, remedy: str
) -> None:
    """In a few words, with what to do."""
    machine.smi(*cards, users=f"{A}, 4711\n")
    machine.torch(*torch.pop("cards", []), **torch)  # type: ignore[misc]
    assert machine.found() == Found((), told, remedy)


def test_of_several_the_others_are_used(machine: Machine) -> None:
    """A full one, one that is too old and one of which memory is not known: the last is used."""
    machine.smi(
        card(0, A, used="40900"), card(1, B, V100, capability="7.0"), card(2, C, used="[N/A]")
    )
    machine.torch([A[4:], A100, 8, 0], [B[4:], V100, 7, 0], [C[4:], A100, 8, 0])
    found = machine.found()
    assert ids(found) == [C]
    assert found.trouble == (
        f"{A100} is full (60 MiB of 40,960 MiB free); {V100} (compute capability 7.0) is older "
        "than this torch's kernels, which begin at 7.5"
    )


def test_a_driver_without_a_gpu_is_no_trouble(machine: Machine) -> None:
    """As on a cluster's nodes without one."""
    machine.smi(fails=True)
    machine.torch(trouble="No CUDA GPUs are available")
    assert machine.found() == Found()


def test_without_a_driver_nobody_is_asked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither nvidia-smi nor torch: it would take seconds."""
    monkeypatch.setattr(gpus, "gpu_possible", lambda: False)
    machine.torch(trouble="dies")
    assert machine.found() == Found()


def test_a_torch_for_intel_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU is passed over in silence."""
    monkeypatch.setattr(gpus, "version", lambda _: "2.14.1+xpu")
    assert machine.found().trouble == "a GPU of Intel's (XPU) is not supported"


def test_it_is_asked_once_unless_there_is_trouble(machine: Machine) -> None:
    """Looking takes seconds; trouble may pass."""
    machine.torch(trouble="Error 802: system not yet initialized")
    gpus._looked.cache_clear()
    assert look_for_gpus().trouble is not None
    machine.torch([A[4:], A100, 8, 0])
    assert ids(look_for_gpus()) == ["0"]
    machine.torch(trouble="dies")
    assert ids(look_for_gpus()) == ["0"]
    gpus._looked.cache_clear()


def test_where_torch_is_not_installed_others_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor goes on to look at the rest."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(gpus, "version", missing)
    monkeypatch.setattr(gpus, "gpu_possible", lambda: False)
    gpus._looked.cache_clear()
    assert look_for_gpus() == Found()
    gpus._looked.cache_clear()
