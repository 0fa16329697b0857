"""A study over a network, data, an optimizer and a loss of a user's own, from a file and a script.

Nothing of this package knows of them: what is in this folder is what a user writes.
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from fashion_bench import code
from fashion_bench.app.browse import read_study
from fashion_bench.app.compare import compare
from fashion_bench.app.options import PromoteOptions, RunOptions
from fashion_bench.app.promote import promote
from fashion_bench.app.report import write_report
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.app.studies import Data, Experiment, Study
from fashion_bench.data.sources import Sources
from fashion_bench.errors import CodeError, FashionBenchError, StudyError
from fashion_bench.faults import SWITCH
from fashion_bench.records import StudyRecord
from fashion_bench.training.checkpoint import read_checkpoint
from fashion_bench.training.chunks import CHUNK
from fashion_bench.training.files import TrialFiles
from fashion_bench.training.loop import means, rows_of
from fashion_bench.training.rendering import Frozen
from fashion_bench.training.stepwise import scored
from tests.app.conftest import Listener
from tests.own import focal, images, lion, net

HERE = Path(__file__).parent
FILES = ("net.py", "images.py", "lion.py", "focal.py", "study.toml", "experiment.toml")


def results(study: StudyRecord) -> list[object]:
    """What was drawn and what came of it, weights included, but for the clock."""
    return [
        (
            trial.trial_id,
            trial.config.hyper,
            trial.config.arguments,
            trial.config.optimizer,
            trial.outcome,
            [(e.train_loss, e.valid_loss, e.valid_accuracy) for e in trial.history],
        )
        for trial in study.trials
    ]


@pytest.fixture(name="folder")
def copy_folder(tmp_path: Path) -> Path:
    """A folder with what a user wrote, and nothing else."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text((HERE / name).read_text())
    return folder


def options(runs: Path) -> RunOptions:
    """Train here, and leave MLflow out."""
    return RunOptions(runs=runs, device="cpu", workers=1, no_mlflow=True)


@pytest.fixture(scope="module", name="whole")
def run_whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of results of the study, run without a stop, and of the experiment."""
    runs = tmp_path_factory.mktemp("own") / "runs"
    run_study(HERE / "study.toml", options(runs), Listener())
    run_experiment(HERE / "experiment.toml", options(runs), Listener())
    return runs


@pytest.fixture(name="runs")
def copy_runs(whole: Path, tmp_path: Path) -> Path:
    """A copy of these results, in a process that may run nothing of them."""
    return Path(copytree(whole, tmp_path / "runs"))


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process: no code was allowed, none loaded."""
    monkeypatch.setattr(code, "_ALLOWED", set())
    monkeypatch.setattr(code, "_LOADED", {})


def test_each_is_some_ten_lines() -> None:
    """A user writes no more: lines of code without docstrings, imports and white space."""
    for name in ("net.py", "images.py", "lion.py", "focal.py"):
        lines = [line.strip() for line in (HERE / name).read_text().splitlines()]
        lines = [line for line in lines if line and not line.startswith(('"""', "import", "from"))]
        assert len(lines) <= 13, name


def test_killed_it_goes_on_bit_equal(folder: Path, whole: Path, tmp_path: Path) -> None:
    """However often: BatchNorm's state and that of the user's optimizer are saved and restored."""
    faults = tmp_path / "faults"
    faults.mkdir()
    command = [sys.executable, "-m", "fashion_bench", "study", "run", str(folder / "study.toml")]
    command += ["--runs", str(tmp_path / "runs"), "--device", "cpu", "--workers", "1"]
    environment = os.environ | {SWITCH: str(faults)}
    for point in ("mid-epoch", "checkpoint-saved", "trained"):
        (faults / point).write_text("kill")
        killed = subprocess.run(
            [*command, "--no-mlflow"],
            env=environment,
            capture_output=True,
            check=False,
            timeout=300,
        )
        assert (killed.returncode, (faults / point).exists()) == (-9, False), point
    ended = run_study(folder / "study.toml", options(tmp_path / "runs"), Listener()).study
    undisturbed = read_study(whole, "own")
    assert results(ended) == results(undisturbed)
    digests = [[trial.checkpoint_sha256 for trial in s.trials] for s in (ended, undisturbed)]
    assert digests[0] == digests[1]


