"""What follows from the declarations: ``python -m tests.generated`` writes it anew.

The JSON schemas that editors read, and the table of parameters in ``studies/README.md``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from fashion_bench.analysis.document import Block, Document, Section, Table
from fashion_bench.analysis.rendering.pages import markdown_page
from fashion_bench.app.parameters import parameters_document
from fashion_bench.search.schema import schema

ROOT = Path(__file__).parent.parent
TABLE = re.compile(r"(?<=<!-- parameters -->\n).*?(?=<!-- end -->)", re.DOTALL)


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each file with what it should hold."""
    yield ROOT / "studies/study.schema.json", f"{json.dumps(schema('study'), indent=2)}\n"
    experiments = f"{json.dumps(schema('experiment'), indent=2)}\n"
    yield ROOT / "experiments/experiment.schema.json", experiments
    page = ROOT / "studies/README.md"
    (table,) = parameters_document().all(Table)
    yield page, TABLE.sub(lambda _: f"{markdown_block(table).strip()}\n", page.read_text("utf-8"))


def markdown_block(block: Block) -> str:
    """Return a block alone as Markdown, for a page that has more."""
    return markdown_page(Document(sections=(Section(blocks=(block,)),)))


if __name__ == "__main__":
    for path, text in generated():
        path.write_text(text, "utf-8")
