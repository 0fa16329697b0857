"""Files that a kill left behind and nothing needs; none of them carries a result."""

import os
from pathlib import Path

from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.planning import plan_of
from fashion_bench.search.spec import parse
from fashion_bench.training.files import Files, trial_of, writer_of

__all__ = ["is_leftover", "leftovers"]


def leftovers(files: Files, ledger: Ledger, study: StudyRecord) -> list[Path]:
    """Return the left-over files of a study that nobody runs.

    They are the states of trials whose generation is in the ledger, and what dead processes
    had not finished writing.
    """
    plan = plan_of(parse(study.spec, study.name), study.name)
    done = {record.trial_id for record in ledger.past(plan).records}
    states = [
        path for path in (files.folder / "resume").glob("[!.]*@*.pt") if trial_of(path) in done
    ]
    return sorted([*states, *_halves(files.folder)])


def is_leftover(folder: Path) -> bool:
    """Whether a study's folder holds nothing but states and what was not finished writing."""
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return all(path.parent == folder / "resume" or writer_of(path) for path in files)


def _halves(folder: Path) -> list[Path]:
    """Return the files that ``write_whole`` had begun in processes that are gone."""
    begun = ((path, writer_of(path)) for path in folder.rglob(".*") if path.is_file())
    return [path for path, process in begun if process and not _lives(process)]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True
