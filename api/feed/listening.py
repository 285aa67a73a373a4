"""Hears of every append, by whichever process, so that the feed need not wait for its next look."""

import asyncio
from typing import Final

import psycopg
import structlog
from psycopg import sql

from api.feed.tail import Tail

CHANNEL: Final = "allot_log"
RETRY_S: Final = 1.0
_log = structlog.get_logger()


async def listen(url: str, tail: Tail) -> None:
    """Wake the tail at every NOTIFY, until cancelled. Meanwhile the tail looks by itself as well.

    While nobody follows, what comes is left on the connection for a while, and heard together.
    A connection that breaks is made anew: the tail looks at once, for what was missed.
    """
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
            async with connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                tail.wake()
                while True:
                    async for _ in connection.notifies(stop_after=1):
                        pass
                    tail.wake()
                    await tail.rest()
        except psycopg.OperationalError as gone:
            _log.warning("the feed no longer hears of appends and tries again", why=str(gone))
        await asyncio.sleep(RETRY_S)
