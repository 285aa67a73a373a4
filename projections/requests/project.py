"""Requests folded into rows: what is asked for, what was answered, what was granted for it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from ledger.events import (
    Corrected,
    DecisionAppealed,
    Event,
    Granted,
    Reallocated,
    RequestAmended,
    RequestDecided,
    Requested,
    RequestWithdrawn,
    given_by,
)
from ledger.facts import Fact, GrantMaking, Reallocation
from ledger.periods import BEGINNING, open_end
from ledger.sayings import saying
from projections.requests.asked import Asked, Row, amounts, cells
from projections.sheets import Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.requests", "recall.sql")

REQUESTS_KEPT: Final = 100_000
"""Requests held in memory; beyond, they are let go, and read back when they are named again."""


class Given(Struct, frozen=True):
    """A grant that names a request, and its first quantity."""

    grant: str
    request: str
    pool: str
    quantity: int


class RequestsFold:
    """Folds requests, and of grants those that name one."""

    def __init__(self, is_empty: bool, kept: int = REQUESTS_KEPT) -> None:
        self._kept = kept
        self._requests = Sheet("requests")
        self._given = Sheet("given")
        self._asked: dict[str, tuple[int, Asked]] = {}
        self._grants: dict[str, tuple[int, Given]] = {}
        self._has_all = is_empty

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether a request that these events name is not in memory, or a grant they correct."""
        if self._has_all:
            return False
        wanted = {made[0] for event in events if (made := _corrected(event)) is not None}
        named = {name for event in events for name in _named(event)}
        return not (wanted <= self._grants.keys() and named <= self._asked.keys())

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the requests that these events name, and those of grants they correct."""
        if self._has_all:
            return
        wanted = {made[0] for event in events if (made := _corrected(event)) is not None}
        grants = sorted(wanted - self._grants.keys())
        if grants:
            for row, given in fetch(connection, SQL["given_standing"], {"grants": grants}, _given):
                self._grants[given.grant] = (row, given)
        named = {name for event in events for name in _named(event)}
        named |= {self._grants[name][1].request for name in wanted & self._grants.keys()}
        missing = sorted(named - self._asked.keys())
        if missing:
            found = fetch(connection, SQL["requests_standing"], {"requests": missing}, _asked)
            self._asked |= {asked.request: (row, asked) for row, asked in found}

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case Requested():
                self._ask(event)
            case RequestAmended() | RequestWithdrawn() | RequestDecided() | DecisionAppealed():
                asked = self._asked[event.data.request][1]
                self._restate(_changed(asked, event), event.position)
            case Granted() | Reallocated() if event.request is not None:
                self._give(event, event.request)
            case Corrected():
                self._correct(event)
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        if len(self._asked) > self._kept:
            self._asked.clear()
            self._grants.clear()
            self._has_all = False
        return self._requests.drain(), self._given.drain()

    def _ask(self, event: Requested) -> None:
        fact = event.data
        if fact.request in self._asked:
            raise ValueError(f"request {fact.request} is made twice")
        asked = Asked(
            request=fact.request, unit=fact.unit, pools=fact.pools, quantity=fact.quantity,
            least=fact.least, start=event.effective_at, end=open_end(fact.ends_at),
            asked_priority=fact.priority, justification=fact.justification, askers=(event.by,),
            asked_at=event.recorded_at, since=event.position,
        )  # fmt: skip
        self._put(asked, event.position)

    def _give(self, event: Granted | Reallocated, request: str) -> None:
        grant, pool, quantity = _made(event.data)
        given = Given(grant, request, pool, quantity)
        row = self._given.add(event.position, (grant, request, pool, quantity))
        self._grants[grant] = (row, given)
        self._count(given, quantity, event.position)

    def _correct(self, event: Corrected) -> None:
        """A grant that names a request had another first quantity, or was never made."""
        made = _corrected(event)
        if made is None or made[0] not in self._grants:
            return
        grant, quantity = made
        row, was = self._grants[grant]
        if quantity == was.quantity:
            return
        now = replace(was, quantity=quantity)
        self._given.close(row, event.position)
        anew = self._given.add(event.position, (grant, now.request, now.pool, quantity))
        self._grants[grant] = (anew, now)
        self._count(now, quantity - was.quantity, event.position)

    def _count(self, given: Given, more: int, position: int) -> None:
        asked = self._asked[given.request][1]
        granted = dict(asked.granted)
        granted[given.pool] = granted.get(given.pool, 0) + more
        self._restate(replace(asked, granted=amounts(granted)), position)

    def _restate(self, asked: Asked, position: int) -> None:
        self._requests.close(self._asked[asked.request][0], position)
        self._put(asked, position)

    def _put(self, asked: Asked, position: int) -> None:
        row = self._requests.add(position, cells(asked, asked.status(BEGINNING)))
        self._asked[asked.request] = (row, asked)


def _changed(
    was: Asked, event: RequestAmended | RequestWithdrawn | RequestDecided | DecisionAppealed
) -> Asked:
    match event:
        case RequestAmended(data=fact):
            is_more = fact.quantity > was.quantity
            askers = dict.fromkeys((*was.askers, event.by)) if is_more else was.askers
            return replace(
                was,
                pools=fact.pools,
                quantity=fact.quantity,
                least=fact.least,
                start=event.effective_at,
                end=open_end(fact.ends_at),
                asked_priority=fact.priority,
                justification=fact.justification or was.justification,
                askers=tuple(askers),
                since=event.position if is_more else was.since,
            )
        case RequestWithdrawn():
            return replace(was, withdrawn=True)
        case RequestDecided(data=fact):
            return replace(
                was,
                outcome=fact.outcome,
                awarded=amounts({award.pool: award.quantity for award in fact.awarded}),
                rest=fact.rest,
                until=fact.until,
                decided=event.position,
                answered_by=given_by(event),
                decided_priority=fact.priority or was.decided_priority,
            )
        case DecisionAppealed():
            return replace(was, appealed=event.position)


def _made(fact: GrantMaking | Reallocation) -> tuple[str, str, int]:
    """The grant that a fact makes, its pool and first quantity."""
    grant = fact.grant if isinstance(fact, GrantMaking) else fact.to_grant
    return grant, fact.pool, fact.quantity


def _corrected(event: Event) -> tuple[str, int] | None:
    """The grant whose maker a correction is about, and its first quantity from now on."""
    if not isinstance(event, Corrected):
        return None
    now = _maker(event, is_now=True)
    was = now or _maker(event, is_now=False)
    if was is None:
        return None
    grant, _, quantity = _made(was)
    return grant, 0 if now is None else quantity


def _maker(event: Corrected, *, is_now: bool) -> GrantMaking | Reallocation | None:
    said = saying(event.data.topic, event.data.replacement if is_now else event.data.was)
    fact: Fact | None = None if said is None else said.fact
    return fact if isinstance(fact, GrantMaking | Reallocation) else None


def _named(event: Event) -> Iterable[str]:
    match event:
        case RequestAmended() | RequestWithdrawn() | RequestDecided() | DecisionAppealed():
            return (event.data.request,)
        case Granted() | Reallocated() if event.request is not None:
            return (event.request,)
        case _:
            return ()


def _asked(row: int, *columns: Any) -> tuple[int, Asked]:
    return row, Row(*columns).asked()


def _given(row: int, *columns: Any) -> tuple[int, Given]:
    return row, Given(*columns)
