"""Whether somebody who opens the bare address gets to the trials can only a real browser tell."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fashion_bench.app.live import write_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.tracking.auth import PASSWORD, USER
from fashion_bench.tracking.server import running_server
from tests.app.test_front_door import live_of
from tests.arms_page import PATIENCE_MS, open_browser
from tests.finished import Finished, copy_runs
from tests.mlflow_server import free_port

pytestmark = pytest.mark.browser

SECRET = "twelve or more"
WIDTHS = {1280: 900, 390: 844}  # pixels: a laptop, a telephone


@contextmanager
def _served(folder: Path, finished: Finished, password: str | None) -> Iterator[tuple[str, Path]]:
    runs, port = copy_runs(finished.runs, folder / "runs"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(PASSWORD, raising=False)
        if password is not None:
            patch.setenv(PASSWORD, password)
        with running_server(runs, host="127.0.0.1", port=port):
            yield f"http://127.0.0.1:{port}", runs


@pytest.fixture(scope="module", params=[None, SECRET], ids=["open", "password"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, finished: Finished
) -> Iterator[tuple[str, Path, str | None]]:
    """The server of a study and an experiment, its runs, and its password if it asks for one."""
    with _served(tmp_path_factory.mktemp("served"), finished, request.param) as (url, runs):
        yield url, runs, request.param


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with open_browser() as browser:
        yield browser


@contextmanager
def _fresh(browser: Browser, width: int, password: str | None) -> Iterator[Page]:
    """Open a page of a browser that has never been here."""
    login = None if password is None else {"username": USER, "password": password}
    size = {"width": width, "height": WIDTHS[width]}
    context: BrowserContext = browser.new_context(viewport=size, http_credentials=login)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield page
    context.close()


def _study(page: Page, name: str):
    return page.locator("article").filter(has=page.get_by_role("heading", name=name, exact=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_bare_address_is_one_click_from_the_trials(served, browser, width, tmp_path):
    """The start page fits, and its first link of a study shows its trials, nothing over them."""
    url, _, password = served
    with _fresh(browser, width, password) as page:
        page.goto(url)
        study = _study(page, "s")
        expect(study.get_by_text("Ahead so far: ")).to_be_visible()
        assert page.url == f"{url}/start"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"start-{width}.png", full_page=True)
        study.get_by_role("link").first.click()
        expect(page.get_by_text("8 matching runs", exact=True)).to_be_visible()
        best = page.get_by_role("link", name=re.compile("^(dropout|none)-[0-9] ")).first
        expect(best).to_be_in_viewport(ratio=0.5)
        _expect_nothing_over(page)
        page.screenshot(path=tmp_path / f"trials-{width}.png")


@pytest.mark.parametrize("served", [None], indirect=True, ids=["open"])
@pytest.mark.parametrize("shows", ["a trial", "a comparison", "the experiments", "a study"])
def test_a_link_into_mlflow_opens_among_models(served, browser, shows, tmp_path):
    """Sent to somebody else, it shows what it is of, as model training, with nothing over it."""
    url, _, password = served
    with _fresh(browser, 1280, password) as page:
        page.goto(url)
        study = _study(page, "s")
        run = study.get_by_role("link", name="Report and files").get_attribute("href")
    found = re.fullmatch(r"\./(#/experiments/(\d+)/runs)/(\w+)", run)
    links = {
        "a trial": (f"{found[1]}/{found[3]}", "study s"),
        "a comparison": (
            f'#/compare-runs?runs=["{found[3]}"]&experiments=["{found[2]}"]',
            "Comparing 1 Runs from 1 Experiment",
        ),
        "the experiments": ("#/experiments", re.compile("^Does it run[?]")),  # the answer follows
        "a study": (found[1], "study s"),
    }
    link, told = links[shows]
    with _fresh(browser, 1280, password) as page:
        page.goto(f"{url}/{link}")
        expect(page.get_by_text(told, exact=True).first).to_be_visible()
        _expect_nothing_over(page)
        page.screenshot(path=tmp_path / f"{shows}.png")


@pytest.mark.parametrize("served", [None], indirect=True, ids=["open"])
def test_what_runs_is_seen_going_on(served, browser, tmp_path):
    """The page shows running trials and reads them again by itself."""
    url, runs, password = served
    folder = RunsFolder(runs)
    write_live(folder, "s", live_of(running=3, trials_done=5))
    with _fresh(browser, 390, password) as page, folder.driving("s"):
        page.goto(f"{url}/start")
        study = _study(page, "s")
        expect(study.get_by_text("5 of 1,024 trials")).to_be_visible()
        expect(study.get_by_role("progressbar")).to_have_count(3)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=tmp_path / "running.png", full_page=True)
        write_live(folder, "s", live_of(running=4, trials_done=6))
        expect(study.get_by_text("6 of 1,024 trials")).to_be_visible()
        expect(study.get_by_role("progressbar")).to_have_count(4)
    folder.live("s").unlink()


def _expect_nothing_over(page: Page) -> None:
    """Expect neither the Assistant, nor a dialogue, nor the notice of data that nobody collects."""
    expect(page.get_by_text("Model training", exact=True).first).to_be_attached()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("usage data", exact=False)).to_have_count(0)
    expect(page.get_by_text("Traces 0", exact=False)).to_have_count(0)
    assert page.evaluate("localStorage['mlflow.assistant.panelOpen_v1']") == "false"
