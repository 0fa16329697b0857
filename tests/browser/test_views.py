"""The form of a saved view is internal to MLflow's page: only a real browser can tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fashion_bench.app.sync import arm_report
from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.records import Epoch, Outcome, StudyRecord, TrialRecord
from fashion_bench.tracking.arms import Figures
from fashion_bench.tracking.mlflow_mirror import Mirror
from fashion_bench.tracking.server import running_server
from tests.arms_page import open_browser, open_page
from tests.mlflow_server import free_port
from tests.plans import make_plan

pytestmark = pytest.mark.browser

START = 1_800_000_000.0


def _trial(arm: str, number: int) -> TrialRecord:
    """Return a made-up trial; each arm's last one is pruned, so that it is in one view only."""
    dropout = 0.1 + number / 10 if arm == "dropout" else 0.0
    pruned = number == 3
    history = tuple(
        Epoch(
            epoch=epoch,
            train_loss=1.2 / epoch + dropout / 5,
            train_accuracy=0.9 - 0.2 / epoch - dropout / 10,
            valid_loss=1 / epoch + number / 100,
            valid_accuracy=0.89 - 0.15 / epoch + (0.005 if dropout else 0) - number / 500,
            seconds=1.5,
            ended_at=START + 60 * number + 1.5 * epoch,
        )
        for epoch in range(1, 3 if pruned else 7)
    )
    return TrialRecord(
        study="mlp_dropout",
        arm=arm,
        number=number,
        generation=0,
        trial_id=f"mlp_dropout.{arm}-{number}",
        config=TrialConfig(
            recipe=Recipe(epochs=6),
            arguments=(250, 100),
            hyper=Hyper(lr=0.001 * (number + 1), dropout=dropout),
            seed=number,
            split_seed=7,
        ),
        params={"hidden": 250, "lr": 0.001 * (number + 1), "dropout": dropout},
        outcome=Outcome.PRUNED if pruned else Outcome.COMPLETE,
        reason="",
        history=history,
        checkpoint_sha256=None,
        ended_at=history[-1].ended_at,
    )


def _fill(runs: Path) -> Mirror:
    trials = tuple(_trial(arm, number) for arm in ("dropout", "none") for number in range(4))
    study = StudyRecord(
        name="mlp_dropout",
        question="Does dropout between the hidden layers help a small MLP?",
        plan=make_plan(("dropout", "none")),
        arms=("dropout", "none"),
        planned=8,
        trials=trials,
        created_at=START - 5,
        varying=("lr", "dropout"),
        provenance={"git_commit": "c0ffee", "data_digest": "d" * 64},
    )
    mirror = Mirror(runs, study)
    mirror.sync_trials(trials, files=lambda _: {})
    told = Figures(
        metrics={"importance/lr": 0.7},
        answer="It does.",
        arms=[arm_report(study, arm, over=True) for arm in study.arms],
    )
    mirror.sync_study(study, told, files={})
    return mirror


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The links to a study of two arms with four made-up trials each, on a running server."""
    runs = tmp_path_factory.mktemp("runs")
    mirror = _fill(runs)
    port = free_port()
    with running_server(runs, host="127.0.0.1", port=port):
        yield mirror.links(f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own, which knows nothing of the one before."""
    with open_page(browser) as page:
        yield page


def _see(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text, exact=True).first).to_be_visible()


def test_the_arms_are_seen_side_by_side(links, page, tmp_path):
    """The arms' view shows a run of each, its means and quartiles in one chart, and the answer."""
    page.goto(links["dropout / none"])
    _see(page, "Validation: mean and quartiles", "Validation and training: mean", "It does.")
    for arm in ("dropout", "none"):
        _see(page, f"{arm} (valid_accuracy/mean)", f"{arm} (valid_accuracy/lower_quartile)")
    _see(page, "2 matching runs")
    page.screenshot(path=tmp_path / "arms.png")


def test_every_trial_is_seen_the_best_first(links, page, tmp_path):
    """The trials' view lists all trials flat by accuracy, with their parameters in parallel."""
    page.goto(links["trials"])
    _see(page, "Trials, the best 100 first")
    _see(page, "Parallel Coordinates", "8 matching runs")
    names = page.get_by_role("link", name="dropout").or_(page.get_by_role("link", name="none"))
    listed = names.filter(has_text=" lr ")
    expect(listed).to_have_count(8)
    page.screenshot(path=tmp_path / "trials.png")
    expect(listed.nth(0)).to_contain_text("dropout-0 ")
    expect(listed.nth(1)).to_contain_text("dropout-1 ")


def test_the_plain_list_is_there_without_a_view(links, page):
    """The link to fall back on shows the study's own run among its trials."""
    page.goto(links["runs"])
    _see(page, "study mlp_dropout", "11 matching runs")


def test_the_studys_run_opens_on_its_answer(links, page, tmp_path):
    """Its page tells question and answer first, and leads to the arms."""
    page.goto(links["runs"])
    page.get_by_role("link", name="study mlp_dropout").click()
    _see(page, "It does.")
    page.screenshot(path=tmp_path / "study.png")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="dropout / none", exact=True).click()
    _see(opened.value, "2 matching runs")
