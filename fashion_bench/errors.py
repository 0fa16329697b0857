"""What this package tells its user when it cannot go on: one line, never a traceback.

::

    FashionBenchError        something the user can mend                exit code 2
    ├── SpecError            a study or experiment file is wrong
    ├── CodeError            code of the user's is not there, not trusted, or does what it may not
    ├── StudyError           a stored study is unknown, differs from its file, or is being driven
    │   └── NotSentError     it was removed meanwhile, or a person deleted it in MLflow
    ├── DataError            a data folder or data file is missing, cut or foreign
    ├── DeviceError          the device asked for is not there
    ├── CheckpointError      a checkpoint is missing, corrupt or not ours
    └── MachineError         the machine failed: disk, network, database exit code 1
        ├── CohortMemoryError  a cohort does not fit into memory
        ├── SegmentError       trials could not be trained, and nobody knows whose fault it is
        └── GpuError           a GPU failed; in a new process it may work

Anything else that is raised is a bug and keeps its traceback.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path


class FashionBenchError(Exception):
    """A mistake with an address: where it is, what is wrong, what was given, what to do.

    Args:
        where: the file, folder or name it concerns, with a dotted path where there is one.
        problem: what is wrong, as a short clause.
        remedy: what the reader should do, as an imperative.
        given: the offending value, shown as written; left out when ``None``.
    """

    exit_code = 2

    def __init__(
        self, where: object, problem: str, *, remedy: str, given: object | None = None
    ) -> None:
        self.where, self.problem, self.remedy, self.given = str(where), problem, remedy, given
        got = "" if given is None else f" (given: {given!r})"
        super().__init__(" ".join(visible(f"{where}: {problem}{got}; {remedy}").split()))

    def __reduce__(self) -> tuple[object, ...]:  # to cross to another process
        rebuild = partial(type(self), self.where, self.problem, remedy=self.remedy)
        return partial(rebuild, given=self.given), (), self.__dict__


class SpecError(FashionBenchError):
    """A study or experiment file asks for something that cannot be."""


class CodeError(FashionBenchError):
    """Code of the user's cannot be had, was not allowed to run, or does what it may not."""


class StudyError(FashionBenchError):
    """A stored study is unknown, differs from its file, or is being driven elsewhere."""


class NotSentError(StudyError):
    """Nothing of a study is sent to MLflow: it was removed, or a person deleted it there."""


class DataError(FashionBenchError):
    """A data folder or file is missing, cut, or not what was published."""


class DeviceError(FashionBenchError):
    """The device asked for is not on this machine."""


class CheckpointError(FashionBenchError):
    """A checkpoint is missing, corrupt, or was not written by this package."""


class MachineError(FashionBenchError):
    """The machine, not the user, failed: disk full or read-only, no network, database away."""

    exit_code = 1


class CohortMemoryError(MachineError):
    """A cohort does not fit into the device's memory; one of fewer lanes may."""


class SegmentError(MachineError):
    """Trials could not be trained, and nobody knows whether they or the machine are to blame.

    Attributes:
        trials: their ids, all of one segment.
        after: the epoch that they had reached before it.
        how: it ended, as a few words.
    """

    trials: tuple[str, ...] = ()
    after: int = 0
    how: str = ""


class GpuError(MachineError):
    """A GPU, its driver or its libraries failed: no later call of this process could use it."""


# What keeps from writing -------------------------------------------------------------------------


def unwritable(path: object, error: OSError, otherwise: str) -> MachineError:
    """Return that something cannot be written, why not, and what mends that.

    Args:
        path: what was to be written.
        error: what the system said.
        otherwise: what can be done in any case, as an imperative.
    """
    above = Path(str(path)).absolute()
    every = (above, *above.parents)  # a Path raises where it may not look
    there = next((one for one in every if os.path.exists(one)), above)  # noqa: PTH110
    said, mend = error.strerror or str(error), ""
    if error.errno == errno.ENOSPC:
        full = no_files_left(there)
        said, mend = (
            ("no inodes (files) are left", "remove files") if full else (said, "free space")
        )
    elif error.errno == errno.EDQUOT:
        said, mend = f"your quota is used up ({said})", "remove files of yours, have it raised"
    elif error.errno in (errno.EACCES, errno.EPERM):
        user, owner = os.geteuid(), there.stat().st_uid
        said = f"{said} (for user id {user}; {there} is of user id {owner})"
        mend = f"be that user (docker: --user {owner}), `chown -R {user} {there}`"
        mend = "make it writable" if user == owner else mend
    elif error.errno in (errno.EEXIST, errno.EISDIR, errno.ENOTDIR):
        mend = f"move away {'what is in its place' if there.is_dir() else there}"
    remedy = f"{mend}, or {otherwise}" if mend else otherwise
    return MachineError(path, f"cannot be written: {said}", remedy=remedy)


def no_files_left(folder: Path, fewest: int = 1) -> bool:
    """Whether a disk takes fewer files than this, however many bytes are free."""
    disk = os.statvfs(folder)
    return disk.f_files > 0 and disk.f_favail < fewest  # 0: it sets no limit


# What code of the user's may raise when it is run: an exit of theirs is not to be one of ours.
RAISED = (Exception, SystemExit)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from."""
    seen: set[int] = set()  # a chain may be a ring
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


# What a line says -------------------------------------------------------------------------------

# What a terminal obeys, or nobody sees: controls (but for lines and tabs), marks that turn the
# direction of text, zero widths, separators of lines, tags, and halves of a character.
HIDDEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""Return a text in which such characters can be seen, as ``\x1b``, and do nothing."""
    return HIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)


def said(error: BaseException) -> str:
    """Return what an exception of the user's code says, in its first line."""
    text = " ".join(str(error).strip().partition("\n")[0].split())
    return f"{type(error).__name__}: {shown(text, 200)}" if text else type(error).__name__


def reason(error: BaseException) -> str:
    """Return what a failed reading or writing says, in its first line and without a number."""
    told = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    return str(shown(told or type(error).__name__, 120))


def dotted(*parts: str | int) -> str:
    """Return where something is written, as ``arms.dropout.lr``; an odd key is quoted."""
    keys = map(str, parts)
    return ".".join(k if re.fullmatch(r"[\w-]{1,64}", k) else repr(k[:64]) for k in keys)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown name: use the one most like it, or one of all."""
    names = sorted(known)
    # The match is quadratic in the length of a name.
    matches = get_close_matches(name[:64], names, n=1)
    return f"did you mean {matches[0]!r}?" if matches else f"use one of {joined(names)}"


def joined(names: Iterable[str]) -> str:
    """Return names as an error may list them: not all, where there are too many."""
    return str(shown(", ".join(names), 320))


def shown(value: object, most: int = 60) -> object:
    """Return a value as an error may show it: at most so many characters, whatever was given."""
    if isinstance(value, dict | list | tuple):
        return None
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of over 64 bits"
    text = value if isinstance(value, str | float | int) else str(value)
    return text if not isinstance(text, str) or len(text) <= most else text[: most - 1] + "…"
