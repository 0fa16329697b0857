"""A study in stages, run for real: survey, search, confirmation, each going on where it stopped."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from fashion_bench.analysis.document import Listing, Picture
from fashion_bench.analysis.plots.importances import Importances
from fashion_bench.analysis.stages import Stages
from fashion_bench.app import sync, writer
from fashion_bench.app.browse import read_studies, read_study, remove_study, sync_studies
from fashion_bench.app.doctor import examine
from fashion_bench.app.options import PromoteOptions, RunOptions
from fashion_bench.app.promote import promote
from fashion_bench.app.recorder import Mirrored
from fashion_bench.app.report import make_report
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.cli import cli
from fashion_bench.config import TrialConfig
from fashion_bench.errors import StudyError
from fashion_bench.plan import Plan
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.search.spec import ExperimentSpec, parse_toml
from fashion_bench.text import as_markdown
from fashion_bench.training.loop import rows_of
from tests.app.conftest import Listener
from tests.app.small_files import write

STUDY = """
name = "s"
question = "Does dropout help?"
seed = 3
model = "mlp"
epochs = 2

[fixed]
source = "synthetic"
train_images = 600
valid_images = 300
hidden2 = 8

[nuisance]
hidden = [8, 16]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = { low = 0.05, high = 0.6 }

[survey]
points = 4

[search]
generation = 2
startup = 4

[budget]
trials_per_arm = 4

[confirm]
seeds = 3

[[enqueue]]
hidden = 16
lr = 1e-3
dropout = 0.25
"""
ALONE = ("[survey]\npoints = 4\n", ""), ("dropout = 0.25\n", 'dropout = 0.25\narm = "dropout"\n')
TOTAL = 2_000  # made-up images


def listed(study: StudyRecord) -> list[tuple[object, ...]]:
    """The lists of trials of all stages, bit for bit."""
    return [
        (t.trial_id, dict(t.params), t.config, t.value, t.checkpoint_sha256)
        for stage in study.stages
        for t in stage.trials
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the study was run, and nothing went wrong."""
    folder = tmp_path_factory.mktemp("whole")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    run_study(write(folder, STUDY), options, Listener())
    return folder / "runs"


@pytest.fixture
def confirmed(runs: Path, options: RunOptions) -> RunOptions:
    """A copy of it, this process to train in, and no MLflow."""
    copytree(runs, options.runs)
    return options


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the survey alone was run; not to be written to."""
    folder = tmp_path_factory.mktemp("surveyed")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    run_study(write(folder, STUDY.partition("[search]")[0]), options, Listener())
    return folder / "runs"


@pytest.fixture(scope="module")
def whole(runs: Path) -> StudyRecord:
    """The study as it is when nothing goes wrong."""
    return read_study(runs, "s")


def test_the_stages_are_trained_in_their_order(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """Five points, four trials and three seeds of each arm; given again, nothing is trained."""
    file = write(tmp_path, STUDY)
    first = run_study(file, options, listener)
    again = run_study(file, options, listener)
    assert (first.trained, again.trained) == (24, 0)
    assert listed(first.study) == listed(whole) == listed(again.study)
    assert [(one.name, len(one.trials)) for one in first.study.stages] == [
        ("s.survey", 10),
        ("s", 8),
        ("s.confirm", 6),
    ]
    assert "At most 48 epochs: survey 5 trials of each arm, search 4, confirm 3" in listener.lines


def test_the_search_is_told_of_the_survey(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """Its sampler learns from the first trial on, and its trials keep their seeds."""
    study = run_study(write(tmp_path, STUDY, *ALONE), options, listener).study
    assert [t.config.seed for t in study.of_arm("none")] == [
        t.config.seed for t in whole.of_arm("none")
    ]
    assert [t.params["lr"] for t in study.of_arm("none")] != [
        t.params["lr"] for t in whole.of_arm("none")
    ]


def test_the_best_are_confirmed_on_images_that_chose_none(whole: StudyRecord) -> None:
    """Each arm's best of the search again; no image that validated the search validates them."""
    assert whole.confirm is not None
    for arm in whole.arms:
        best = max(whole.of_arm(arm), key=lambda trial: trial.value or 0)
        confirmed = whole.confirm.of_arm(arm)
        assert [dict(trial.params) for trial in confirmed] == [dict(best.params)] * 3
    judging = images(whole.trials[0].config, "valid")
    seen = set[int]()
    for trial in whole.confirm.trials:
        valid = images(trial.config, "valid")
        assert not valid & judging
        assert not valid & images(trial.config, "train")
        seen |= valid
    assert seen <= images(whole.trials[0].config, "train")


def images(config: TrialConfig, part: str) -> set[int]:
    """Return which images a trial trains on or is validated on."""
    return {*getattr(rows_of([config], TOTAL), part)[0].tolist()}


