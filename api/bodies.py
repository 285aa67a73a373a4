"""Read a request's body up to a limit, and not a byte more into memory than that allows."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request

from api.problems import Problem, malformed


class Room:
    """How many bytes of large bodies one process holds at once, from reading to answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def share(self) -> Generator[Callable[[int], None]]:
        """Yield what takes so many bytes more, or raises Problem 503; the end gives all back."""
        mine = 0

        def take(size: int) -> None:
            nonlocal mine
            if self.taken + size > self._most:
                raise Problem(
                    503,
                    "TooMuchAtOnce",
                    f"Bulk requests of {self.taken:,} bytes are under way already: ask again in "
                    "a second, by the same keys.",
                    headers={"Retry-After": "1", "Connection": "close"},
                    limit="bulk_bytes",
                )
            mine += size
            self.taken += size

        try:
            yield take
        finally:
            self.taken -= mine


def _take_freely(size: int) -> None:
    del size


async def read_body(
    request: Request, at_most: int, within_s: float, take: Callable[[int], None] = _take_freely
) -> bytes:
    """Return the whole body. `take` is told the size of each part that came, and may refuse it.

    Problem 413 as soon as more than `at_most` bytes are announced or have come, 408 when it
    takes longer than `within_s` seconds, 400 when the caller hangs up.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:20]) > at_most:
        raise _too_large(at_most)
    receive = request.receive
    message = None
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_s):
            while message is None or message.get("more_body", False):
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > at_most:
                    raise _too_large(at_most)
                take(len(chunk))
                chunks.append(chunk)
    except TimeoutError as slow:
        raise Problem(
            408,
            "BodyTooSlow",
            f"The body did not come within {within_s:g} seconds.",
            headers={"Connection": "close"},
            limit="body_time",
        ) from slow
    except ClientDisconnect as gone:
        raise malformed("The body was cut off.") from gone
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(at_most: int) -> Problem:
    # What is still under way is not read: the connection ends with the answer.
    return Problem(
        413,
        "TooLarge",
        f"The body may take {at_most:,} bytes.",
        headers={"Connection": "close"},
        limit="body_size",
    )
