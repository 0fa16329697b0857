"""What the doctor says of the device that is trained on."""

import os
from pathlib import Path

import pytest

from fashion_bench.app.health import machine
from fashion_bench.app.health.finding import Finding
from fashion_bench.execution.gpus import VISIBLE, Found, Gpu


def told(monkeypatch: pytest.MonkeyPatch, at: Path, found: Found) -> dict[str, list[Finding]]:
    """What is said of device and compiler, where this is found."""
    monkeypatch.setattr(machine, "look_for_gpus", lambda: found)
    findings = machine.machine_findings(at, None)
    return {about: [f for f in findings if f.about == about] for about in ("device", "compiler")}


def test_a_gpu_that_cannot_be_used_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With what to do; trials would be trained on the CPU."""
    found = told(monkeypatch, tmp_path, Found((), "the driver is too old", "install another"))
    (device,), (compiler,) = found["device"], found["compiler"]
    assert device.state == "problem"
    assert device.says.startswith("the driver is too old: trials are trained on the CPU")
    assert device.remedy == "install another"
    assert (compiler.state, compiler.says.startswith("only needed")) == ("note", True)


def test_without_a_gpu_or_with_a_torch_for_cpus_it_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A note: somebody wanted it so."""
    for found in (Found(), Found((), "torch 2.14.1+cpu is built without CUDA")):
        (device,) = told(monkeypatch, tmp_path, found)["device"]
        assert device.state == "note"
        assert device.says.endswith("trials are trained on the CPU, one on each core")


def compiles() -> object:
    """Return what compiles on the card that this process has, or says that it does not."""
    return _says_its_card


def _says_its_card(_: str) -> str:
    return f"no compiler for {os.environ[VISIBLE]}"


def test_each_card_is_told_and_one_process_compiles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its name and memory, what is wrong with others, and that no compiler is no problem."""
    monkeypatch.setattr(machine, "asked_to_compile", compiles)
    found = Found((Gpu("GPU-1", "One", 40960), Gpu("GPU-2", "Two")), "Three is full", "wait")
    said = told(monkeypatch, tmp_path, found)
    assert [(f.state, f.says, f.remedy) for f in said["device"]] == [
        ("note", "One, 40,960 MiB", ""),
        ("note", "Two", ""),
        ("problem", "Three is full", "wait"),
    ]
    (compiler,) = said["compiler"]
    assert (compiler.state, "not work: no compiler for GPU-1;" in compiler.says) == ("note", True)


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
