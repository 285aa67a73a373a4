"""One live subscriber: server-sent events, whole decisions, in order, until it falls behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.feed.falling import Falling
from api.feed.pace import Pace
from api.feed.tail import Tail
from ledger.log import StoredEvent

SENT_AT_ONCE: Final = 500
CHECK_S: Final = 0.5
"""So often it is asked whether a subscriber still may."""
_START: Final = {"type": "http.response.start", "status": 200}
_RETRY: Final = b"retry: 1000\n\n"
_COMMENT: Final = b": still here\n\n"


class Live(Response):
    """Sends what comes after a position, for as long as the caller listens to one log.

    Nothing is queued here: what the connection's own buffer cannot take is not read from the
    tail yet, so a slow subscriber costs no memory. One that takes nothing for long is cut off by
    its connection, and resumes where it was.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        tail: Tail,
        falling: Falling,
        after: int,
        topics: frozenset[str],
        *,
        keep_alive_s: float,
        may_go_on: Callable[[], Awaitable[bool]],
    ) -> None:
        """Take the tail, what falls due, and where to begin; empty `topics` mean all.

        `may_go_on` is asked over and over: who may not any more hears no more.
        """
        super().__init__(
            status_code=200,
            headers={
                "Allot-Position": str(tail.head),
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            },
        )
        del self.headers["content-length"]
        self._tail = tail
        self._falling = falling
        self._after = after
        self._told = 0
        self._log_number = tail.log_number
        self._topics = topics
        self._keep_alive_s = keep_alive_s
        self._may_go_on = may_go_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the caller hangs up, falls behind, may no more, or the process stops."""
        if scope["method"] == "HEAD":
            await send({**_START, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        self._tail.followers += 1
        hung_up = asyncio.create_task(_hung_up(receive))
        sending = asyncio.create_task(self._send_all(send))
        expiring = asyncio.create_task(self._expired())
        tasks = (hung_up, sending, expiring)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tail.followers -= 1
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, Exception):
                raise failure

    async def _send_all(self, send: Send) -> None:
        await send({**_START, "headers": self.raw_headers})
        await _put(send, _RETRY)
        pace = Pace(SENT_AT_ONCE)
        self._told = self._falling.begin()
        while not self._is_over():
            due = self._falling.after(self._told)
            self._told = self._falling.count
            if due:
                await _put(send, b"".join([b"event: due\ndata: %b\n\n" % one for one in due]))
            events = await self._tail.after(self._after, pace.count)
            if events:
                pace.read(events)
                self._after = events[-1].position
                chosen = [e for e in events if not self._topics or e.topic in self._topics]
                if chosen:
                    await _put(send, _written(chosen))
            elif not await self._stirred():
                await _put(send, _COMMENT)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _expired(self) -> None:
        while await self._may_go_on():  # noqa: ASYNC110 - nobody tells of a revoked token
            await asyncio.sleep(CHECK_S)

    async def _stirred(self) -> bool:
        """Wait for something to send; False when there was nothing for so long."""
        is_more = await self._tail.grown(self._after, self._keep_alive_s, self._is_called)
        return is_more or self._is_called()

    def _is_called(self) -> bool:
        """Whether there is something to do besides sending events."""
        return self._falling.count > self._told or self._is_over()

    def _is_over(self) -> bool:
        """Whether the process stops, or the log is not the one that was followed."""
        return self._tail.is_closing or self._tail.log_number != self._log_number


def _written(events: Sequence[StoredEvent]) -> bytes:
    # Canonical JSON holds no line break, so one data line carries an event.
    return b"".join([b"id: %d\ndata: %b\n\n" % (e.position, e.stored) for e in events])


async def _put(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
