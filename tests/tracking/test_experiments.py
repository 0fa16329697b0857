from dataclasses import replace

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE

from fashion_bench.tracking.arms import Figures
from fashion_bench.tracking.backend import artifact_root, tracking_uri
from fashion_bench.tracking.experiments import page_links, remove_study


def test_a_removed_study_is_gone_and_its_name_free(runs, make_mirror, make_study, make_trial):
    """After removal neither the experiment nor its files are left, and it can be synced anew."""
    trials = [make_trial()]
    for _ in range(2):
        assert make_mirror().sync_trials(trials, files=lambda _: {"a.txt": b"a"}) == 1
        remove_study(runs, make_study())
        assert MlflowClient(tracking_uri(runs)).get_experiment_by_name("mlp") is None
        assert not (artifact_root(runs) / "mlp").exists()


def test_removing_what_is_not_there_is_no_error(runs, make_study, tmp_path):
    """A study that was never synced can be removed, and no store is made for that."""
    remove_study(runs, make_study())
    remove_study(tmp_path, make_study())
    assert not (tmp_path / "mlflow.db").exists()


def test_a_removal_that_was_cut_off_goes_on(runs, make_mirror, make_study, monkeypatch):
    """Renamed and not yet deleted, the experiment is deleted by the repeated step."""
    experiment_id = make_mirror().links("")["runs"].split("/")[3]
    away = iter([MlflowException("locked", TEMPORARILY_UNAVAILABLE), None])
    delete = MlflowClient.delete_experiment

    def once_away(client, experiment_id):
        if error := next(away):
            raise error
        delete(client, experiment_id)

    monkeypatch.setattr(MlflowClient, "delete_experiment", once_away)
    remove_study(runs, make_study())
    removed = MlflowClient(tracking_uri(runs)).get_experiment(experiment_id)
    assert (removed.name, removed.lifecycle_stage) == (f"mlp (removed, {experiment_id})", "deleted")


def test_the_pages_of_what_is_there_are_told(runs, make_mirror, make_study):
    """Of a study that MLflow has, its views and its run; of another nothing is made."""
    study = make_study()
    assert page_links(runs / "none", [study]) == {}
    mirror = make_mirror()
    mirror.sync_study(study, Figures(), files={})
    other = replace(study, name="other")
    found = page_links(runs, [study, other])
    assert list(found) == [study.name]
    run = found[study.name].pop("study")
    assert found[study.name] == mirror.links(".")
    experiment = found[study.name]["runs"].split("/")[3]
    assert run.startswith(f"./#/experiments/{experiment}/runs/")
    assert page_links(runs, [replace(study, created_at=1.0)]) == {}