def test_it_is_the_same_from_python(whole: Path, tmp_path: Path) -> None:
    """The classes and the function are handed over, the images as arrays; workers train them."""
    study = Study(
        "own",
        question="Does a focal loss help a network of my own?",
        seed=1,
        model=net.Net,
        data=Data(images.load("train"), images.load("test")),
        epochs=3,
        rungs=(1,),
        fixed={"train_images": 240, "valid_images": 80, "batch_size": 32},
        nuisance={
            "lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "depth": [1, 2],
            "width": [8, 16],
            "optimizer": ["adam", lion.Lion],
            "beta": {"low": 0.5, "high": 0.95},
        },
        arms={"plain": {"loss": "cross_entropy"}, "focal": {"loss": focal.focal}},
        search={"sampler": "tpe", "startup": 4, "pruner": "halving", "eta": 2, "generation": 4},
        trials_per_arm=8,
        runs=tmp_path,
    )
    assert "not begun" in repr(study)
    study.run(device="cpu", workers=2, no_mlflow=True)
    assert results(study.record) == results(read_study(whole, "own"))
    assert len(study.trials) == 16
    assert "Expected best of n full trials" in repr(study.compare())
    assert "<iframe" in study._repr_html_()
    again = Study.load("own", runs=tmp_path)
    assert again.record == study.record


def test_a_recorded_accuracy_can_be_had_again(whole: Path) -> None:
    """The weights of the best epoch come with what BatchNorm had seen by then."""
    study, files = read_study(whole, "own"), TrialFiles(whole / "trials" / "own")
    pictures = Sources(folder=HERE, beside=HERE).open(study.plan.recipe.source).load("train")
    for trial in study.trials:
        assert trial.best is not None
        network = read_checkpoint(files.checkpoint(trial.trial_id)).network
        rows = rows_of([trial.config], len(pictures.labels)).valid
        (_, accuracy) = means(scored(Frozen(network, pictures), rows, CHUNK))
        assert accuracy == [trial.best.valid_accuracy], trial.trial_id


@pytest.mark.usefixtures("strangers")
def test_what_is_read_back_runs_nothing(runs: Path, tmp_path: Path) -> None:
    """Tables, comparison and the rest of a report need no code; the networks' pictures do."""
    assert read_study(runs, "own").plan.code
    assert compare(runs, "own_measured").comparisons
    said = write_report(runs, "own_measured", tmp_path / "out", None, lambda _: None)
    assert "say --trust-code" in said.markdown.read_text()
    assert not code._LOADED
    write_report(runs, "own_measured", tmp_path / "out", None, lambda _: None, trust_code=True)
    shown = said.markdown.read_text()
    assert "net.py:Net: is code" not in shown
    assert any(name.startswith("net.py:Net#") for name in code._LOADED)


@pytest.mark.usefixtures("strangers")
def test_it_is_promoted_where_its_code_is_trusted(runs: Path) -> None:
    """The winners' file names the code as the study's did."""
    choosing = PromoteOptions(top=1, seeds=2, measure=2)
    with pytest.raises(CodeError, match="--trust-code"):
        promote("own", choosing, options(runs), Listener())
    document = promote("own", replace(choosing, trust_code=True), options(runs), Listener())
    (text,) = [
        block.text for s in document.sections for block in s.blocks if hasattr(block, "text")
    ]
    assert 'model = "net.py:Net"' in text
    assert "#" not in "".join(line for line in text.splitlines() if line.startswith("model"))


def test_it_was_measured(whole: Path) -> None:
    """The test part was opened once, by the measuring step."""
    study = read_study(whole, "own_measured")
    assert len(study.openings) == 1
    assert all(trial.test is not None and trial.test.images == 70 for trial in study.trials)


@pytest.mark.parametrize("name", ["net.py", "images.py", "lion.py", "focal.py"])
def test_changed_source_is_a_changed_file(folder: Path, runs: Path, name: str) -> None:
    """Told as such, and nothing is trained."""
    file = folder / name
    file.write_text(file.read_text() + "\n# a word more\n")
    with pytest.raises(StudyError, match=f"other source of {name}"):
        run_study(folder / "study.toml", options(runs), Listener())


def test_going_on_takes_the_same_object(tmp_path: Path) -> None:
    """A stored study of a script's class does not run without it."""
    given = {"lr": {"low": 1e-4, "high": 1e-2}}
    arms = {"a": {"loss": "cross_entropy"}, "b": {"loss": focal.focal}}
    fixed = {"train_images": 100, "valid_images": 20}
    study = Study(
        "mine", data="digits", arms=arms, nuisance=given, fixed=fixed, epochs=1, runs=tmp_path,
        trials_per_arm=8,
    )  # fmt: skip
    study.run(device="cpu", workers=1, no_mlflow=True)
    script = f"from fashion_bench import Study; Study.load('mine', runs={str(tmp_path)!r}).run()"
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "hand it over again" in ended.stderr
    with pytest.raises(FashionBenchError, match=r"is a study; use Study\.load"):
        Experiment.load("mine", runs=tmp_path)
