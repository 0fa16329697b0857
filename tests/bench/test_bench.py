"""``python -m fashion_bench.bench``, as ``make bench`` runs it."""

import json
import subprocess
import sys
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from fashion_bench.bench import __main__, sections
from fashion_bench.bench.contestants import CONTESTANTS
from fashion_bench.bench.sections import SECTIONS, Section, chosen
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.tables import Table
from fashion_bench.errors import DeviceError


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    command = [sys.executable, "-m", "fashion_bench.bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def numbers(told: Any) -> list[float]:
    """Return every number in plain data."""
    if isinstance(told, dict):
        return [number for value in told.values() for number in numbers(value)]
    if isinstance(told, list):
        return [number for value in told for number in numbers(value)]
    return [told] if isinstance(told, int | float) else []


def test_a_quick_bench_measures_every_section(tmp_path: Path, real_data: Path) -> None:
    """All but the long ones are on the terminal and on the page; every figure is finite."""
    done = bench("--quick", "--data", str(real_data), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "README.md").read_text()
    told = json.loads((tmp_path / "bench.json").read_text())
    assert tuple(told) == chosen("cpu", "cuda")
    for name, section in told.items():
        assert f"## {SECTIONS[name].title}\n" in page
        assert f"{SECTIONS[name].title} " in done.stdout
        assert {"device", "torch", "python", "commit", "on", "as"} == set(section["machine"])
        assert all(isfinite(number) and number >= 0 for number in numbers(section["tables"]))
    rows = [row["what"] for row in told["engine"]["tables"][0]["rows"]]
    assert rows == [contestant.name for contestant in CONTESTANTS]
    grown = told["search"]["tables"][0]["rows"]
    assert [row["trials done"] for row in grown] == [100, 192]
    assert told["study"]["tables"][0]["rows"][0]["epochs"] == 10  # eight, of which two went on
    if sys.platform == "linux":
        grown = told["search"]["tables"][0]["rows"]
    assert [row["trials done"] for row in grown] == [100, 192]
    assert told["study"]["tables"][0]["rows"][0]["peak, MiB"] > 500


def test_missing_images_are_one_line(tmp_path: Path) -> None:
    """Without its images the bench says where it looked, and ends with 2."""
    done = bench("--quick", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {tmp_path}")


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sections that tell the day, which is the last of this list, and take no time."""
    days = [1]

    def tell(_: Setting) -> list[Table]:
        return [Table(rows=({"what": "day", "is": days[-1]},), notes="")]

    made_up = {name: replace(section, measure=tell) for name, section in SECTIONS.items()}
    monkeypatch.setattr(sections, "SECTIONS", made_up)
    return days


def measure(*arguments: str, code: int = 0) -> str:
    """Run the command in this process."""
    done = CliRunner().invoke(__main__.main, ["--source", "synthetic", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def days_of(folder: Path) -> dict[str, int]:
    """On which day each section of a page was measured."""
    told = json.loads((folder / "bench.json").read_text())
    return {name: section["tables"][0]["rows"][0]["is"] for name, section in told.items()}


def test_a_section_is_measured_anew_and_the_others_stay(tmp_path: Path, days: list[int]) -> None:
    """In the order of the page, whichever came first."""
    out = ("--out", str(tmp_path))
    measure("--only", "search, busy", *out)
    days.append(2)
    measure("--only", "engine,busy", *out)
    assert list(days_of(tmp_path).items()) == [("engine", 2), ("search", 1), ("busy", 2)]


def test_what_is_measured_is_kept_though_the_next_fails(
    tmp_path: Path, days: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bench takes long; what it has is written at once."""

    def fail(_: Setting) -> list[Table]:
        raise RuntimeError("no")

    broken = {**sections.SECTIONS, "busy": Section(title="A busy machine", measure=fail)}
    monkeypatch.setattr(sections, "SECTIONS", broken)
    measure("--only", "search,busy", "--out", str(tmp_path), code=1)
    assert days_of(tmp_path) == {"search": 1}


def test_an_unknown_section_is_refused() -> None:
    """With the names there are."""
    assert "'fast' is none of engine, search," in measure("--only", "fast", code=2)


def test_a_gpus_sections_need_a_gpu() -> None:
    """On a CPU they would take days."""
    assert "gpu is measured with --device cuda" in measure("--only", "gpu", code=2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_a_gpu_that_is_not_there_is_told() -> None:
    """Before anything is measured."""
    done = CliRunner().invoke(__main__.main, ["--device", "cuda"])
    assert isinstance(done.exception, DeviceError)
