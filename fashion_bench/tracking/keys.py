"""Whose the words in MLflow are: what we write we compare and restore, the rest is a person's.

Ours are the tags of a run's content, the tags below, the curves and the attached files. A person's
are names, other tags and views, and what is in ``ONCE`` as soon as it was written (decision 70).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256

from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE
from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

# Of an experiment: whose it is, as "<study> <created at, ms>". Versions before knew it by its view.
MARK = "fashion_bench.study"
LEGACY_MARK = "mlflow.sharedViewState.trials"
# Of a run: what it is found by and which attempt made it, "<key> <nonce>"; and its id, once an
# answer told us that. A copy that a person makes of a run has both of another.
ATTEMPT, OWN_ID = "fashion_bench.attempt", "fashion_bench.run"
NOTE_DIGEST = "fashion_bench.note"  # of the description that we wrote last
FILES = "fashion_bench.files"  # of a study's run: the digests of its files, JSON
# Of a registered model and its versions, which have the trial as value; and what the version holds.
REGISTERED = "fashion_bench.model"
CHECKPOINT_SUM, EXPORT_SUM = "fashion_bench.checkpoint_sha256", "fashion_bench.onnx_sha256"

COLOR = "mlflow.runColor"  # MLflow's own: it draws a run in it, else in one of its id's
ONCE = frozenset({MLFLOW_RUN_NOTE, COLOR})
# Of some runs only: on another one a person has put it there.
_OF_SOME = frozenset({"test_opening", "pruned", "reason", "enqueued"})

# What a run of ours may hold; beside a summary there are pictures, too.
CHECKPOINT = "checkpoint.pt"  # of a trial
OUR_FILES = {CHECKPOINT, "checkpoints", "code", "plots", "study.toml", "experiment.toml"}
REPORT = "report.html"  # written again and again, by another command
OUR_FILES |= {"summary.json", "importances.json", "trials.csv", "epochs.csv", REPORT}

_LINE_OF_OURS = re.compile(r"\*\*.*\*\*|\[.*\]\(.*\)|")


def differing(tags: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of ours that are otherwise there."""
    short = {name: value[:MAX_TAG_VAL_LENGTH] for name, value in tags.items() if name not in ONCE}
    return {name: value for name, value in short.items() if there.get(name) != value}


def stray(tags: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return the tags of ours that are there and should not be."""
    return sorted((_OF_SOME & there.keys()) - tags.keys())


def number(text: str | None) -> int:
    """Return the number that a tag should hold; 0 where a person made something else of it."""
    with suppress(ValueError):
        return int(text or 0)
    return 0


def with_note(note: str) -> dict[str, str]:
    """Return the tags of a description, and by which it is known to be ours."""
    return {MLFLOW_RUN_NOTE: note, NOTE_DIGEST: _digest(note)}


def note_in_place(
    note: str, there: Mapping[str, str], question: str, answer: str = ""
) -> dict[str, str]:
    """Return the tags of a description where what is there was ours and is another.

    Versions before left no digest: theirs is the question, and behind it bold lines, links or the
    answer.
    """
    now, digest = there.get(MLFLOW_RUN_NOTE), there.get(NOTE_DIGEST)
    if now is None:
        return {} if digest else with_note(note)
    if digest is None:
        rest = now.removeprefix(question).removesuffix(answer)
        lines = (_LINE_OF_OURS.fullmatch(line.strip()) for line in rest.splitlines())
        ours = now.startswith(question) and all(lines)
    else:
        ours = digest == _digest(now)
    return with_note(note) if ours and (now != note or digest is None) else {}


def _digest(note: str) -> str:
    return sha256(note[:MAX_TAG_VAL_LENGTH].encode()).hexdigest()[:16]
