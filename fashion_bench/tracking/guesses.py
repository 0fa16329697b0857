"""Who gives one wrong password after another waits longer and longer, and nobody else does.

Each address has a count of its own, so no stranger keeps the owner out; and who is logged in goes
on whatever comes from the same address, as it does from behind a proxy.
"""

from asyncio import sleep
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from time import monotonic

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FREE = 5  # wrong ones, as who mistypes gives
LONGEST = 4.0  # seconds from one try to the next
MOST_WAITING = 8.0  # seconds; who would have to wait for longer is told so at once
FORGOTTEN = 600.0  # seconds after the last one
MOST_KNOWN = 10_000  # addresses

# What MLflow answers with 200 to those alone whom it knows. A guess may be shown to any other page.
_ANY = {"/", "/start"} | {f"/{api}/2.0/mlflow/experiments/search" for api in ("api", "ajax-api")}


@dataclass(slots=True)
class _Tries:
    """Of one address: what was given, by its digest, and when it is the last one's turn."""

    given: set[bytes] = field(default_factory=set)
    at: float = 0.0


class SlowGuesses:
    """An application behind which guessing takes for ever.

    Args:
        behind: answers 401 to a wrong password.
    """

    def __init__(self, behind: ASGIApp) -> None:
        self._behind = behind
        self._known: set[bytes] = set()
        self._tries: dict[str, _Tries] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, in its turn."""
        headers = scope.get("headers", ())
        given = b"\0".join(value for name, value in headers if name == b"authorization")
        guess = sha256(given).digest()
        if not given or guess in self._known:
            await self._behind(scope, receive, send)
            return
        tries = self._of(_address(scope))
        if (seconds := _wait(tries, guess)) > MOST_WAITING:
            told = "Too many wrong passwords came from here. Wait a few seconds and try again.\n"
            again = {"retry-after": f"{seconds:.0f}"}
            await PlainTextResponse(told, 429, again)(scope, receive, send)
            return
        await sleep(seconds)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                good = message["status"] == 200 and scope["method"] in ("GET", "POST")
                if good and scope["path"] in _ANY:
                    self._known.add(guess)
                    tries.given.discard(guess)
            await send(message)

        await self._behind(scope, receive, noting)

    def _of(self, address: str) -> _Tries:
        tries = self._tries.pop(address, None)
        if tries is None or monotonic() > tries.at + FORGOTTEN:
            tries = _Tries()
        self._tries[address] = tries  # last, so that the first is the one to forget
        if len(self._tries) > MOST_KNOWN:
            del self._tries[next(iter(self._tries))]
        return tries


def _wait(tries: _Tries, guess: bytes) -> float:
    """Return the seconds until a guess's turn, and count it if it may wait for so long."""
    now = monotonic()
    if guess in tries.given:  # that tells nothing new
        return max(0.0, tries.at - now)
    further = len(tries.given) - FREE
    at = max(now, tries.at + (0.0 if further < 0 else min(LONGEST, 2.0 ** min(further, 9))))
    if at - now <= MOST_WAITING:
        tries.given.add(guess)
        tries.at = at
    return at - now


def _address(scope: Scope) -> str:
    """Return who asks; of an address of IPv6 its network, of which a single person has all."""
    host = (scope.get("client") or ("",))[0]
    return ip_address(host).exploded[:19] if ":" in host else str(host)
