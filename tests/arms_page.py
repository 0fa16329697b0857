"""What MLflow's page of the arms shows, read from its charts, and the sums it is to equal."""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import fsum
from pathlib import Path
from statistics import quantiles

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fashion_bench.app.browse import read_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.sync import open_mirror, sync
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
rungs = [1, 2]

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
pruner = "halving"
eta = 2
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

LEVELS = ("mean", "lower_quartile", "upper_quartile")
SHOWN = (
    *(f"{of}/{level}" for of in ("valid_accuracy", "valid_loss") for level in LEVELS),
    *("train_accuracy/mean", "train_loss/mean"),
    *("finished/mean", "finished/best", "finished/complete", "trials/n"),
)

# The lines of every chart, unrounded, as the library that draws them holds them.
_DRAWN = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap(one => one.data)
    .filter(line => line.metricKey)
    .map(line => [line.name, line.metricKey, Array.from(line.x), Array.from(line.y)])"""
_ALL_DRAWN = f"""wanted => {{
    const drawn = new Map(({_DRAWN})().map(line => [`${{line[0]}} ${{line[1]}}`, line[2].length]));
    return wanted.every(([line, points]) => (drawn.get(line) ?? 0) >= points);
}}"""


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

    Half of its trials are pruned, so that those that a curve rests on are not all. MLflow gets no
    pictures of trials, which would take four fifths of the time and are not on this page.

    Args:
        folder: to run it in; a picture of the page stays there.
        trials: of both arms together.
        generation: trials of an arm in one.
    """
    file, runs = folder / "many.toml", folder / "runs"
    file.write_text(FILE.format(generation=generation, trials_per_arm=trials // 2))
    with start(
        "study", "run", file, "--runs", runs, "--device", "cpu", "--workers", "1", "--no-mlflow"
    ) as run:
        printed = run.communicate()
    assert run.returncode == 0, printed
    runs_folder, study = RunsFolder(runs), read_study(runs, "many")
    mirror = open_mirror(runs_folder, study)
    assert sync(runs_folder, study, mirror, files=lambda _: {}) == len(study.trials) == trials
    expected, shown = sums(study), shown_on_the_page(runs, study, folder / "arms.png")
    for line, values in expected.items():
        assert shown[line] == pytest.approx(values, abs=1e-9, rel=0), line
    counts = {arm: expected[arm, "trials/n"] for arm in study.arms}
    assert all(0 < n < trials // 2 for of_arm in counts.values() for n in of_arm.values())
    off = max(
        abs(shown[line][at] - values[at]) for line, values in expected.items() for at in values
    )
    print(f"{len(expected)} lines of {trials} trials, n by epoch {counts}: at most {off:.1e} off")


def shown_on_the_page(runs: Path, study: StudyRecord, picture: Path) -> Lines:
    """Return the lines of the charts on MLflow's page of the arms, by arm and metric."""
    port = free_port()
    with (
        running_server(runs, host="127.0.0.1", port=port),
        open_browser() as browser,
        open_page(browser) as page,
    ):
        page.set_viewport_size({"width": 1700, "height": 4000})  # charts out of sight stay empty
        link = open_mirror(RunsFolder(runs), study).links(f"http://127.0.0.1:{port}")
        page.goto(link[" / ".join(study.arms)])
        expect(page.get_by_text("2 matching runs", exact=True).first).to_be_visible()
        wanted = [(" ".join(line), len(values)) for line, values in sums(study).items()]
        page.wait_for_function(_ALL_DRAWN, arg=wanted)
        page.screenshot(path=picture)
        return {
            (arm, metric): {int(at): float(value) for at, value in zip(x, y, strict=True)}
            for arm, metric, x, y in page.evaluate(_DRAWN)
        }


def sums(study: StudyRecord) -> Lines:
    """Return what plain sums over the whole ledger come to, of the trials that are complete.

    By epoch, or what had finished by the number of an arm's trials.
    """
    found = defaultdict[tuple[str, str], dict[int, float]](dict)
    for arm in study.arms:
        trials = study.of_arm(arm)
        complete = [trial for trial in trials if trial.outcome is Outcome.COMPLETE]
        for name in ("valid_accuracy", "train_accuracy", "valid_loss", "train_loss"):
            for at in (1, 2):
                values = [getattr(trial.history[at - 1], name) for trial in complete]
                lower, _, upper = quantiles(values, n=4, method="inclusive")
                levels = (fsum(values) / len(values), lower, upper)
                for level, value in zip(LEVELS, levels, strict=True):
                    found[arm, f"{name}/{level}"][at] = value
                found[arm, "trials/n"][at] = len(values)
        for last in {trial.generation for trial in trials}:
            at = sum(trial.generation <= last for trial in trials)
            ended = [trial.value or 0.0 for trial in complete if trial.generation <= last]
            found[arm, "finished/complete"][at] = len(ended)
            found[arm, "finished/mean"][at] = fsum(ended) / len(ended)
            found[arm, "finished/best"][at] = max(ended)
    return {line: values for line, values in found.items() if line[1] in SHOWN}
