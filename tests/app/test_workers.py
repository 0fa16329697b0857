"""Which device is trained on, and what tries it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.app import workers
from fashion_bench.app.workers import Chosen, Trying, choose_device
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Tried
from fashion_bench.errors import DeviceError, MachineError
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.gpus import Found, Gpu
from fashion_bench.search.resolve import load_file
from tests.app.small_files import write

ONE, TWO = Gpu("GPU-1", "One"), Gpu("GPU-2", "Two")
TROUBLE = Found((), "the driver is too old", "install a newer one")


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of locks that no other run has."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def finding(monkeypatch: pytest.MonkeyPatch, found: Found) -> None:
    """Let this be what is found."""
    monkeypatch.setattr(workers, "look_for_gpus", lambda: found)


def test_a_gpu_is_taken_unless_a_cpu_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is wrong with others."""
    finding(monkeypatch, Found((ONE, TWO), "Three is full"))
    chosen = Chosen("cuda", (ONE, TWO), "Three is full")
    assert [choose_device(wanted) for wanted in ("auto", "cuda")] == [chosen, chosen]
    assert choose_device("cpu") == Chosen("cpu")


def test_why_not_is_told_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for, a GPU that cannot be used is refused; else it is the CPU, with the reason."""
    finding(monkeypatch, TROUBLE)
    assert choose_device("auto") == Chosen("cpu", (), "the driver is too old")
    with pytest.raises(DeviceError) as caught:
        choose_device("cuda")
    assert str(caught.value) == (
        "--device: the driver is too old (given: 'cuda'); install a newer one or use --device cpu"
    )
    finding(monkeypatch, Found())
    assert choose_device("auto") == Chosen("cpu")
    with pytest.raises(DeviceError, match="no CUDA device is here"):
        choose_device("cuda")


def test_gpus_of_other_runs_are_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """And told; where they have all, who begins to train is refused, not who asks."""
    finding(monkeypatch, Found((ONE, TWO)))
    one = Cards([ONE, TWO], 1, "s")
    chosen = choose_device("auto")
    assert chosen.gpus == (TWO,)
    assert chosen.trouble is not None
    assert chosen.trouble.startswith("One is in use by process ")
    assert chosen.trouble.endswith(" (study s)")
    two = Cards([TWO], None, "s")
    assert choose_device("auto") == Chosen("cuda", (ONE, TWO))
    with pytest.raises(MachineError, match=r"^cuda: One is in use by .*; Two is in use by"):
        Cards([ONE, TWO], 1, "t")
    one.close()
    two.close()
    assert choose_device("auto") == Chosen("cuda", (ONE, TWO))


# The process that tries --------------------------------------------------------------------------

MADE_UP = """
import os, signal
import torch
from fashion_bench.data.images import Images
from fashion_bench.devices import Tried
from fashion_bench.training import probe

def to(self, device):
    assert device == "cuda"
    if os.environ["MISHAP"] == "full":
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return self

def tried(config, lanes, images, engine, precision):
    if lanes == 8:
        os.kill(os.getpid(), signal.SIGSEGV)
    if lanes == 4:
        raise torch.AcceleratorError("CUDA error: an illegal memory access\\nand more")
    told = f"{os.getpid()} {os.environ['CUDA_VISIBLE_DEVICES']} {engine} {precision}"
    return Tried(fits=lanes < 2, trouble=f"{told} {len(images.labels) > 0} {config.arguments}")

Images.to, probe.tried = to, tried
"""


@pytest.fixture
def tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[workers.Trying]:
    """What tries the small study on a made-up GPU."""
    (tmp_path / "a_made_up_gpu.py").write_text(MADE_UP)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MISHAP", "")
    monkeypatch.setattr(workers, "_prepared_to_try", _prepared)
    plan = load_file(write(tmp_path), "study").plan
    with closing(Trying(plan, Sources(tmp_path, tmp_path), ONE)) as trying:
        yield trying


_REAL = workers._prepared_to_try


def _prepared(*arguments: object) -> object:
    """Set up as ever, but for the GPU."""
    import importlib

    importlib.import_module("a_made_up_gpu")
    return _REAL(*arguments)  # type: ignore[arg-type]


def test_a_process_tries_on_its_card_alone(tries: workers.Trying) -> None:
    """It has the images and the study's widest trial; after a no the next question gets another."""
    said = [str(tries(lanes, "captured", "tf32").trouble).split(" ", 1) for lanes in (1, 2)]
    assert said[0][0] != said[1][0]
    assert said[0][1].startswith("GPU-1 captured tf32 True (32")
    assert tries(2, "eager", "float32").fits is False
    tries.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid, _ in said)


def test_whatever_ends_it_is_a_no(tries: workers.Trying) -> None:
    """A death, an error of the GPU, or no answer: the next question has another process."""
    told = "the process that tried it ended"
    assert tries(8, "captured", "tf32") == Tried(trouble=f"{told} (signal 11)")
    broke = "the GPU stopped working (CUDA error: an illegal memory access)"
    assert tries(4, "captured", "tf32") == Tried(trouble=f"{told} ({broke})")
    assert tries(1, "eager", "tf32").fits


def test_who_is_late_is_ended(tries: workers.Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is over before torch is imported."""
    monkeypatch.setattr(workers, "_SECONDS", 0.01)
    told = "the process that tried it ended (no answer within 0.01 seconds)"
    assert tries(1, "captured", "tf32") == Tried(trouble=told)


def test_no_room_for_the_images_is_the_machines_fault(
    tries: workers.Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine could do better."""
    monkeypatch.setenv("MISHAP", "full")
    with pytest.raises(MachineError, match="has no memory left, not even for the images"):
        tries(1, "captured", "tf32")


def test_a_card_of_another_run_is_not_tried(tries: workers.Trying) -> None:
    """What is free there now says nothing."""
    other = Cards([ONE], 1, "other")
    with pytest.raises(MachineError, match=r"One is in use by process \d+ \(study other\)"):
        tries(1, "captured", "tf32")
    other.close()
