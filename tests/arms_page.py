"""What MLflow's page of the arms shows, read from its charts, and the sums it is to equal."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import fsum
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fashion_bench.app.browse import read_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.sync import open_mirror
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.tracking.server import running_server
from tests.finished import start
from tests.mlflow_server import free_port

FILE = """
name = "many"
question = "Does the page show all trials?"
seed = 1
model = "mlp"
epochs = 2

[fixed]
source = "synthetic"
train_images = 256
valid_images = 256
hidden = 8
hidden2 = 8

[nuisance]
lr = {{ low = 1e-3, high = 1e-1, log = true }}

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = {{ low = 0.1, high = 0.5 }}

[search]
sampler = "random"
generation = {generation}

[budget]
trials_per_arm = {trials_per_arm}
"""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 120_000

Lines = Mapping[tuple[str, str], Mapping[int, float]]

# The lines of every chart, unrounded, as the library that draws them holds them.
_DRAWN = """all => all.flatMap(one => one.data).filter(line => line.metricKey).map(
    line => [line.name, line.metricKey, Array.from(line.x), Array.from(line.y)])"""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser; without one the test is skipped."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser) -> Iterator[Page]:
    """A page of its own, which knows nothing of the one before."""
    page = browser.new_page(viewport={"width": 1700, "height": 1200})
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield page
    page.close()


def assert_true_of_all_trials(folder: Path, *, trials: int, generation: int) -> None:
    """Run a study of two arms; the page of its arms shows what the whole ledger comes to.

    Args:
        folder: to run it in; a picture of the page stays there.
        trials: of both arms together.
        generation: trials of an arm in one.
    """
    file, runs = folder / "many.toml", folder / "runs"
    file.write_text(FILE.format(generation=generation, trials_per_arm=trials // 2))
    with start("study", "run", file, "--runs", runs, "--workers", "1") as run:
        printed = run.communicate()
    assert run.returncode == 0, printed
    study, port = read_study(runs, "many"), free_port()
    assert len(study.trials) == trials
    expected = means(study)
    with (
        running_server(runs, host="127.0.0.1", port=port),
        open_browser() as browser,
        open_page(browser) as page,
    ):
        link = open_mirror(RunsFolder(runs), study).links(f"http://127.0.0.1:{port}")
        page.goto(link["none / dropout"])
        expect(page.get_by_text("2 matching runs", exact=True).first).to_be_visible()
        for metric in ("valid_accuracy/mean", "train_loss/mean"):
            page.get_by_text(f"none ({metric})", exact=True).first.scroll_into_view_if_needed()
            shown = lines_shown(page, metric, study.arms)
            for arm in study.arms:
                assert shown[arm, metric] == pytest.approx(expected[arm, metric], abs=1e-9, rel=0)
        page.screenshot(path=folder / "arms.png")


def lines_shown(page: Page, metric: str, arms: tuple[str, ...]) -> Lines:
    """Return the lines of a page's charts by arm and metric, once each arm's of a metric is there.

    Each is its values by epoch.
    """
    charts = page.locator(".js-plotly-plot")
    for arm in arms:
        expect(page.get_by_text(f"{arm} ({metric})", exact=True).first).to_be_visible()
    return {
        (arm, of): {int(step): float(value) for step, value in zip(x, y, strict=True)}
        for arm, of, x, y in charts.evaluate_all(_DRAWN)
    }


def means(study: StudyRecord) -> Lines:
    """Return what plain sums over the whole ledger come to: means over the complete trials."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for arm in study.arms:
        complete = [t for t in study.of_arm(arm) if t.outcome is Outcome.COMPLETE]
        for name in ("valid_accuracy", "train_accuracy", "valid_loss", "train_loss"):
            by_epoch: dict[int, list[float]] = {}
            for trial in complete:
                for epoch in trial.history:
                    by_epoch.setdefault(epoch.epoch, []).append(getattr(epoch, name))
            found[arm, f"{name}/mean"] = {e: fsum(v) / len(v) for e, v in by_epoch.items()}
    return found
