"""A folder of runs that was moved, copied or reached by another path: ``tracking/addresses.py``."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree
from threading import Barrier, Thread

import pytest
from mlflow import MlflowClient
from mlflow.utils.file_utils import local_file_uri_to_path

from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.addresses import bring_in_line, moved_from
from fashion_bench.tracking.arms import Figures
from fashion_bench.tracking.backend import FolderBackend, artifact_root, tracking_uri
from fashion_bench.tracking.experiments import attach, runs_of
from fashion_bench.tracking.mlflow_mirror import Mirror

Trials = Callable[..., TrialRecord]
Studies = Callable[..., StudyRecord]


def sync(runs: Path, study: StudyRecord, *numbers: TrialRecord) -> None:
    """Send some trials, each with a file."""
    Mirror(runs, study).sync_trials(numbers, files=lambda t: {"id.txt": t.trial_id.encode()})


def places(runs: Path) -> Iterator[Path]:
    """Where the store of a folder says that its experiments and runs have their files."""
    client = MlflowClient(tracking_uri(runs))
    for experiment in client.search_experiments():
        yield Path(local_file_uri_to_path(experiment.artifact_location))
        for run in runs_of(client, experiment.experiment_id):
            yield Path(local_file_uri_to_path(run.info.artifact_uri))


def backup(runs: Path) -> Path:
    """The store as it was before."""
    return runs / "backups" / "mlflow-before-move.db"


@pytest.mark.parametrize("name", ["moved", "a longer name, 50% #1", "größer & 'other'"])
def test_a_moved_folder_keeps_its_files(
    runs: Path, make_study: Studies, make_trial: Trials, tmp_path: Path, name: str
) -> None:
    """What was there is found where the folder is now, new ones get there, too."""
    study = make_study()
    sync(runs, study, make_trial(number=0))
    before = (runs / "mlflow.db").stat().st_size
    here = runs.rename(tmp_path / name)
    assert moved_from(here / "mlflow.db", here) == [runs]
    sync(here, study, make_trial(number=0), make_trial(number=1))
    assert moved_from(here / "mlflow.db", here) == []
    assert all(place.is_relative_to(here) for place in places(here))
    files = sorted(path.read_text() for path in here.glob("artifacts/mlp/*/artifacts/id.txt"))
    assert files == ["mlp.dropout-0", "mlp.dropout-1"]
    assert not runs.exists()
    assert backup(here).stat().st_size >= before


def test_a_folder_that_stays_is_left_alone(
    runs: Path, make_study: Studies, make_trial: Trials
) -> None:
    """By whatever path it is reached, nothing is written and no backup made."""
    FolderBackend(runs).open()  # the fixture's store was made elsewhere
    backup(runs).unlink()
    sync(runs, make_study(), make_trial())
    link = runs.with_name("linked")
    link.symlink_to(runs)
    sync(link, make_study(), make_trial(number=1))
    assert moved_from(link / "mlflow.db", link) == []
    assert not backup(runs).exists()
    assert all(place.is_relative_to(runs) for place in places(link))


def test_a_copy_and_its_original_go_on_apart(
    runs: Path, make_study: Studies, make_trial: Trials, tmp_path: Path
) -> None:
    """Each writes below itself, also where one lies in the other."""
    study = make_study()
    sync(runs, study, make_trial(number=0))
    copies = [tmp_path / "copy", runs / "archive" / "runs"]
    copytree(runs, copies[0])
    copytree(copies[0], copies[1])
    for number, folder in enumerate([runs, *copies], 1):
        sync(folder, study, make_trial(number=number))
        assert all(place.is_relative_to(artifact_root(folder)) for place in places(folder))
        assert len(list(folder.glob("artifacts/mlp/*/artifacts/id.txt"))) == 2


def test_a_report_of_a_moved_folder_stays_in_it(
    runs: Path, make_study: Studies, make_trial: Trials, tmp_path: Path
) -> None:
    """Attaching one is writing, too."""
    study = make_study(make_trial())
    Mirror(runs, study).sync_study(study, Figures(), files={})
    here = runs.rename(tmp_path / "moved")
    assert attach(here, study, "report.html", "x")
    assert len(list(here.glob("artifacts/mlp/*/artifacts/report.html"))) == 1
    assert not runs.exists()


def test_what_a_person_keeps_elsewhere_stays_there(
    runs: Path, make_study: Studies, make_trial: Trials, tmp_path: Path
) -> None:
    """Another folder, a bucket and a name that only begins alike; a model beside our runs moves."""
    sync(runs, make_study(), make_trial())
    client = MlflowClient(tracking_uri(runs))
    theirs = ["s3://bucket/x", (tmp_path / "other").as_uri(), f"{runs.as_uri()}-2/artifacts/x"]
    made = [client.create_experiment(f"theirs-{n}", place) for n, place in enumerate(theirs)]
    (mine,) = client.search_experiments(filter_string="name = 'mlp'")
    model = client.create_logged_model(mine.experiment_id, name="m")
    client.create_registered_model("r")
    client.create_model_version("r", model.artifact_location)
    here = runs.rename(tmp_path / "moved")
    client = FolderBackend(here).open()
    assert [client.get_experiment(each).artifact_location for each in made] == theirs
    assert client.get_logged_model(model.model_id).artifact_location.startswith(here.as_uri())
    assert client.get_model_version("r", "1").source.startswith(here.as_uri())


def test_all_addresses_change_or_none(
    runs: Path, make_study: Studies, make_trial: Trials, tmp_path: Path
) -> None:
    """A statement that fails undoes those before it; once it can be, it is done."""
    sync(runs, make_study(), make_trial())
    here = runs.rename(tmp_path / "moved")
    with closing(sqlite3.connect(here / "mlflow.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER t BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        bring_in_line(here)
    assert not any(place.is_relative_to(here) for place in places(here))
    with closing(sqlite3.connect(here / "mlflow.db")) as connection, connection:
        connection.execute("DROP TRIGGER t")
    bring_in_line(here)
    assert all(place.is_relative_to(here) for place in places(here))


def test_two_that_open_it_at_once_change_it_once(
    runs: Path, make_study: Studies, make_trial: Trials, tmp_path: Path
) -> None:
    """Both find it in line afterwards."""
    sync(runs, make_study(), make_trial())
    here, barrier = runs.rename(tmp_path / "moved"), Barrier(2)

    def open_it() -> None:
        barrier.wait()
        FolderBackend(here).open()

    threads = [Thread(target=open_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(place.is_relative_to(here) for place in places(here))
