from rich.console import Group
from rich.text import Text

from fashion_bench.analysis.report.document import Table, tables_of
from fashion_bench.analysis.text import new_table, summary_text
from tests.analysis.conftest import make_study, make_trial


def test_a_table_keeps_its_words() -> None:
    """Title, header, cells and caption are those of the terminal, each cell on one line."""
    told = new_table("Means", "best", "n")
    told.caption = "n: trials"
    told.add_row(Text("  plain"), "0.9000 ± 0.0100\n(n = 2)", "3")
    assert tables_of(told) == (
        Table(
            title="Means",
            header=("arm", "best", "n"),
            rows=(("plain", "0.9000 ± 0.0100 (n = 2)", "3"),),
            note="n: trials",
        ),
    )


def test_every_row_has_a_name() -> None:
    """A name that a terminal shows once, above its rows, is in each of them."""
    told = new_table("Means", "n")
    for name, n in (("plain", "1"), ("", "2"), ("dropout", "1")):
        told.add_row(name, n)
    (table,) = tables_of(told)
    assert table.rows == (("plain", "1"), ("plain", "2"), ("dropout", "1"))


def test_all_tables_are_found() -> None:
    """Those in groups within groups too, in their order; text between them is no table."""
    told = Group(Text("a"), Group(new_table("one"), Text("b")), new_table("two"))
    assert [table.title for table in tables_of(told)] == ["one", "two"]


def test_the_tables_of_a_study_are_those_of_the_terminal() -> None:
    """What is told of a study is in the report as well."""
    tables = tables_of(summary_text(make_study(make_trial())))
    assert [table.rows[0][0] for table in tables] == ["plain", "plain"]
    assert "0.9000" in tables[1].rows[0]
