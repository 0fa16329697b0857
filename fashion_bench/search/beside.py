"""What is kept beside a study's list of trials, by trial id, as attributes of its first arm.

What stopped a run, which trials a person gave up, and what came of failed ones that were trained
again: none of it changes a trial that is in the list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from fashion_bench.records import TrialRecord
from fashion_bench.search.rows import plain_record, read_record

STOPS, GIVEN_UP, RETRIED = "stops", "given_up", "retried"


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a trial could not be trained any further.

    Attributes:
        reason: why, in a few words.
        after: the epoch that it had reached before.
    """

    reason: str
    after: int


_STOPS: TypeAdapter[dict[str, Stop]] = TypeAdapter(dict[str, Stop])


def stops_of(first_arm: Mapping[str, Any], key: str) -> dict[str, Stop]:
    """Return what is kept under ``STOPS`` or ``GIVEN_UP``."""
    return _STOPS.validate_python(first_arm.get(key, {}))


def with_stops(first_arm: Mapping[str, Any], key: str, more: Mapping[str, Stop]) -> object:
    """Return what is to be kept there once there are more."""
    return {**first_arm.get(key, {}), **{name: asdict(stop) for name, stop in more.items()}}


def retried_of(first_arm: Mapping[str, Any]) -> tuple[TrialRecord, ...]:
    """Return what came of failed trials that were trained again."""
    return tuple(read_record(plain) for plain in first_arm.get(RETRIED, {}).values())


def with_retried(first_arm: Mapping[str, Any], more: Iterable[TrialRecord]) -> object:
    """Return what is to be kept there once there are more, in the place of earlier ones."""
    return {**first_arm.get(RETRIED, {}), **{one.trial_id: plain_record(one) for one in more}}
