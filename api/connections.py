"""Connections that are bounded: how large and slow a head may be, how slow a reader, how many."""

import time
from asyncio import BaseTransport
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.observing import Metrics
from api.problems import MEDIA_TYPE, Problem, malformed
from api.settings import Settings

LEAST_BYTES: Final = 4096
"""A reader that takes fewer in the time it has counts as one that takes nothing."""
PARTING_S: Final = 2.0
"""So long what a refused caller still sends is thrown away, so that it can read the answer."""
STREAM: Final = "/v1/events/stream"
_HEALTH: Final = (b"/livez", b"/readyz", b"/metrics")


def held_at_most(settings: Settings) -> int:
    """How many connections are held at a time, with some that are told that they are too many."""
    return settings.connections_max + settings.connections_max // 4 + 16


class Doors(uvicorn.Config):
    """uvicorn's settings, with what a connection needs to know besides."""

    def __init__(
        self,
        app: FastAPI,
        settings: Settings,
        metrics: Metrics,
        head: Callable[[], int],
        **more: Any,
    ) -> None:
        """`metrics` count a limit that was met, `head` is the newest position known."""
        super().__init__(app, http=Connection, **more)
        self.settings = settings
        self.reach = metrics.reach
        self.drop_subscriber = metrics.dropped.inc
        self.head = head
        self.open = set[Connection]()


class _Refused(Exception):
    pass


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which besides is looked at every second: see `look`."""

    config: Doors

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)  # pyright: ignore[reportArgumentType] - of a stream
        self.config.open.add(self)
        self._since: float | None = time.monotonic()
        self._is_in_head = True
        self._came = 0
        self._chunk = 0
        self._is_ending = False
        self._parting: float | None = None
        self._problem: Problem | None = None
        self._unsent = 0
        self._unsent_at = 0.0
        self._has_resumed = False
        # Beyond that they cost no more than a handshake.
        if len(self.config.open) > held_at_most(self.config.settings):
            self.config.reach("connections")
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.config.open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, up to the largest head there may be."""
        if self._parting is not None:
            return
        self._chunk = len(data)
        self._came += self._chunk
        if self._since is None:
            self._since = time.monotonic()
        super().data_received(data)
        if self._is_in_head and self._came > self.config.settings.head_bytes_max:
            self._refuse(_head_too_large(self.config.settings))

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        super().on_message_begin()
        self._is_in_head = True
        self._since = time.monotonic()
        self._came = self._chunk

    def on_headers_complete(self) -> None:
        """Answer, unless the head is too large or there are too many connections."""
        self._is_in_head = False
        self._since = time.monotonic()
        self._problem = self._wrong_with_head()
        if self._problem is not None:
            raise _Refused
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Wait for nothing now."""
        self._since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with what cannot be parsed, or must not be answered."""
        self._refuse(self._problem or malformed(f"This is no HTTP request: {msg[:100]}"))

    def resume_writing(self) -> None:
        """Note that the caller has taken nearly everything."""
        self._has_resumed = True
        super().resume_writing()

    def shutdown(self) -> None:
        """Close once what is under way is answered; a head that has begun is under way."""
        if self._is_in_head and self._came:
            self._is_ending = True
        else:
            super().shutdown()

    def look(self, now: float) -> None:
        """Let go of who sends or takes too little. Called every second."""
        settings = self.config.settings
        if self._parting is not None and now - self._parting > PARTING_S:
            self.transport.abort()
            return
        if self._parting is None and self._since is not None:
            waited = now - self._since
            if self._is_in_head:
                if waited > settings.head_s:
                    self._refuse(_head_too_slow(settings), silently=not self._came)
            elif waited > settings.body_s and not self._is_answering():
                # It is answered already, and sends a body that nobody wants.
                self.config.reach("body_time")
                self.transport.abort()
        self._look_at_reader(now)

    def _look_at_reader(self, now: float) -> None:
        unsent = self.transport.get_write_buffer_size()
        if not unsent or not self._unsent or self._has_resumed:
            self._unsent, self._unsent_at, self._has_resumed = unsent, now, False
        elif unsent <= self._unsent - LEAST_BYTES:
            self._unsent, self._unsent_at = unsent, now
        elif now - self._unsent_at > self.config.settings.reader_s:
            self.config.reach("slow_reader")
            if self._is_answering() and self.scope["path"] == STREAM:
                self.config.drop_subscriber()
            self.transport.abort()
        else:
            self._unsent = max(self._unsent, unsent)

    def _wrong_with_head(self) -> Problem | None:
        settings = self.config.settings
        if len(self.headers) > settings.headers_max:
            return _head_too_large(settings)
        if self._came > settings.head_bytes_max:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > settings.head_bytes_max:
                return _head_too_large(settings)
        if len(self.config.open) > settings.connections_max and self.url not in _HEALTH:
            return Problem(
                503,
                "TooManyConnections",
                f"{settings.connections_max:,} connections are open already: ask again.",
                headers={"Retry-After": "2"},
                limit="connections",
            )
        return None

    def _is_answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _refuse(self, problem: Problem, *, silently: bool = False) -> None:
        if problem.limit is not None:
            self.config.reach(problem.limit)
        self._parting = time.monotonic()
        if silently or self._is_answering():
            # Nobody asked, or another answer is being written: more words would only confuse.
            self.transport.close()
            return
        body = problem.body()
        headers = {
            **problem.headers,
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Allot-Position": str(self.config.head()),
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
        words = HTTPStatus(problem.status).phrase
        lines = [f"HTTP/1.1 {problem.status} {words}", *(f"{k}: {v}" for k, v in headers.items())]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.transport.write_eof()


def _head_too_large(settings: Settings) -> Problem:
    return Problem(
        431,
        "HeadTooLarge",
        f"The request line and the headers take at most {settings.head_bytes_max:,} bytes and "
        f"{settings.headers_max} headers.",
        limit="head_size",
    )


def _head_too_slow(settings: Settings) -> Problem:
    return Problem(
        408,
        "HeadTooSlow",
        f"The head did not come within {settings.head_s:g} seconds.",
        limit="head_time",
    )
