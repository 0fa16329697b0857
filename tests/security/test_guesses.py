"""Guessing at the server's password, without the server: what waits for how long."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.types import Receive, Send

from fashion_bench.tracking import guesses
from fashion_bench.tracking.guesses import FREE, LONGEST, MOST_WAITING, SlowGuesses

RIGHT = b"right"
OPEN = "/health"


class Front:
    """Someone at the door, in a time of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(guesses, "monotonic", lambda: self.now)
        monkeypatch.setattr(guesses, "sleep", self._sleep)
        self._door = SlowGuesses(_behind)

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def give(
        self, password: bytes | None, path: str = "/start", who: str = "10.0.0.1"
    ) -> tuple[int, float]:
        """Return the answer's status and the seconds that it took."""
        before, told = self.now, list[int]()
        headers = [] if password is None else [(b"authorization", password)]
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers}

        async def send(message: Any) -> None:
            told.extend([message["status"]] if "status" in message else [])

        asyncio.run(self._door(scope | {"client": (who, 1)}, _nothing, send))
        return told[0], self.now - before


async def _nothing() -> Any:
    return {}


async def _behind(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    right = scope["headers"] == [(b"authorization", RIGHT)] or scope["path"] == OPEN
    await send({"type": "http.response.start", "status": 200 if right else 401})


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Front:
    """A door of which nothing was asked yet."""
    return Front(monkeypatch)


def waits(front: Front, count: int, path: str = "/start", who: str = "10.0.0.1") -> list[float]:
    """What so many different guesses wait, each given when the last one was answered."""
    return [front.give(b"guess %d" % number, path, who)[1] for number in range(count)]


@pytest.mark.parametrize("path", ["/start", OPEN, "/api/2.0/mlflow/users/create"])
def test_guesses_wait_longer_and_longer(front: Front, path: str) -> None:
    """The first few do not, then seconds up to a limit, wherever they are given."""
    assert waits(front, FREE + 5, path) == [0.0] * FREE + [1.0, 2.0, 4.0, LONGEST, LONGEST]


def test_guesses_shown_to_an_open_page_first_wait_no_less(front: Front) -> None:
    """What answers everybody lets nobody pass as known."""
    waits(front, FREE + 3, OPEN)
    assert front.give(b"another", OPEN)[1] == LONGEST
    assert front.give(b"another") == (401, 0.0)  # the same again tells nothing new
    assert front.give(b"and another")[1] == LONGEST


def test_many_at_once_are_told_to_wait(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """They get their turns one after the other, and none is kept waiting for long."""
    slept = list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(guesses, "sleep", sleep)
    answers = [front.give(b"guess %d" % number)[0] for number in range(1000)]
    assert (answers.count(401), answers.count(429)) == (len(slept), 1000 - len(slept))
    assert max(slept) <= MOST_WAITING
    assert len(slept) < FREE + 5


def test_who_is_known_never_waits(front: Front) -> None:
    """Neither from elsewhere, nor beside one who guesses at the same address, nor unnamed."""
    assert front.give(RIGHT) == (200, 0.0)
    waits(front, FREE + 9)
    assert front.give(RIGHT) == (200, 0.0)
    assert front.give(None) == (401, 0.0)
    assert front.give(b"typo", who="10.0.0.2") == (401, 0.0)


def test_the_owner_gets_in_from_the_address_of_one_who_guesses(front: Front) -> None:
    """After a few seconds, and from then on at once."""
    waits(front, FREE + 9)
    assert front.give(RIGHT) == (200, LONGEST)
    assert front.give(RIGHT) == (200, 0.0)


def test_a_person_has_one_count_whatever_address_of_ipv6(front: Front) -> None:
    """All of a network of 64 bits are one, others are not."""
    for number in range(FREE):
        front.give(b"guess %d" % number, who=f"2001:db8:0:1::{number}")
    assert front.give(b"another", who="2001:db8:0:1:9::9") == (401, 1.0)
    assert front.give(b"another", who="2001:db8:0:2::1") == (401, 0.0)


def test_guesses_are_forgotten(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """After minutes of quiet, and those of the first of very many addresses."""
    waits(front, FREE + 2)
    front.now += guesses.FORGOTTEN + 1
    assert front.give(b"another") == (401, 0.0)
    waits(front, FREE + 2)
    monkeypatch.setattr(guesses, "MOST_KNOWN", 3)
    for number in range(3):
        front.give(b"guess", who=f"10.1.0.{number}")
    assert front.give(b"and another") == (401, 0.0)
