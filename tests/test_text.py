"""Text of a person's: one check at every door, one escape for Markdown, one form that is seen."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.errors import HIDDEN, FashionBenchError, SpecError, visible
from fashion_bench.text import LONGEST, checked_text, escape_markdown

SEEN = ["Does it run?", "größer als 2*3", "هل يعمل؟", "ラベルは正しいか", "two\u00a0words 👍 é"]
TURNS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
UNSEEN = {
    "an escape": "\x1b[31mRED",
    "a title of the terminal": "\x1b]0;owned\x07",
    "an escape of one byte": "\x9b31m",
    "text turned round": "\u202egnp.exe",
    "text turned round within": "\u2067x\u2069",
    "a mark of direction": "a\u200fb",
    "a zero width": "ad\u200bmin",
    "a joiner": "a\u2060b",
    "a mark of byte order": "\ufeffa",
    "a line of Unicode's": "a\u2028b",
    "a line": "a\nb",
    "half a character, as of bytes that are no text": "\udcff",
    "a tag": "a\U000e0041",
}


@pytest.mark.parametrize("text", SEEN)
def test_what_people_write_may_enter(text: str) -> None:
    """Letters of every script, and what they do not type by chance, are kept as they are."""
    assert checked_text(text, "--again") == visible(text) == text


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_what_is_unseen_may_not_enter(text: str) -> None:
    """It is refused with its place, and the refusal itself shows it."""
    with pytest.raises(
        SpecError, match=r"--again: holds .* at character \d+\); leave it out"
    ) as no:
        checked_text(text, "--again")
    assert HIDDEN.search(str(no.value)) is None


def test_a_text_has_a_length() -> None:
    """One character more than that is refused."""
    checked_text("a" * LONGEST, "--again")
    with pytest.raises(SpecError, match="1,001 characters long; say it in at most 1,000"):
        checked_text("a" * (LONGEST + 1), "--again")


def test_every_control_and_separator_of_unicode_is_known() -> None:
    """Of all characters; so is each that turns the direction of a text."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        category = unicodedata.category(character)
        turns = unicodedata.bidirectional(character) in TURNS
        if (turns or category in ("Cc", "Cs", "Zl", "Zp")) and character not in "\t\n":
            assert HIDDEN.fullmatch(character), hex(number)


@given(st.text())
def test_what_is_shown_commands_nothing(text: str) -> None:
    """Whatever a text holds, what is shown of it holds nothing unseen, and may be encoded."""
    for shown in (visible(text), escape_markdown(text)):
        assert HIDDEN.search(shown) is None
        shown.encode()


def test_an_error_commands_no_terminal() -> None:
    """A name or a text in its line is shown, not obeyed."""
    error = FashionBenchError("a\x1b[2J", "says \u202eb", given="\x07", remedy="c\x9b")
    assert str(error) == r"a\x1b[2J: says \u202eb (given: '\x07'); c\x9b"


def test_markdown_reads_as_the_text_does() -> None:
    """What Markdown or HTML would take for more than letters is escaped, on one line."""
    question = "Does width<lr matter,\nor is 2*3*4 enough? ![i](http://host/x.png) seeds_a `c` _d_"
    assert escape_markdown(question) == (
        r"Does width\<lr matter, or is 2\*3\*4 enough? ![i\](http://host/x.png) seeds_a \`c\` \_d\_"
    )
