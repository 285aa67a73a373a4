"""Doors with something wrong behind them: what the harness of two processes has to find out."""

import socket
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import uvicorn
from fastapi import FastAPI
from msgspec.structs import replace

from api.app import create_app
from api.decisions.desk import Committing, Desk
from api.settings import Settings
from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.codec import decode
from ledger.committer import Committer, Judge
from ledger.evolve import evolve
from ledger.periods import FOREVER
from ledger.state import State
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import follow
from tests.support.committing import LONG_S, until

Between = Callable[[Committing], Committing]
"""Stands between the doors and the committer."""


def careless(state: State, ask: Ask, stamp: Stamp) -> Answer:
    """Judge as if everybody had given back what they hold whenever there is not enough."""
    given = answer(state, ask, stamp)
    if given.code != "NotEnoughFree":
        return given
    roomy = deepcopy(state)
    for free in roomy.free.values():
        free.add(stamp.recorded_at, FOREVER, 1000)
    return _recorded(state, answer(roomy, ask, stamp))


class Forgetful:
    """Judges one ask in a few by what it knew a while ago: a process that does not catch up."""

    def __init__(self, few: int = 3, while_ago: int = 15) -> None:
        """So often, and so many asks ago at most."""
        self._few = few
        self._while = while_ago
        self._asked = 0
        self._old: State | None = None

    def __call__(self, state: State, ask: Ask, stamp: Stamp) -> Answer:
        """Judge."""
        old = self._old
        if self._asked % self._while == 0:
            self._old = deepcopy(state)
        self._asked += 1
        if old is None or self._asked % self._few:
            return answer(state, ask, stamp)
        mine = deepcopy(old)
        mine.position, mine.recorded_at = state.position, state.recorded_at
        return _recorded(state, answer(mine, ask, stamp))


def _recorded(state: State, given: Answer) -> Answer:
    for event in given.events:
        evolve(state, decode(event.stored))
    return given


class Promising:
    """Says yes to one ask in so many and forgets it: as if told before it was stored."""

    def __init__(self, committer: Committing, every: int = 15) -> None:
        self._committer = committer
        self._every = every
        self._asked = 0

    def submit(self, ask: Ask, done: Callable[[Answer], None]) -> None:
        """Ask in earnest, or only on trial."""
        self._asked += 1
        if self._asked % self._every:
            self._committer.submit(ask, done)
            return

        def tell(given: Answer) -> None:
            done(replace(given, status=201, position=given.position + 1))

        self._committer.submit(replace(ask, key="", dry_run=True), tell)

    def submit_many(self, asks: Sequence[Ask], done: Callable[[Sequence[Answer]], None]) -> None:
        """Ask in earnest."""
        self._committer.submit_many(asks, done)


class Anew:
    """Gives every ask a key of its own: who repeats one is judged anew."""

    def __init__(self, committer: Committing) -> None:
        self._committer = committer
        self._asked = 0

    def submit(self, ask: Ask, done: Callable[[Answer], None]) -> None:
        """Ask under another key when the key was seen here or elsewhere, which nobody knows."""
        self._asked += 1
        self._committer.submit(replace(ask, key=f"{ask.key}#{self._asked}"), done)

    def submit_many(self, asks: Sequence[Ask], done: Callable[[Sequence[Answer]], None]) -> None:
        """Ask in earnest."""
        self._committer.submit_many(asks, done)


class _Server(uvicorn.Server):
    """uvicorn's server, which lets live readers go when it ends: they have no end of their own."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(app, port=0, http="httptools", lifespan="on", log_level="warning")
        )
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live streams first."""
        self._app.state.running.tail.close()
        await super().shutdown(sockets=sockets)


@contextmanager
def doors(
    database: str, *, judge: Judge = answer, between: Between = lambda committer: committer
) -> Generator[str]:
    """Yield the address of doors in this process, judging so; somebody else feeds the reads."""
    settings = Settings.model_validate({"database_url": database, "auth": "open"})
    app = create_app(settings)
    server = _Server(app)
    serving = threading.Thread(target=server.run)
    serving.start()
    try:
        until(lambda: server.started or not serving.is_alive())
        running = app.state.running
        committer = Committer(running.log, judge=judge)
        committer.start()
        desk = Desk(
            between(committer),
            answer_s=settings.answer_s,
            waiting_max=settings.waiting_max,
            waiting_bytes_max=settings.waiting_bytes_max,
        )
        app.state.running = replace(running, committer=committer, desk=desk)
        (listening,) = server.servers[0].sockets
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            committer.stop()
    finally:
        server.should_exit = True
        serving.join(LONG_S)


@contextmanager
def followed(database: str) -> Generator[None]:
    """While the block lasts, the read models follow."""
    is_ending = threading.Event()
    following = threading.Thread(target=follow, args=(as_role(database, FOLLOWER), is_ending))
    following.start()
    try:
        yield
    finally:
        is_ending.set()
        following.join(LONG_S)
