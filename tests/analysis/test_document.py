import json
from operator import itemgetter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.document import (
    Answer,
    Block,
    Column,
    Data,
    Document,
    Facts,
    Listing,
    Notes,
    Picture,
    Placeholder,
    Section,
    Table,
    Text,
    columns_of,
    paths_document,
    unless_empty,
)
from fashion_bench.analysis.rendering.pages import html_page
from fashion_bench.analysis.rendering.plain import json_text, plain
from fashion_bench.analysis.views.study import summary_document
from tests.analysis.conftest import make_study, make_trial, printed
from tests.generated import markdown_block

ROWS: tuple[dict[str, Any], ...] = (
    {"arm": "[plain]", "best": 0.9, "n": 1_000, "on": "a | b", "kept": (1, 2)},
    {"arm": "dropout", "best": None, "n": 2, "on": "`c`", "kept": ()},
)
MEANS: Table[dict[str, Any]] = Table(
    title="Means",
    columns=(
        *columns_of("arm", kind="words"),
        *columns_of("best"),
        Column("n", lambda row: f"{row['n']:,}\n(kept: {len(row['kept'])})"),
        *columns_of("on", kind="word"),
    ),
    rows=ROWS,
    note="n: trials",
    key="means",
)


def document_of(*blocks: Block) -> Document:
    """Return a document of one section without a heading."""
    return Document(sections=(Section(blocks=blocks),))


def test_a_table_keeps_its_words() -> None:
    """Title, headings, cells and note are the terminal's; a page has each cell on one line."""
    assert printed(document_of(MEANS)) == (
        "Means\n\n"
        " arm         best           n   on\n"
        " ────────────────────────────────────\n"
        " [plain]   0.9000       1,000   a | b\n"
        "                    (kept: 2)\n"
        " dropout        –           2   `c`\n"
        "                    (kept: 0)\n"
        "\n"
        "n: trials\n"
    )
    assert markdown_block(MEANS) == (
        "**Means**\n\n"
        "| arm | best | n | on |\n"
        "| --- | ---: | ---: | --- |\n"
        "| [plain] | 0.9000 | 1,000 (kept: 2) | a \\| b |\n"
        "| dropout | – | 2 (kept: 0) | \\`c\\` |\n"
        "\n"
        "n: trials\n"
    )


def test_json_has_the_records_themselves() -> None:
    """All fields of all rows, shown or not, by the key of the table; without one, the rows."""
    rows = json.loads(json.dumps(ROWS))
    some = Table(columns=MEANS.columns, rows=ROWS, shown=ROWS[:1], key="means")
    assert plain(document_of(some)) == {"means": rows}
    assert plain(document_of(Table(columns=MEANS.columns, rows=ROWS))) == rows


def test_rows_stand_below_their_group() -> None:
    """A heading of its own on a terminal; on a page a row with a name alone."""
    rows = (("a", "one", "1"), ("a", "two", "2"), ("b", "one", "3"))
    columns = (Column("", itemgetter(1), "words"), Column("n", itemgetter(2)))
    table = Table(columns=columns, rows=rows, group=itemgetter(0))
    assert printed(document_of(table)).split() == [
        "n",
        "─────────",
        "a",
        "one",
        "1",
        "two",
        "2",
        "b",
        "one",
        "3",
    ]
    assert "| a |  |\n| one | 1 |\n| two | 2 |\n| b |  |\n" in markdown_block(table)
    assert html_page(document_of(table)).count('scope="colgroup"') == 2


def test_every_row_has_a_name() -> None:
    """A name that a terminal shows once, beside its lines, is in each row of a page."""
    rows = (("plain", "1\n2"), ("dropout", "1"))
    columns = (Column("arm", itemgetter(0), "words"), Column("n", itemgetter(1)))
    table = Table(columns=columns, rows=rows, several=True)
    assert printed(document_of(table)).split()[-5:] == ["plain", "1", "2", "dropout", "1"]
    assert markdown_block(table).endswith("| plain | 1 |\n| plain | 2 |\n| dropout | 1 |\n")


def test_a_table_that_shows_nothing_is_for_json_alone() -> None:
    """No reader is shown headings without a row."""
    nothing = unless_empty(Table(columns=MEANS.columns, rows=ROWS, shown=(), key="means"))
    assert nothing == Data(values={"means": ROWS})
    assert unless_empty(MEANS) is MEANS


def test_blocks_are_found_by_their_kind() -> None:
    """Those of all sections, in their order; what stands between them is left out."""
    answer, word = Answer(sentence="yes"), Text(words="a")
    sections = (Section(blocks=(word, MEANS)), Section(title="b", blocks=(answer, word, MEANS)))
    document = Document(sections=sections)
    assert document.all(Table) == (MEANS, MEANS)
    assert (document.answer, document_of(word).answer) == ("yes", "")


def test_a_terminal_is_shown_every_kind_of_block() -> None:
    """The answer first; of a picture its words; what JSON alone has is not there."""
    blocks = (
        Text(words="one two", strong="two"),
        Answer(sentence="yes"),
        Notes(sentences=("a", "b"), key="notes"),
        Facts(title="the same", pairs={"lr": 0.00123456, "epochs": 4}, key="same"),
        Facts(title="nothing", pairs={}),
        Picture(name="curve", alt="A curve.", content=b""),
        Placeholder(what="Weights", why="they are gone"),
        Data(values={"more": 1}),
        Listing(text=f"{'x' * 100}\n  y\n"),
    )
    document = Document(title="t", question="?", sections=(Section(title="All", blocks=blocks),))
    assert printed(document).splitlines() == [
        "yes",
        "",
        "t",
        "?",
        "All",
        "one two",
        "* a",
        "* b",
        "* the same: lr 0.001235, epochs 4",
        "A curve.",
        "Weights: not shown, they are gone",
        "x" * 100,
        "  y",
    ]
    assert plain(document) == {
        "answer": "yes",
        "notes": ["a", "b"],
        "same": {"lr": 0.00123456, "epochs": 4},
        "more": 1,
    }


def test_paths_are_lines() -> None:
    """As they are, however long; JSON has each by what it holds."""
    paths = {"trials": Path("a" * 200), "epochs": Path("b")}
    assert printed(paths_document(paths)) == f"{'a' * 200}\nb"
    assert plain(paths_document(paths)) == {"trials": "a" * 200, "epochs": "b"}


@given(st.recursive(st.floats() | st.integers() | st.text(), lambda x: st.lists(x) | st.tuples(x)))
def test_whatever_a_record_holds_is_json(value: object) -> None:
    """What is not finite is null."""
    told = plain(document_of(Data(values={"value": value})))
    assert json.loads(json_text(told)) == told


def test_the_tables_of_a_study_are_those_of_the_terminal() -> None:
    """What is told of a study is in the report as well."""
    tables = summary_document(make_study(make_trial())).all(Table)
    assert [next(table.lines)[0] for table in tables] == ["plain"] * 3
    assert "0.9000" in next(tables[2].lines)
