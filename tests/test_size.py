"""The size of the package: smaller is a feature. ``python -m tests.test_size`` prints it."""

import ast
import io
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "fashion_bench"
MOST_FILES, MOST_CODE, LONGEST = 261, 24_850, 400
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(source: str) -> int:
    """Count the lines that hold code: no blanks, comments or docstrings."""
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT and token.type != tokenize.ENDMARKER:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            held -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(held)


def sources() -> dict[str, str]:
    """The package's modules, by their path in it."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {str(path.relative_to(PACKAGE)): path.read_text("utf-8") for path in paths}


def test_code_is_counted_without_words() -> None:
    """Two statements, one of them over two lines."""
    text = '"""A module."""\n\n# a comment\nx = (1 +\n     2)\n\ndef f():\n    "A docstring."\n'
    assert code_lines(text + "    return x  # why\n") == 4


def test_the_package_stays_small() -> None:
    """In files, in lines of code, and in the length of a file, but for the command line's."""
    texts = sources()
    assert len(texts) <= MOST_FILES
    assert sum(map(code_lines, texts.values())) <= MOST_CODE
    long = {name: text.count("\n") for name, text in texts.items() if text.count("\n") > LONGEST}
    assert set(long) <= {"cli.py"}, long


if __name__ == "__main__":
    found = sources()
    print(len(found), "files,", sum(map(code_lines, found.values())), "lines of code")
