"""Tests of ``app/report.py`` and what it gathers, through the reports that are written."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from click.testing import CliRunner

from fashion_bench.analysis.plots import embedding
from fashion_bench.app.options import RunOptions
from fashion_bench.app.report import Written, write_report
from fashion_bench.app.run import run, run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.cli import cli
from fashion_bench.data import synthetic
from fashion_bench.errors import StudyError
from fashion_bench.search.named import Surroundings
from fashion_bench.search.resolve import listed_study, load_file
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.mlflow_server import free_port

QUESTION = "What does it reach?"
EVIL = "What <script>alert(1)</script> does it reach?"
NO_STORE = "MLflow has no store here yet, so it has not got the report"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with study ``s`` and experiment ``e``, which was measured twice."""
    folder = tmp_path_factory.mktemp("reported")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    run_study(write(folder), options, Listener())
    file = write(folder, EXPERIMENT, (QUESTION, EVIL))
    run_experiment(file, options, Listener())
    run_experiment(file, options, Listener(), "a <b>slip</b>")
    return options.runs


@pytest.fixture
def runs(stored: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return copytree(stored, tmp_path / "runs")


@pytest.fixture(scope="module", autouse=True)
def few_points() -> Iterator[None]:
    """t-SNE of all images takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "MOST_IMAGES", 20)
        yield


@pytest.fixture(scope="module")
def measured(few_points: None, stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The report of the experiment."""
    return report(stored, "e", tmp_path_factory.mktemp("out"))


def report(runs: Path, name: str, out: Path | None = None) -> Written:
    """Write a report, by default into the folder of runs."""
    return write_report(runs, name, out, None, lambda _: None)


def absences(written: Written) -> dict[str, str]:
    """Return why by what is not shown."""
    page = written.markdown.read_text("utf-8")
    return dict(re.findall(r"^\*(.+): not shown, (.+)\*$", page, re.MULTILINE))


def headings(written: Written) -> list[str]:
    """Return the titles of the sections."""
    return re.findall(r"^## (.+)$", written.markdown.read_text("utf-8"), re.MULTILINE)


def test_a_measured_experiment_is_told_whole(measured: Written) -> None:
    """Answer, comparison, both arms, what it cost and rests on, and how to have it again."""
    assert absences(measured) == {}
    assert headings(measured) == [
        "How the arms compare",
        "Keep in mind",
        "How the arms learn",
        "Arm none",
        "Arm dropout",
        "The images",
        "Fixed in every trial",
        "What it cost",
        "What it was run with",
        "The test images",
        "How to reproduce it",
    ]
    page = measured.markdown.read_text("utf-8")
    assert "**Answer:** Cannot tell" in page
    assert "fashion-bench experiment run e.toml --runs again --device cpu --cohort-size 1" in page
    shown = set(re.findall(r"\]\(e/(.+)\)", page))
    assert {path.name for path in measured.pictures.iterdir()} == shown
    assert {"learning.png", "hidden-dropout.png", "samples.png", "wrong-none.png"} <= shown
    assert measured.html.read_text("utf-8").count("<img src=") == len(shown)


def test_what_users_wrote_is_only_text(measured: Written) -> None:
    """Neither the question, the file's text nor the reason of an opening becomes markup."""
    page = measured.html.read_text("utf-8")
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("What &lt;script&gt;alert(1)&lt;/script&gt; does it reach?") == 2
    assert "because: a &lt;b&gt;slip&lt;/b&gt;" in page


def test_a_study_is_told_without_the_test_images(
    stored: Path, tmp_path: Path, refuse_test_images: None
) -> None:
    """It explores: no verdict, the pictures of the search, and training images."""
    written = report(stored, "s", tmp_path)
    page = written.markdown.read_text("utf-8")
    assert "Ahead so far: " in page
    assert absences(written) == {}
    assert {path.stem for path in written.pictures.iterdir()} == {
        "history",
        "arms",
        "expected",
        "slices",
        "importances-ped-anova",
        "importances-fanova",
        "samples",
    }
    assert "Ten training images of each class" in page


def test_an_unmeasured_experiment_keeps_them_closed(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch, refuse_test_images: None
) -> None:
    """What is known is told, with training images for samples."""
    monkeypatch.setattr("fashion_bench.app.run.measure", lambda *_, **__: None)
    run_experiment(write(tmp_path, EXPERIMENT), options, Listener())
    written = report(options.runs, "e")
    missing = absences(written)
    assert missing["Scores on them"] == "they have not been opened yet"
    assert missing["The most confidently wrong images"] == (
        "nothing has been measured on the test images"
    )
    assert "Weights of the first layer" not in missing
    assert "Ten training images of each class" in written.markdown.read_text("utf-8")


@pytest.mark.parametrize(
    ("trouble", "why"),
    [("gone", "cannot be read"), ("changed", "is not the file that was recorded")],
)
def test_files_that_are_gone_or_changed_are_missed(runs: Path, trouble: str, why: str) -> None:
    """In the place of what they would show it says why; the rest of the report is written."""
    folder = RunsFolder(runs).files("e").folder
    for path in [*folder.rglob("*.npz"), *folder.rglob("*.pt")]:
        path.unlink() if trouble == "gone" else path.write_bytes(b"changed")
    written = report(runs, "e")
    missing = absences(written)
    assert re.search(rf"none-0\.npz: {why}|dropout-0\.npz: {why}", " ".join(missing.values()))
    assert why in missing["Confusion matrix and table of classes"]
    assert why in missing["Weights of the first layer"]
    assert (written.pictures / "learning.png").exists()
    assert (written.pictures / "samples.png").exists()


def test_other_images_are_not_shown(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those that the experiment was run with; what was predicted of them still is."""
    real = synthetic.draw_images
    monkeypatch.setattr(synthetic, "draw_images", lambda part, _: real(part, 5_000))
    missing = absences(report(stored, "e", tmp_path))
    assert set(missing) == {
        "The most confidently wrong images",
        "PCA and t-SNE of the last hidden layer",
        "Images of each class",
    }
    assert all("are not those it was run with" in why for why in missing.values())


@pytest.mark.parametrize("name", ["s", "e"])
def test_what_has_only_begun_is_told(tmp_path: Path, runs: Path, name: str) -> None:
    """Without a single finished trial there is still a report."""
    from fashion_bench.search.layout import choose_layout

    rmtree(runs)
    asked = load_file(write(tmp_path, STUDY if name == "s" else EXPERIMENT))
    layout = choose_layout(asked.plan, "cpu", None)
    RunsFolder(runs).ledger().open(asked, layout=layout, provenance={})
    written = report(runs, name)
    assert absences(written)["What was fixed"] == "no trial has finished"
    assert "Cannot tell" in written.markdown.read_text("utf-8")


def test_a_study_that_confirms_another_names_no_command(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file lists seeds: run as an experiment it would open the test images."""
    spec = load_file(write(tmp_path, EXPERIMENT)).spec
    asked = listed_study(spec, EXPERIMENT, Surroundings(beside=tmp_path))
    run(asked, options, Listener())
    written = report(options.runs, "e")
    assert "study promote" in absences(written)["A command"]
    assert "experiment run" not in written.markdown.read_text("utf-8")


def test_of_many_arms_the_first_are_drawn(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page stays small; that there are more is said."""
    monkeypatch.setattr("fashion_bench.app.report_material.MOST_ARMS", 1)
    written = report(stored, "e", tmp_path)
    assert absences(written) == {"dropout": "no more than 1 of 2 arms are drawn one by one"}
    assert "Arm none" in headings(written)


# Writing ---------------------------------------------------------------------------------------


def test_a_report_replaces_the_one_before(runs: Path) -> None:
    """It is a picture of the ledger: made again it is the same, and no half file stays behind."""
    first = report(runs, "s")
    before = first.html.read_bytes()
    first.html.write_text("old")
    assert report(runs, "s").html.read_bytes() == before
    names = {path.name for path in first.html.parent.iterdir()}
    assert names == {"s.html", "s.md", "s"}


def test_of_an_unknown_study_nothing_is_written(runs: Path) -> None:
    """The name is looked up first."""
    with pytest.raises(StudyError, match="holds no study of this name"):
        report(runs, "nope")
    assert not (runs / "reports").exists()


def test_without_mlflow_the_report_is_written(runs: Path) -> None:
    """It says so, and makes no store."""
    written = report(runs, "s")
    assert written.mlflow == NO_STORE
    assert not (runs / "mlflow.db").exists()


def test_a_broken_mlflow_does_not_lose_the_report(runs: Path) -> None:
    """What is wrong with it is said in one line."""
    (runs / "mlflow.db").write_bytes(b"no database" * 1000)
    written = report(runs, "s")
    assert written.html.exists()
    assert written.mlflow.startswith("MLflow has not got the report: ")
    assert "MLflow's store cannot be written or read" in written.mlflow
    assert len(written.mlflow.splitlines()) == 1


def test_nor_does_a_server_that_is_away(runs: Path) -> None:
    """It is asked once, and named; the folder's own store is not looked for."""
    url = f"http://127.0.0.1:{free_port()}"
    written = write_report(runs, "s", None, None, lambda _: None, url)
    assert written.html.exists()
    assert written.mlflow.startswith(f"MLflow has not got the report: {url}: the MLflow server")


def test_nor_does_any_other_trouble_of_mlflow(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kind is named; the report is written by then."""

    def attach(*_: object) -> bool:
        raise RuntimeError("of its own")

    (runs / "mlflow.db").touch()
    monkeypatch.setattr("fashion_bench.tracking.experiments.attach", attach)
    assert report(runs, "s").mlflow == "MLflow has not got the report: RuntimeError in it"


@pytest.mark.parametrize(
    ("found", "said"),
    [(True, "MLflow has it, as report.html of s"), (False, "MLflow has no run of s")],
)
def test_what_became_of_it_in_mlflow_is_said(
    runs: Path, monkeypatch: pytest.MonkeyPatch, found: bool, said: str
) -> None:
    """The very page goes to the run of the study, where there is one."""
    (runs / "mlflow.db").touch()
    given = list[tuple[Any, ...]]()

    def attach(*arguments: Any) -> bool:
        given.append(arguments)
        return found

    monkeypatch.setattr("fashion_bench.tracking.experiments.attach", attach)
    written = report(runs, "s")
    assert written.mlflow == said
    ((folder, study, *told),) = given
    assert (folder, study.name) == (runs, "s")
    assert told == ["report.html", written.html.read_text("utf-8"), None]


def test_the_command_prints_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two paths on standard output, what MLflow has of it beside them; with --json one value."""
    asked = list[tuple[object, ...]]()

    def write(*arguments: object, trust_code: bool) -> Written:
        asked.append((*arguments[:4], trust_code))
        page = tmp_path / "s.html"
        markdown = tmp_path / "s.md"
        return Written(html=page, markdown=markdown, pictures=tmp_path / "s", mlflow=NO_STORE)

    monkeypatch.setattr("fashion_bench.app.report.write_report", write)
    words = ["report", "s", "--runs", "r", "--out", "o", "--data", "d"]
    said = CliRunner().invoke(cli, words)
    assert (said.exit_code, said.stderr) == (0, f"{NO_STORE}\n")
    assert said.stdout == f"{tmp_path / 's.html'}\n{tmp_path / 's.md'}\n"
    as_json = json.loads(CliRunner().invoke(cli, [*words, "--json", "--trust-code"]).stdout)
    assert as_json == {"html": str(tmp_path / "s.html"), "markdown": str(tmp_path / "s.md")}
    assert asked == [(Path("r"), "s", Path("o"), Path("d"), trusted) for trusted in (False, True)]
