"""Text of a person's: what may enter, by one check for every door, and how Markdown is told it."""

import re

from fashion_bench.errors import HIDDEN, SpecError, visible

LONGEST = 1000  # characters
_WHITE = re.compile(r"\s+")
_CODE = re.compile(r"(`[^`]+`)")
# What Markdown, or HTML in it, takes for more than a letter: a bracket where it may end a link, "_"
# at the edge of a word. What counts at the start of a line alone (a list, a heading) is not here:
# no line starts with a user's words.
_SPECIAL = re.compile(r"[\\`*<|&~#$]|\](?=[(\[])|(?<!\w)_|_(?!\w)")


def checked_text(text: str, where: str) -> str:
    """Return a text of one line that may be kept for good and shown anywhere.

    Args:
        text: a question, a reason, a name: whatever a person wrote.
        where: what an error names.

    Raises:
        SpecError: it is too long, or has a character that a terminal obeys or nobody sees.
    """
    if (problem := problem_of(text)) is not None:
        what, remedy = problem
        raise SpecError(where, what, remedy=remedy)
    return text


def problem_of(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text, and what to do; ``None`` where nothing is."""
    if len(text) > LONGEST:
        return f"{len(text):,} characters long", f"say it in at most {LONGEST:,}"
    if found := re.search(rf"[\t\n]|{HIDDEN.pattern}", text):
        where = f"{ascii(found[0])[1:-1]} at character {found.start() + 1}"
        return f"holds a control or an unseen character ({where})", "leave it out"
    return None


def escape_markdown(text: str) -> str:
    """Return a text as one line of Markdown that reads as the text does."""
    return _SPECIAL.sub(r"\\\g<0>", _WHITE.sub(" ", visible(text)))


def as_markdown(sentence: str) -> str:
    """Return a sentence of ours likewise; what stands between backticks is code and stays so."""
    parts = _CODE.split(_WHITE.sub(" ", sentence))
    return "".join(part if place % 2 else escape_markdown(part) for place, part in enumerate(parts))
