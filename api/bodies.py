"""Read a request's body up to a limit, and not a byte more into memory than that allows."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from api.problems import Problem, malformed


async def read_body(request: Request, at_most: int, within_s: float) -> bytes:
    """Return the whole body.

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
                chunks.append(chunk)
    except TimeoutError as slow:
        raise Problem(
            408,
            "BodyTooSlow",
            f"The body did not come within {within_s:g} seconds.",
            headers={"Connection": "close"},
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
    )
