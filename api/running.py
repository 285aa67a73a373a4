"""What one process of the doors runs on: settings, committer, connections, identity, feed."""

from typing import Final

import psycopg
from fastapi import Request
from msgspec import Struct
from psycopg_pool import ConnectionPool, PoolTimeout

from api.bodies import Room
from api.decisions.apart import CommitterApart
from api.decisions.desk import Desk
from api.feed.falling import Falling
from api.feed.tail import Tail
from api.identity import Identity
from api.reads.readers import Readers
from api.reads.waiting import Waiting
from api.settings import Settings
from api.web.sessions import Sessions
from ledger.committer import Clock, Committer
from ledger.log import Log, LogUnavailable

DOWN: Final = (psycopg.Error, PoolTimeout, LogUnavailable)
"""How it shows that the database cannot be reached, or failed."""


class Running(Struct, frozen=True, kw_only=True):
    """Everything an endpoint may need.

    `pool` is for reads, through `readers`: each transaction on it is one snapshot. `quick` is for
    what must be answered while all of them are busy: tokens, positions, health. `primary` reads
    where the log is written. `room` is what bulk requests may hold, `clock` this machine's time.
    """

    settings: Settings
    clock: Clock
    committer: Committer | CommitterApart
    log: Log
    desk: Desk
    tail: Tail
    falling: Falling
    pool: ConnectionPool
    readers: Readers
    quick: ConnectionPool
    primary: ConnectionPool
    room: Room
    waiting: Waiting
    identity: Identity
    sessions: Sessions

    def head(self) -> int:
        """The newest position that this process has seen committed."""
        return max(self.tail.head, self.desk.told)


def running(request: Request) -> Running:
    """What the app runs on, while it runs."""
    return request.app.state.running
