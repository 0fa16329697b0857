"""Which device is trained on."""

import pytest
import torch

from fashion_bench.app import workers
from fashion_bench.app.workers import choose_device
from fashion_bench.errors import DeviceError


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one, it says."""
    monkeypatch.setattr(workers, "gpu_possible", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("torch_version", ["2.10.0", "2.11.0+cu130"])
def test_a_gpu_is_taken_unless_a_cpu_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, torch_version: str
) -> None:
    """With any torch that can choose its kernels by rule."""
    monkeypatch.setattr(torch, "__version__", torch_version)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "made up")
    chosen = [choose_device(wanted).device for wanted in ("auto", "cuda", "cpu")]
    assert chosen == ["cuda", "cuda", "cpu"]


@pytest.mark.usefixtures("gpu")
def test_an_older_torch_is_for_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would fail at the first trial; so it is told when asked for, and when not."""
    monkeypatch.setattr(torch, "__version__", "2.9.1")
    for wanted in ("auto", "cuda"):
        with pytest.raises(DeviceError, match=r"install torch 2\.10, or use --device cpu"):
            choose_device(wanted)
    assert choose_device("cpu").device == "cpu"


def test_without_a_gpu_only_asking_for_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it is the CPU, with any torch."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch, "__version__", "2.9.1")
    assert [choose_device(wanted).device for wanted in ("auto", "cpu")] == ["cpu", "cpu"]
    with pytest.raises(DeviceError, match="no CUDA device is here"):
        choose_device("cuda")
