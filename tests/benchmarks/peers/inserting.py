"""The library's recorder, given the same bytes a thousand at a time, with nothing to check.

It sends a thousand events as one parameter inside a pipeline, and psycopg then waits for an answer
with a part of it unsent when that is more than the socket takes: so the socket is made to take it.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from eventsourcing.persistence import StoredEvent

from tests.benchmarks.peers.accounts import Accounts, environment

AT_ONCE = 1000
SENT_AT_ONCE = 4 * 1024 * 1024


class _Topic(msgspec.Struct, frozen=True):
    topic: str


_topic = msgspec.json.Decoder(_Topic)


def insert_rate(url: str, events: Path) -> float:
    """Events a second of `insert_events`; reading the file is not in the time."""
    one = {"POSTGRES_POOL_SIZE": "1", "POSTGRES_MAX_OVERFLOW": "0"}
    with closing(Accounts(env={**environment(url), **one})) as application:
        _widen(application)
        count = 0
        took = 0.0
        waiting = _stored(events)
        while some := list(islice(waiting, AT_ONCE)):
            began = time.perf_counter()
            application.recorder.insert_events(some)
            took += time.perf_counter() - began
            count += len(some)
        if application.stored() != count:
            raise RuntimeError(f"the library stored {application.stored()} of {count}")
    return count / took


def _widen(application: Accounts) -> None:
    recorder: Any = application.recorder
    with (
        recorder.datastore.get_connection() as connection,
        socket.socket(fileno=os.dup(connection.fileno())) as same,
    ):
        same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AT_ONCE)


def _stored(events: Path) -> Iterator[StoredEvent]:
    stream = uuid4()
    with events.open("rb") as file:
        for position, line in enumerate(file, start=1):
            yield StoredEvent(stream, position, _topic.decode(line).topic, line[:-1])
