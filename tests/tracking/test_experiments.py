from mlflow import MlflowClient

from fashion_bench.tracking.experiments import remove_study, study_links
from fashion_bench.tracking.store import artifact_root, tracking_uri


def test_a_removed_study_is_gone_and_its_name_free(runs, make_mirror, make_trial):
    """After removal neither the experiment nor its files are left, and it can be synced anew."""
    trials = [make_trial()]
    for _ in range(2):
        assert make_mirror().sync_trials(trials, files=lambda _: {"a.txt": b"a"}) == 1
        remove_study(runs, "mlp")
        assert MlflowClient(tracking_uri(runs)).get_experiment_by_name("mlp") is None
        assert not (artifact_root(runs) / "mlp").exists()


def test_removing_what_is_not_there_is_no_error(runs):
    """A study that was never synced can be removed."""
    remove_study(runs, "mlp")


def test_every_study_has_links_and_nothing_else_has(runs, make_mirror):
    """Links are given for the studies in the store, not for MLflow's own default experiment."""
    own = make_mirror().links("http://127.0.0.1:5000")
    assert study_links(runs, "http://127.0.0.1:5000") == {"mlp": own}