@pytest.mark.parametrize("stage", ["survey", "search", "confirm"])
def test_stopped_in_any_stage_it_goes_on(
    stage: str,
    tmp_path: Path,
    options: RunOptions,
    whole: StudyRecord,
) -> None:
    """Stopped after a generation of any stage, the same command ends with the same trials."""
    file = write(tmp_path, STUDY)
    with pytest.raises(KeyboardInterrupt):
        run_study(file, options, stopping_in(stage))
    at_rest = read_study(options.runs, "s")
    assert sum(len(one.trials) for one in at_rest.stages) < 24
    assert listed(run_study(file, options, Listener()).study) == listed(whole)


def stopping_in(stage: str) -> Listener:
    """Return a reporter that stops the run when trials of a stage are to be trained."""
    names = {"survey": "s.survey", "search": "s", "confirm": "s.confirm"}

    class Stopping(Listener):
        now = ""

        def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
            self.now = plan.name

        def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
            if self.now == names[stage]:
                raise KeyboardInterrupt

    return Stopping()


def test_a_confirmed_study_does_not_grow(
    tmp_path: Path, confirmed: RunOptions, listener: Listener
) -> None:
    """Its winners were chosen from the trials there were; more would be a second look."""
    with pytest.raises(StudyError, match="is confirmed, and its winners were chosen"):
        run_study(write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 6")), confirmed, listener)


def test_a_search_may_grow_before_it_is_confirmed(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Stopped in its search, it may be given more; the survey stays as it is."""
    with pytest.raises(KeyboardInterrupt):
        run_study(write(tmp_path, STUDY), options, stopping_in("search"))
    grown = write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 6"))
    study = run_study(grown, options, listener).study
    assert [len(one.trials) for one in study.stages] == [10, 12, 6]


def test_a_survey_alone(surveyed: Path) -> None:
    """Without a search there is nothing else, and every command can tell of it."""
    study = read_study(surveyed, "s")
    assert [(one.name, len(one.trials)) for one in study.stages] == [("s.survey", 8), ("s", 0)]
    for command in (["study", "show", "s"], ["compare", "s"], ["study", "list"]):
        result = CliRunner().invoke(cli, [*command, "--runs", str(surveyed)])
        assert result.exit_code == 0, result.output


def test_an_arm_without_a_complete_trial_is_not_confirmed(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """What cannot be chosen cannot be confirmed, which is told; the other stages stand."""
    too_fast = ("lr = { low = 1e-4, high = 1e-2, log = true }", "lr = [1e37, 1e38]")
    file = write(tmp_path, STUDY, too_fast, ("lr = 1e-3\n", "lr = 1e37\n"))
    study = run_study(file, options, listener).study
    assert study.confirm is None
    assert any(line.startswith("Nothing is confirmed: s") for line in listener.lines)


def test_stages_are_listed_shown_checked_and_removed_with_their_study(
    tmp_path: Path, with_mlflow: RunOptions, listener: Listener
) -> None:
    """A stage has a row, pages in MLflow and files of its own; it goes with its study alone."""
    finished = run_study(write(tmp_path, STUDY), with_mlflow, listener)
    runs = with_mlflow.runs
    assert [*finished.mirrored.links] == [
        "survey: none / dropout",
        "none / dropout",
        "trials",
        "runs",
        "confirm: none / dropout",
    ]
    assert [study.name for study in read_studies(runs)] == ["s"]
    rows = CliRunner().invoke(cli, ["study", "list", "--runs", str(runs)]).output
    assert [line.split()[0] for line in rows.splitlines() if line.strip().startswith("s")] == [
        "s",
        "s.survey",
        "s.confirm",
    ]
    found = [one for one in examine(runs, None) if one.about.startswith("study ")]
    assert {one.about: one.state for one in found} == {
        "study s": "ok",
        "study s.survey": "ok",
        "study s.confirm": "ok",
    }
    with pytest.raises(StudyError, match=r"s\.survey: is a stage of a study; name"):
        remove_study(runs, "s.survey")
    remove_study(runs, "s")
    assert RunsFolder(runs).ledger().names() == ()
    assert not [*(runs / "trials").glob("s*/")]


def test_mlflow_tells_of_each_stage_what_it_answers(
    runs: Path, whole: StudyRecord, listener: Listener
) -> None:
    """The notes of a stage and of its arms end with its own verdict, those of the search with both.

    A stage is no search: of its trials no best one is told that may be luck.
    """
    sync_studies(runs, listener.say)
    told, query = Stages(whole).by_stage, "SELECT value FROM tags JOIN runs USING (run_uuid) "
    own = {"s.survey": {"survey"}, "s": {"survey", "confirm"}, "s.confirm": {"confirm"}}
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        for name, stages in own.items():
            where = "JOIN experiments e USING (experiment_id) WHERE e.name = ? AND key = ?"
            notes = connection.execute(query + where, [name, MLFLOW_RUN_NOTE]).fetchall()
            assert len(notes) == 3, name  # of the stage and of its two arms
            for (note,) in notes:
                assert {
                    stage for stage, answer in told.items() if as_markdown(answer) in note
                } == stages
                assert "which may be luck" not in note


def test_the_pictures_of_a_search_are_drawn_while_it_is_confirmed(
    runs: Path, whole: StudyRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They change no more; at the end only those of the confirmation are left to draw."""
    said, confirm = list[str](), whole.confirm
    assert confirm is not None
    folder, drawn = RunsFolder(copytree(runs, tmp_path / "runs")), sync.study_pictures

    def draw(folder: RunsFolder, study: StudyRecord, *shares: Importances) -> dict[str, sync.File]:
        said.append(study.name)
        return drawn(folder, study, *shares)

    class Messages:
        def get(self) -> object:
            said.append("asked what comes")
            return (folder, confirm) if len(said) == 1 else confirm

        def empty(self) -> bool:
            return True

    monkeypatch.setattr(sync, "study_pictures", draw)
    monkeypatch.setattr(writer, "study_pictures", draw)
    ours, theirs = Pipe()
    writer.main(theirs, Messages())
    assert said == ["asked what comes", "s", "asked what comes", "s.confirm"]
    told = ours.recv()
    while not isinstance(told, Mirrored):
        told = ours.recv()
    assert told.problem is None
    assert len([*folder.folder.glob("artifacts/s/*/artifacts/history.png")]) == 1


def test_workers_change_nothing(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """Two processes end with the trials of one."""
    two = replace(options, workers=2)
    assert listed(run_study(write(tmp_path, STUDY), two, listener).study) == listed(whole)


def test_of_a_confirmed_study_promote_only_writes_the_experiment(
    confirmed: RunOptions, whole: StudyRecord, listener: Listener
) -> None:
    """Each arm's first by the search, with its margin; nothing is trained, nothing chosen anew."""
    promoted = promote("s", PromoteOptions(), confirmed, listener)
    (text,) = (listing.text for listing in promoted.all(Listing))
    spec = parse_toml(text, "e")
    assert isinstance(spec, ExperimentSpec)
    for arm, written in spec.arms.items():
        best = max(whole.of_arm(arm), key=lambda trial: trial.value or 0)
        assert {name: best.params[name] for name in written} == written
    assert RunsFolder(confirmed.runs).ledger().names() == ("s", "s.survey", "s.confirm")
    trials = [trial for stage in whole.stages for trial in stage.trials]
    assert isinstance(spec.seeds, tuple)
    assert not {*spec.seeds} & {trial.config.seed for trial in trials}


def test_a_study_that_is_not_confirmed_yet_is_not_promoted(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Its confirmation comes first, by the same command."""
    with pytest.raises(KeyboardInterrupt):
        run_study(write(tmp_path, STUDY), options, stopping_in("confirm"))
    with pytest.raises(StudyError, match="s: is not confirmed yet; run the study on to its end"):
        promote("s", PromoteOptions(), options, listener)


@pytest.mark.parametrize("command", ["compare", "report", "study promote", "study rm --yes"])
def test_a_stage_by_itself_is_told_of_its_study(command: str, confirmed: RunOptions) -> None:
    """What is asked of a whole study is refused of one stage, in one line."""
    words = [*command.split(), "s.survey", "--runs", str(confirmed.runs)]
    error = CliRunner().invoke(cli, words).exception
    assert str(error) == "s.survey: is a stage of a study; name the whole study, s"


def test_a_report_draws_where_the_effect_holds(runs: Path, listener: Listener) -> None:
    """The answers stand at its head, and the survey's picture in it."""
    report = make_report(runs, "s", None, listener.say)
    assert report.answer.startswith("Over the space: ")
    assert "effects" in [picture.name for picture in report.all(Picture)]


def test_a_confirmed_study_may_be_given_time(
    tmp_path: Path, confirmed: RunOptions, listener: Listener
) -> None:
    """A limit for what hangs changes no trial that ends."""
    patient = ("per_arm = 4", "per_arm = 4\ntrial_minutes = 5.0")
    assert run_study(write(tmp_path, STUDY, patient), confirmed, listener).trained == 0


def test_what_is_amended_is_told_of_a_survey_alone(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """There is no search to tell it, nor what was fixed in every trial."""
    alone = STUDY.partition("[search]")[0].replace("seed = 3", "seed = 3\nmargin = 1.0")
    run_study(write(tmp_path, alone), options, listener)
    run_study(write(tmp_path, alone, ("margin = 1.0", "margin = 50.0")), options, listener)
    result = CliRunner().invoke(cli, ["compare", "s", "--runs", str(options.runs)])
    assert "margin was changed from 1.0 to 50.0 when the results of 8 trials" in result.output
    assert "fixed in every trial" in result.output
    with pytest.raises(StudyError, match="s: searched nothing"):
        promote("s", PromoteOptions(), options, listener)


def test_a_search_that_ends_by_the_clock_is_confirmed(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Its minutes are those of the search; what it had by then is confirmed."""
    clock = ("per_arm = 4", "per_arm = 40\nminutes = 0.0001")
    study = run_study(write(tmp_path, STUDY, clock), options, listener).study
    assert [len(one.trials) for one in study.stages] == [10, 4, 6]
    result = CliRunner().invoke(cli, ["compare", "s", "--runs", str(options.runs)])
    assert "each arm's 2 trials in the search" in " ".join(result.output.split())
