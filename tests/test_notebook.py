"""``experiments/notebook.ipynb``: it runs from top to bottom, and ships without what it printed."""

from pathlib import Path
from shutil import copy

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from fashion_bench import load

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "experiments" / "notebook.ipynb"


def shipped() -> NotebookNode:
    """The notebook as it is in the repository."""
    notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that are run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebook_ships_without_outputs() -> None:
    """Nor numbers of executions: a change to it shows what was changed."""
    for cell in code_cells(shipped()):
        assert (cell.outputs, cell.execution_count, cell.metadata) == ([], None, {})


def test_the_notebook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_data: Path
) -> None:
    """In a new folder of runs: pictures, measured experiments, and a study that stays."""
    monkeypatch.setenv("FASHION_BENCH_DATA", str(real_data))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    for folder, name in (("experiments", NOTEBOOK.name), ("studies", "smoke.toml")):
        (tmp_path / folder).mkdir()
        copy(ROOT / folder / name, tmp_path / folder)
    notebook, runs = shipped(), tmp_path / "runs"
    resources = {"metadata": {"path": str(tmp_path / "experiments")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()

    shown = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 5
    assert shown[-1].data["text/plain"] == "True"
    assert len(load("smoke", runs=runs).trials) == 8
    for name, arms in {"": 1, "_dropout": 2, "_hidden": 3, "_cnn": 1}.items():
        experiment = load(f"quick{name}", runs=runs)
        assert len(experiment.openings) == 1
        assert len([trial for trial in experiment.trials if trial.test]) == 6 * arms
