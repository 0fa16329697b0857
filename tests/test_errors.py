"""What a user is told when the package cannot go on."""

import errno
import os
from pathlib import Path

import pytest

from fashion_bench import errors
from fashion_bench.app.health.machine import machine_findings
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import FashionBenchError, MachineError, unwritable
from fashion_bench.training.files import write_whole
from tests.faults.disks import mounted


def descendants(kind: type[FashionBenchError]) -> list[type[FashionBenchError]]:
    """A kind and all the kinds of it."""
    return [kind, *(found for sub in kind.__subclasses__() for found in descendants(sub))]


KINDS = descendants(FashionBenchError)


def test_an_error_says_where_what_and_what_to_do() -> None:
    """The place, the problem and the remedy make one sentence."""
    error = FashionBenchError("study.toml: space.lr", "is negative", remedy="give a rate above 0")
    assert str(error) == "study.toml: space.lr: is negative; give a rate above 0"


def test_an_error_shows_what_was_given() -> None:
    """The offending value appears as it would be written."""
    error = FashionBenchError("space.lr", "is no number", given="fast", remedy="give a number")
    assert str(error) == "space.lr: is no number (given: 'fast'); give a number"


def test_a_value_of_0_is_shown() -> None:
    """Only a value that was not given is left out."""
    assert "(given: 0)" in str(FashionBenchError("epochs", "is 0", given=0, remedy="give 1"))


def test_an_error_is_one_line() -> None:
    """Whatever goes into it, the message has no line break."""
    error = FashionBenchError("a\nb", "c\n\n d", remedy="e\tf")
    assert str(error) == "a b: c d; e f"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_its_parts(kind: type[FashionBenchError]) -> None:
    """A caller can read the parts, and catch the family."""
    error = kind("where", "problem", given=1, remedy="remedy")
    assert isinstance(error, FashionBenchError)
    assert (error.where, error.problem, error.given, error.remedy) == (
        "where",
        "problem",
        1,
        "remedy",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_exit_code_tells_the_user_from_the_machine(kind: type[FashionBenchError]) -> None:
    """2 where the user can mend it, 1 where the machine failed."""
    assert kind.exit_code == (1 if issubclass(kind, MachineError) else 2)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """The module's docstring draws every kind."""
    assert errors.__doc__ is not None
    drawn = {word for word in errors.__doc__.split() if word.endswith("Error")}
    assert drawn == {kind.__name__ for kind in KINDS}


# What keeps from writing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "No space left on device; free space, or go"),
        (
            errno.EDQUOT,
            "your quota is used up (Disk quota exceeded); remove files of yours, have it raised, "
            "or go",
        ),
        (errno.EROFS, "Read-only file system; go"),
        (errno.EIO, "Input/output error; go"),
        (errno.ENOTDIR, "Not a directory; move away what is in its place, or go"),
        (errno.ENAMETOOLONG, "File name too long; go"),
    ],
)
def test_what_keeps_from_writing_is_told_with_what_mends_it(
    tmp_path: Path, number: int, said: str
) -> None:
    """A full disk wants room, a quota another, and what only the place can mend says no more."""
    told = unwritable(tmp_path / "f", OSError(number, os.strerror(number)), "go")
    assert str(told) == f"{tmp_path}/f: cannot be written: {said}"


def test_a_file_where_a_folder_would_be_is_named(tmp_path: Path) -> None:
    """It is what to move away, not the file that cannot be written."""
    (tmp_path / "studies").touch()
    with pytest.raises(MachineError, match=f"; move away {tmp_path}/studies, or name another"):
        write_whole(tmp_path / "studies" / "own" / "s.toml", b"x")


@pytest.mark.parametrize("other", [True, False])
def test_who_may_not_write_is_told_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    """A folder of the host that a container is given has the host's owner: both are numbers."""
    owner = tmp_path.stat().st_uid
    user = owner + other
    monkeypatch.setattr(os, "geteuid", lambda: user)
    told = str(unwritable(tmp_path / "runs" / "trials", PermissionError(13, "No"), "go"))
    whose = f"cannot be written: No (for user id {user}; {tmp_path} is of user id {owner}); "
    mend = f"be that user (docker: --user {owner}), `chown -R {user} {tmp_path}`, or go"
    assert told.endswith(whose + (mend if other else "make it writable, or go"))


def test_a_disk_that_takes_no_more_files_is_told_from_a_full_one(tmp_path: Path) -> None:
    """Of a real one: with bytes free, by what writes weights, by who drives, by the doctor."""
    with mounted(tmp_path / "disk", files=2) as disk:
        (disk.folder / "last").touch()
        for write in (
            lambda: write_whole(disk.folder / "x.pt", b"x"),
            lambda: RunsFolder(disk.folder / "runs").driving("s").__enter__(),
        ):
            with pytest.raises(
                MachineError, match=r"no inodes \(files\) are left; remove files, or"
            ):
                write()
        full = [one for one in machine_findings(disk.folder, None) if one.about == "disk"]
        assert [one.state for one in full] == ["problem"]
        assert "no inodes (files) are left" in full[0].says
        (disk.folder / "last").unlink()
        few = [one for one in machine_findings(disk.folder, None) if one.about == "disk"]
        assert few[0].remedy == "remove files, or have your quota of them raised"
