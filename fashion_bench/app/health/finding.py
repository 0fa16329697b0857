"""A finding of the doctor: what was looked at, what was found, what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from fashion_bench.errors import FashionBenchError

Fix = Literal["mirror", "leftovers"]
FIXES: tuple[Fix, ...] = get_args(Fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of what the doctor says.

    Attributes:
        about: what was looked at.
        state: ``"note"`` is for information alone.
        says: what was found.
        remedy: what to do about a problem.
        fix: what to give to ``--fix`` to have it done; ``None`` where nothing does.
    """

    about: str
    state: Literal["ok", "note", "problem"]
    says: str
    remedy: str = ""
    fix: Fix | None = None


def problem(about: str, says: str, remedy: str = "", *, fix: Fix | None = None) -> Finding:
    """Return that something is wrong, and what to do: where a fix mends it, to ask for that."""
    remedy = f"`fashion-bench doctor --fix {fix}`" if fix else remedy
    return Finding(about=about, state="problem", says=says, remedy=remedy, fix=fix)


def looked(about: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """Look at one thing; if that is impossible, that is the finding."""
    try:
        return look()
    except FashionBenchError as error:
        given = "" if error.given is None else f" ({error.given})"
        says, remedy = f"{error.where}: {error.problem}{given}", error.remedy
    except OSError as error:
        says, remedy = str(error), "see that it can be read and written"
    return [problem(about, says, remedy)]
