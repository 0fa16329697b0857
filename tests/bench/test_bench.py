"""``python -m experiments.bench``, as ``make bench`` runs it."""

import json
import subprocess
import sys
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from experiments.bench import __main__ as bench
from experiments.bench import studies
from experiments.bench.__main__ import SECTIONS, Section, default_sections
from experiments.bench.cases import ENGINE_CASES, Options
from experiments.bench.page import Table
from fashion_bench.errors import DeviceError

ROOT = Path(__file__).parents[2]


def numbers(told: Any) -> list[float]:
    """Return every number in plain data."""
    if isinstance(told, dict):
        return [number for value in told.values() for number in numbers(value)]
    if isinstance(told, list):
        return [number for value in told for number in numbers(value)]
    return [told] if isinstance(told, int | float) else []


def measure(*arguments: str, code: int = 0) -> str:
    """Run the command in this process."""
    done = CliRunner().invoke(bench.main, [*arguments])
    assert done.exit_code == code, done.output
    return done.output


def page_of(folder: Path, *sections: str) -> dict[str, Any]:
    """Return what is on the page, which is of these sections and sound."""
    page = (folder / "README.md").read_text()
    told = json.loads((folder / "bench.json").read_text())
    assert tuple(told) == sections
    for name, section in told.items():
        assert f"## {SECTIONS[name].title}\n" in page
        assert {"device", "torch", "python", "commit", "on", "as"} == set(section["machine"])
        assert all(isfinite(number) and number >= 0 for number in numbers(section["tables"]))
    return dict(told)


def test_a_quick_run_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real training, here and in workers, and a real search; on the terminal and on the page."""
    monkeypatch.setattr(studies, "TIMES", 1)
    only = ("--only", "engine,search", "--source", "synthetic")
    shown = measure("--quick", *only, "--out", str(tmp_path))
    told = page_of(tmp_path, "engine", "search")
    rows, peaks = (table["rows"] for table in told["engine"]["tables"])
    assert [row["what"] for row in rows] == [case.name for case in ENGINE_CASES]
    assert len(peaks) == 3
    grown = told["search"]["tables"][0]["rows"]
    assert [row["trials done"] for row in grown] == [100, 192]
    for text in ("Training", "notebook's own loop", "The search alone", "n = 1"):
        assert text in shown


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "experiments.bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.slow
def test_a_quick_run_measures_every_section(tmp_path: Path, real_data: Path) -> None:
    """All but the long ones, those of a GPU too."""
    done = run("--quick", "--data", str(real_data), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    told = page_of(tmp_path, *default_sections("cpu", "cuda"))
    recorded, mirrored = told["recording"]["tables"]
    assert [row["what"] for row in recorded["rows"]] == ["without MLflow", "recorded"]
    assert len(mirrored["rows"]) == 1
    (study,) = told["study"]["tables"][0]["rows"]
    assert study["epochs"] == 10  # eight, of which two went on
    assert study["peak, MiB"] > 500


def test_missing_images_are_one_line(tmp_path: Path) -> None:
    """Without its images the benchmark says where it looked, and ends with 2."""
    done = run("--quick", "--only", "engine", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {tmp_path}")


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sections that tell the day, which is the last of this list, and take no time."""
    days = [1]
    known = dict.fromkeys(("device", "torch", "python", "git_commit"), "known")
    monkeypatch.setattr(bench, "provenance", lambda *_: known)  # the real one loads the images

    def tell(_: Options) -> list[Table]:
        return [Table(rows=({"what": "day", "is": days[-1]},), notes="")]

    monkeypatch.setattr(bench, "SECTIONS", {name: Section(name, tell) for name in SECTIONS})
    return days


def days_of(folder: Path) -> dict[str, int]:
    """On which day each section of a page was measured."""
    told = json.loads((folder / "bench.json").read_text())
    return {name: section["tables"][0]["rows"][0]["is"] for name, section in told.items()}


def test_a_section_is_measured_anew_and_the_others_stay(tmp_path: Path, days: list[int]) -> None:
    """In the order of the page, whichever came first."""
    measure("--only", "search, busy", "--out", str(tmp_path))
    days.append(2)
    measure("--only", "engine,busy", "--out", str(tmp_path))
    assert list(days_of(tmp_path).items()) == [("engine", 2), ("search", 1), ("busy", 2)]


def test_what_is_measured_is_kept_though_the_next_fails(
    tmp_path: Path, days: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A benchmark takes long; what it has is written at once."""

    def fail(_: Options) -> list[Table]:
        raise RuntimeError("no")

    monkeypatch.setattr(bench, "SECTIONS", {**bench.SECTIONS, "busy": Section("Busy", fail)})
    measure("--only", "search,busy", "--out", str(tmp_path), code=1)
    assert days_of(tmp_path) == {"search": 1}


@pytest.mark.usefixtures("days")
def test_options_reach_the_section(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each by its name; in a hurry there is one round of little."""
    seen: list[Options] = []

    def look(options: Options) -> list[Table]:
        seen.append(options)
        return []

    monkeypatch.setattr(bench, "SECTIONS", {"study": Section("Study", look)})
    given = ("--epochs", "7", "--repeats", "3", "--study", "80", "--data", str(tmp_path))
    measure("--only", "study", *given)
    measure("--only", "study", *given, "--quick", "--source", "synthetic")
    full, quick = seen
    assert (full.trial.epochs, full.rounds, full.study, full.data) == (7, 3, 80, tmp_path)
    assert (full.trial.train_images, full.quick) == (54_000, False)
    assert (quick.trial.epochs, quick.rounds, quick.study, quick.quick) == (2, 1, 8, True)
    assert (quick.trial.source, quick.trial.train_images) == ("synthetic", 640)


def test_an_unknown_section_is_refused() -> None:
    """With the names there are."""
    assert "'fast' is none of engine, search," in measure("--only", "fast", code=2)


def test_a_gpus_sections_need_a_gpu() -> None:
    """On a CPU they would take days."""
    assert "gpu is measured with --device cuda" in measure("--only", "gpu", code=2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_a_gpu_that_is_not_there_is_told() -> None:
    """Before anything is measured."""
    done = CliRunner().invoke(bench.main, ["--device", "cuda"])
    assert isinstance(done.exception, DeviceError)


def test_unless_named_only_the_short_ones_of_a_device_are_measured() -> None:
    """Those that take hours are asked for by name; no two have the same heading."""
    short = ("engine", "search", "lag", "recording", "busy", "study", "optuna-example")
    assert default_sections("cpu") == short
    assert default_sections("cuda") == ("gpu", "gpu-cnn")
    long = {"regret", "recording-long", "study-long"}
    assert set(SECTIONS) - set(default_sections("cpu", "cuda")) == long
    assert len({section.title for section in SECTIONS.values()}) == len(SECTIONS)
