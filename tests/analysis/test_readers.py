"""Whatever is shown of a study is equal in a terminal, JSON, HTML, Markdown, MLflow and Python."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any

import pandas as pd
import pytest
from mlflow.entities import Run
from pydantic import TypeAdapter
from pydantic_core import core_schema
from rich.console import Console

from fashion_bench import arms_table, differences, trials_table
from fashion_bench.analysis.document import Document, Table
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.plots import embedding
from fashion_bench.analysis.rendering.pages import html_page, markdown_page
from fashion_bench.analysis.rendering.plain import json_text, plain
from fashion_bench.analysis.rendering.terminal import print_document
from fashion_bench.analysis.views.study import show_document
from fashion_bench.app.browse import read_study
from fashion_bench.app.compare import compare
from fashion_bench.app.report import make_report
from fashion_bench.records import StudyRecord
from fashion_bench.tracking.backend import FolderBackend
from tests.finished import Finished

Cells = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Readers:
    """A study compared, as each reader has it.

    Attributes:
        study: as the ledger holds it.
        document: what is declared of its comparison.
        terminal: the document on a terminal, its lines.
        html: the page of its report.
        markdown: the same as Markdown.
        told: the document as JSON, read back; of its trials, too.
        runs: of its trials in MLflow's store by trial id, and its own by its name.
    """

    study: StudyRecord
    document: Document
    terminal: list[str]
    html: "Page"
    markdown: str
    told: dict[str, Any]
    runs: dict[str, Run]


class Page(HTMLParser):
    """What a browser makes of a page: the rows of its tables, and its answer."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.answer = ""
        self._into = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where text goes."""
        self._into = (
            "answer" if ("class", "answer") in attrs else tag if tag != "code" else self._into
        )
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """Note that text goes nowhere."""
        self._into = self._into if tag == "code" else ""

    def handle_data(self, data: str) -> None:
        """Note text."""
        if self._into == "answer":
            self.answer += data
        elif self._into in {"td", "th"}:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module", params=["s", "e"], ids=["study", "experiment"])
def readers(request: pytest.FixtureRequest, finished: Finished) -> Readers:
    """A study, then an experiment, that real processes ran and sent to MLflow."""
    name = request.param
    study, document = read_study(finished.runs, name), compare(finished.runs, name).document
    with pytest.MonkeyPatch.context() as patch:  # t-SNE of all images takes seconds
        patch.setattr(embedding, "MOST_IMAGES", 20)
        report = make_report(finished.runs, name, None, lambda _: None)
    console = Console(width=1000, color_system=None)
    with console.capture() as capture:
        print_document(document, console)
    client = FolderBackend(finished.runs).open()
    (experiment,) = client.search_experiments(filter_string=f"name = '{name}'")
    runs = client.search_runs([experiment.experiment_id])
    return Readers(
        study=study,
        document=document,
        terminal=capture.get().splitlines(),
        html=Page(html_page(report)),
        markdown=markdown_page(report, name),
        told=json.loads(json_text(plain(document) | plain(show_document(study)))),
        runs={run.data.tags.get("trial_id", run.info.run_name): run for run in runs},
    )


def rows_of(table: Table[Any]) -> Iterator[Cells]:
    """Yield the rows of a table as pages have them, cell by cell."""
    for name, *cells in table.lines:
        parts = [cell.split("\n") if table.several else [" ".join(cell.split())] for cell in cells]
        yield from ((name, *line) for line in zip_longest(*parts))


def test_the_answer_is_equal(readers: Readers) -> None:
    """One sentence at the head of every reader."""
    answer = readers.document.answer
    assert readers.terminal[0] == answer
    assert readers.told["answer"] == answer
    assert readers.html.answer == answer.replace("`", "")
    (line,) = [one for one in readers.markdown.splitlines() if one.startswith("**Answer:** ")]
    assert without_escapes(line.removeprefix("**Answer:** ")) == answer


def _of_text(*_: object) -> core_schema.CoreSchema:
    """Let pydantic read a metric back from its name."""
    return core_schema.no_info_plain_validator_function(Metric)


Metric.__get_pydantic_core_schema__ = classmethod(_of_text)  # type: ignore[attr-defined]


def without_escapes(markdown: str) -> str:
    """Return what a line of Markdown says."""
    return re.sub(r"\\(?=[^\w\s])", "", markdown)


def test_every_table_is_in_the_terminal_and_on_both_pages(readers: Readers) -> None:
    """Its title and headings, and row by row each cell to the letter."""
    terminal = [line.split() for line in readers.terminal]
    markdown = [without_escapes(line) for line in readers.markdown.splitlines()]
    tables = readers.document.all(Table)
    assert len(tables) > 2
    for table in tables:
        header = [column.heading for column in table.columns]
        assert header in readers.html.rows
        assert f"| {' | '.join(header)} |" in markdown
        assert f"**{table.title}**" in markdown
        assert table.title in (line.strip() for line in readers.terminal)
        for name, *cells in table.lines:
            several = zip_longest(*(cell.split("\n") for cell in cells), fillvalue="")
            for place, line in enumerate(several):
                shown = " ".join((*([] if place else [name]), *line)).split()
                assert shown in terminal
        for row in rows_of(table):
            assert [cell for cell in row if cell or any(row[1:])] in readers.html.rows
            assert f"| {' | '.join(row)} |" in markdown


def test_json_has_what_the_tables_show(readers: Readers) -> None:
    """The columns make of its rows, read back, the very texts that the others show."""
    tables = (*readers.document.all(Table), *show_document(readers.study).all(Table))
    for table in tables:
        told = readers.told[table.key]
        assert len(told) == len(table.rows)
        first = table.rows[0]
        kind = TypeAdapter(type(first) if is_dataclass(first) else dict[str, Any])
        for row, data in zip(table.rows, told, strict=True):
            if row in (table.rows if table.shown is None else table.shown):
                again = kind.validate_python(data)
                assert [c.text(again) for c in table.columns] == [
                    c.text(row) for c in table.columns
                ]


def test_python_has_what_json_has(readers: Readers) -> None:
    """The arms, the differences and the trials as data frames, to the last digit."""
    study, told = readers.study, readers.told
    arms = told["scores" if study.kind == "experiment" else "arms"]
    pd.testing.assert_frame_equal(arms_table(study), pd.json_normalize(arms, sep="_"))
    if study.kind == "experiment":
        found = differences(study).set_index(["metric", "a", "b"])
        assert len(found) == len(told.get("comparisons", ()))
    for one in told.get("comparisons", ()):
        row, statistics = found.loc[(one["metric"], one["a"], one["b"])], one["statistics"]
        assert (row["n"], row["left_out"]) == (len(one["seeds"]), one["left_out"])
        assert row["verdict"] == statistics["verdict"]
        for name in ("mean", "p", "adjusted_p", "superiority"):
            assert row[name] == statistics[name]
        for prefix in ("", "adjusted_"):
            interval = statistics[f"{prefix}interval"]
            assert (row[f"{prefix}low"], row[f"{prefix}high"]) == (
                interval["low"],
                interval["high"],
            )
    trials = trials_table(study).set_index("trial_id")
    for trial in told["trials"]:
        row = trials.loc[trial["trial_id"]]
        for name in ("arm", "outcome", "value", "epochs", "seconds", "seed", "test_accuracy"):
            assert trial[name] is None or row[name] == trial[name]
        for name, value in trial["params"].items():
            assert row[f"params_{name}"] == value


def test_mlflow_has_what_json_has(readers: Readers) -> None:
    """Of each trial its value, epochs, scores and parameters; of the study its counts and bests."""
    told = readers.told
    [of_study] = [run.data for run in readers.runs.values() if run.data.tags["kind"] == "study"]
    counts = told["finished"], told["planned"]
    assert (of_study.tags["trials"], of_study.tags["planned"]) == tuple(map(str, counts))
    for arm in told["arms"]:
        assert of_study.metrics[f"best/{arm['arm']}"] == arm["best"]
        [of_arm] = [run.data for run in readers.runs.values() if _is_arm(run, arm["arm"])]
        assert of_arm.tags["trials"] == str(arm["trials"])
    ids = {trial["trial_id"] for trial in told["trials"]}
    assert len(readers.runs) == 1 + len(told["arms"]) + len(ids)
    for trial in told["trials"]:
        run = readers.runs[trial["trial_id"]].data
        assert run.metrics["best/valid_accuracy"] == trial["value"]
        assert run.metrics.get("test/accuracy") == trial["test_accuracy"]
        assert (run.tags["arm"], run.tags["outcome"]) == (trial["arm"], trial["outcome"])
        for name, value in trial["params"].items():
            assert run.params[name] == str(value)


def _is_arm(run: Run, arm: str) -> bool:
    return (run.data.tags["kind"], run.data.tags.get("arm")) == ("arm", arm)
