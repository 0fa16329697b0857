"""What the doctor says of the device that is trained on."""

from pathlib import Path

import pytest
import torch

from fashion_bench.app.health import machine
from fashion_bench.app.health.finding import Finding


def device(monkeypatch: pytest.MonkeyPatch, driver: Path, cuda: str | None) -> Finding:
    """Ask, on a machine with or without a driver, with a torch that cannot use a GPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(machine, "NVIDIA", driver)
    (found,) = (f for f in machine.machine_findings(driver, None) if f.about == "device")
    return found


def test_a_gpu_that_torch_cannot_use_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its driver is too old, as a rule; trials would be trained on the CPU without a word."""
    found = device(monkeypatch, tmp_path, "13.0")
    assert found.state == "problem"
    assert "cannot use it: trials are trained on the CPU" in found.says
    assert found.remedy == "install a newer driver, which knows CUDA 13.0"


def test_without_a_gpu_or_with_a_torch_for_cpus_it_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A note: somebody wanted it so."""
    assert device(monkeypatch, tmp_path / "none", "13.0").state == "note"
    assert device(monkeypatch, tmp_path, None).state == "note"


def test_a_torch_that_cannot_be_imported_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever its metadata say: it is tried, in a process of its own."""
    assert machine.trying_torch()().state == "ok"
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch_cpu.so: not found')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = machine.trying_torch()()
    assert (found.about, found.state) == ("torch", "problem")
    assert found.says == "cannot be imported (ImportError: libtorch_cpu.so: not found)"
