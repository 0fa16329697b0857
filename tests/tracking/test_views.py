import json
from dataclasses import replace

from fashion_bench.plan import PrunerPlan
from fashion_bench.tracking.views import view_links, view_tags
from tests.plans import planned

PREFIX = "mlflow.sharedViewState."
MLFLOW_TAG_LIMIT = 20_000


def _state_of(tags: dict[str, str], key: str) -> dict:
    return json.loads(json.loads(tags[PREFIX + key])["state"])


def test_links_lead_to_the_saved_views(make_study):
    """Every view that is linked to is written, and under the key in the link."""
    links = view_links(make_study(), "http://127.0.0.1:5000/", "3")
    shown = (links["trials"], links["dropout / none"])
    keys = {link.rpartition("viewStateShareKey=")[2] for link in shown}
    assert {PREFIX + key for key in keys} == set(view_tags(make_study()))
    assert links["dropout / none"].startswith("http://127.0.0.1:5000/#/experiments/3/runs?")


def test_views_fit_into_a_tag(make_study):
    """Views of a study that varies all there is to vary stay within MLflow's limit."""
    varying = tuple(f"hyperparameter_{number}" for number in range(12))
    tags = view_tags(replace(make_study(), varying=varying))
    assert all(len(value) < MLFLOW_TAG_LIMIT for value in tags.values())


def test_writing_a_view_again_replaces_it(make_study):
    """The same study has the same views, to the byte."""
    assert view_tags(make_study()) == view_tags(make_study())


def test_the_arms_are_shown_by_their_own_runs(make_study):
    """The arms' view shows one run of each arm, that of all its trials, and averages nothing."""
    state = _state_of(view_tags(make_study()), "arms")
    assert state["groupBy"] is None
    assert state["searchFilter"] == "tags.kind = 'arm' and tags.superseded = 'no'"


def test_the_views_say_what_they_show(make_study):
    """By their names, and by the headings of their sections; every chart is in one of these."""
    tags = view_tags(make_study())
    names = {json.loads(tags[PREFIX + key])["name"] for key in ("arms", "trials")}
    assert names == {"dropout / none", "Trials, the best 100 first"}
    for key in ("arms", "trials"):
        state = _state_of(tags, key)
        sections = {section["uuid"] for section in state["compareRunSections"]}
        assert {chart["metricSectionId"] for chart in state["compareRunCharts"]} == sections


def test_no_point_is_drawn_of_another_epoch(make_study):
    """Where a pruner stops trials, lines say at which epoch a value was; no plane mixes them."""
    study = replace(make_study(), varying=("lr",))
    for name, params, points in (("none", 1, 1), ("halving", 2, 0)):
        state = _state_of(view_tags(planned(study, pruner=PrunerPlan(name=name))), "trials")
        parallel, *others = state["compareRunCharts"]
        assert parallel["selectedParams"] == ["lr", "best_epoch"][:params]
        assert [chart["type"] for chart in others].count("SCATTER") == points


def test_an_experiment_shows_what_it_measured(make_study):
    """The test accuracy is charted where there is one, and only there."""
    plain = make_study(kind="experiment")
    turned = planned(plain, tests=("plain", "rotated"))
    study = planned(turned, tests=())  # of listed trials; none of them is measured
    charted = [
        [metric in view_tags(each)[PREFIX + "arms"] for each in (study, plain, turned)]
        for metric in ("test_accuracy/mean", "test_rotated_accuracy/mean")
    ]
    assert charted == [[False, True, True], [False, False, True]]
