"""The header of a stored study: what each arm's Optuna study says of the whole, as an attribute."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zlib import crc32

from optuna.storages import RDBStorage

from fashion_bench.errors import StudyError
from fashion_bench.plan import study_of
from fashion_bench.records import Counted
from fashion_bench.search.bulk import trial_counts
from fashion_bench.search.rows import STUDY, refuse_foreign
from fashion_bench.search.spec import NAME

SCHEMA = 1
HEADER = "fashion_bench"  # a user attribute of each arm's study; others in the file are not ours

Header = Mapping[str, Any]


def headers_of(storage: RDBStorage) -> list[Header]:
    """Return the header of every arm's study, unchecked."""
    studies = storage.get_all_studies()  # summaries would copy every trial
    return [each.user_attrs[HEADER] for each in studies if HEADER in each.user_attrs]


def refuse_what_is_not_ours(path: Path, header: Header) -> None:
    """Refuse a header that another version wrote, or with names that we would not give.

    Raises:
        StudyError: it is one.
    """
    if header["schema"] != SCHEMA:
        raise StudyError(
            path,
            "holds a study that was written by another fashion_bench",
            given=header["study"],
            remedy="install a newer fashion_bench",
        )
    refuse_foreign(STUDY, header["study"])
    refuse_foreign(NAME, *header["arms"])


def study_counts(storage: RDBStorage, headers: Iterable[Header]) -> dict[str, Counted]:
    """Return what the trials of every study and stage come to, all arms together; none is read."""
    counts, found = trial_counts(storage), defaultdict[str, Counted](Counted)
    for header in headers:
        found[header["study"]] += counts.get(f"{header['study']}.{header['arm']}", Counted())
    return dict(found)


def unknown(path: Path, name: str, names: Collection[str]) -> StudyError:
    """Return what to say of a study that is not there, with the nearest name that is."""
    near = get_close_matches(name, names, n=1)
    known = f"; did you mean {near[0]!r}?" if near else ""
    remedy = f"see `fashion-bench study list`{known}"
    return StudyError(path, "holds no study of this name", given=name, remedy=remedy)


def stamps(storage: RDBStorage) -> dict[str, str]:
    """Return of each study, the newest first, a word that changes as what is stored of it does.

    No trial is read: that takes seconds where there are thousands. What makes no sense is left to
    who reads the study.
    """
    begun, stored = dict[str, float](), dict[str, list[object]]()
    counts = trial_counts(storage)
    for each in storage.get_all_studies():
        if (header := each.user_attrs.get(HEADER)) is not None:
            rows = [each.study_name, counts.get(each.study_name, Counted()).trials, each.user_attrs]
            stored.setdefault(name := study_of(each.study_name), []).append(rows)
            with suppress(KeyError, TypeError, ValueError):  # who reads it is told
                begun.setdefault(name, float(header["created_at"]))
    newest = sorted(stored, key=lambda name: begun.get(name, 0.0), reverse=True)
    return {name: f"{crc32(json.dumps(stored[name]).encode()):08x}" for name in newest}
