"""A server in front of another, with which a test makes trouble."""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from email.message import Message
from functools import partial
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

__all__ = ["Proxy", "Trouble"]

Trouble = Literal["sleep", "drop", "lose", "late"] | int
"""``sleep`` 5 s, then ``drop`` the connection; ``lose`` the answer of a request that was handed on;
answer 504 and hand it on ``late``, by ``settle``; or answer with a status and a page."""

_HOP = {"connection", "transfer-encoding", "content-length", "host"}


class Proxy:
    """Hands requests on to ``url``, but for what ``trouble`` says of the method and path of each.

    Attributes:
        url: its own.
        trouble: what befalls a request; ``None`` for nothing.
        requests: how many have come.
    """

    def __init__(self, url: str) -> None:
        self.target = urlsplit(url)
        self.trouble: Callable[[str, str], Trouble | None] = lambda _method, _path: None
        self.requests = 0
        self._late: list[Callable[[], object]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settle(self) -> None:
        """Hand on all that is late."""
        while self._late:
            self._late.pop(0)()

    def hand_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the server behind it."""
        assert self.target.hostname
        with closing(HTTPConnection(self.target.hostname, self.target.port, timeout=60)) as there:
            there.request(method, path, body, headers)
            answer = there.getresponse()
            kept = [(name, v) for name, v in answer.getheaders() if name.lower() not in _HOP]
            return answer.status, kept, answer.read()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy.requests += 1
                body = self._body()
                asked = self.command, self.path, _kept(self.headers), body
                trouble = proxy.trouble(self.command, urlsplit(self.path).path)
                if trouble is None or trouble == "lose":
                    try:
                        answer = proxy.hand_on(*asked)
                    except (OSError, HTTPException):
                        answer = (502, [], b"nobody there")
                    self._drop() if trouble == "lose" else self._answer(*answer)
                elif trouble == "late":
                    proxy._late.append(partial(proxy.hand_on, *asked))
                    self._answer(504, [], b"late")
                elif isinstance(trouble, int):
                    self._answer(trouble, [("Retry-After", "60")], b"<html>\ntrouble\n</html>")
                else:
                    time.sleep(5 if trouble == "sleep" else 0)
                    self._drop()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                with suppress(OSError):  # whoever asked waits no more
                    self.send_response(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def _drop(self) -> None:
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _kept(headers: Message) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP}
