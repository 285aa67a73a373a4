"""Where the units of a grant came from: whom they were taken from, or who gave them back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from api.reads.chain import MOST, because, corrected, said
from api.reads.look import Connection
from api.reads.shapes_of_why import Link
from ledger.events import CapacityChanged
from ledger.facts import Correction, Extension, Fact, Reallocation, ReleaseOfGrants
from ledger.periods import open_end
from projections.history.phrases import moment
from projections.history.read import Entry, entries, page
from projections.history.search import Named, Search
from projections.history.subjects import positions_of
from projections.holdings.changes import Change
from projections.holdings.freed import freed
from projections.holdings.read import GrantFacts

Amount = Callable[[int], str]
"""A quantity with what it counts and where: `64 gpu of phoenix/h100`."""

AT_ONCE: Final = 20
"""Of so many facts about a pool it is seen at a time whether they stood."""
CAPACITY: Final = CapacityChanged.__struct_config__.tag


def sources(
    connection: Connection,
    facts: GrantFacts,
    believed: Fact | None,
    *,
    made: Entry,
    beside: Sequence[Entry],
    amount: Amount,
    known_at: int,
) -> Iterator[Link]:
    """Where a grant's units came from, the event that made it and what it was decided with given.

    A move took them from grants, a loan from its lender. From the pool they came because others
    gave back in the same decision; else what came back last before the grant started is told.
    """
    if isinstance(believed, Reallocation):
        yield from _taken(connection, believed, made, amount, known_at)
        return
    gave = [one for one in beside if _gives_back(one.event.data, facts.pool)]
    if gave:
        for one in gave:
            yield _source(one, f"In the same decision room was made: {one.sentence}")
        return
    last = freed(
        connection, pool=facts.pool, quantity=facts.first, by=facts.start, besides=facts.grant,
        known_at=facts.made,
    )  # fmt: skip
    told = {one.position: one for one in entries(
        connection, sorted({one.position for one in last}), known_at=known_at
    )} if last else {}  # fmt: skip
    for change in last:
        if change.position in told:
            yield _freed(change, told[change.position], amount)
    if sum(-change.quantity for change in last) < facts.first:
        yield from _counted(connection, facts, "The rest" if last else "All of it", known_at)


def _taken(
    connection: Connection, moved: Reallocation, made: Entry, amount: Amount, known_at: int
) -> Iterator[Link]:
    legs = moved.legs[:MOST]
    first = positions_of(connection, {leg.grant for leg in legs}, known_at=known_at)
    makers = {one.position: one for one in entries(
        connection, sorted({positions[0] for positions in first.values()}), known_at=known_at
    )}  # fmt: skip
    verb = "were lent by" if moved.loan else "came from"
    for leg in legs:
        maker = makers[first[leg.grant][0]]
        yield Link(
            what="source",
            sentence=(
                f"{amount(leg.quantity)} {verb} {leg.unit}{because(made.event)}, out of its "
                f"grant: {said(maker, 'decided')}"
            ),
            position=maker.position,
            grant=leg.grant,
            unit=leg.unit,
            quantity=leg.quantity,
            by=maker.event.by,
            at=maker.event.recorded_at,
        )
    if len(moved.legs) > len(legs):
        more = len(moved.legs) - len(legs)
        yield Link(
            what="source", sentence=f"{more:,} more grants gave some", position=made.position
        )


def _gives_back(fact: Fact, pool: str) -> bool:
    match fact:
        case ReleaseOfGrants(pool=of):
            return of == pool
        case Extension(ends_at=now, was_ends_at=was):
            return open_end(now) < open_end(was)
        case _:
            return False


def _freed(change: Change, one: Entry, amount: Amount) -> Link:
    """What came back to the pool before the grant started, and the event that says so."""
    how = "ended" if change.kind == "ends" else "gave it back"
    text = (
        f"Before it started {amount(-change.quantity)} came back from {change.unit} on "
        f"{moment(change.at)}, when its grant {how}: {said(one, 'decided')}{because(one.event)}"
    )
    return replace(
        _source(one, text), grant=change.grant, unit=change.unit, quantity=-change.quantity
    )


def _counted(connection: Connection, facts: GrantFacts, what: str, known_at: int) -> Iterator[Link]:
    """What was last recorded of what there is of the pool, and stood when the grant was made."""
    position = _last_counted(connection, facts)
    for one in entries(connection, [position], known_at=known_at) if position else ():
        yield _source(one, f"{what} was free in the pool: {said(one, 'recorded')}")


def _last_counted(connection: Connection, facts: GrantFacts) -> int | None:
    """The position of that event, or of the correction that said it otherwise by then."""
    search = Search((Named("pool", facts.pool), Named("topic", str(CAPACITY))))
    beyond: int | None = None
    while found := page(
        connection, search, known_at=facts.made, beyond=beyond, order="desc", limit=AT_ONCE
    ):
        for one in found:
            if one.corrected_by is None:
                return one.position
            for anew in entries(connection, [one.corrected_by], known_at=facts.made):
                fact = anew.event.data
                if isinstance(fact, Correction) and fact.replacement is not None:
                    return anew.position
        beyond = found[-1].position
    return None


def _source(one: Entry, sentence: str) -> Link:
    event = one.event
    return Link(
        what="source",
        sentence=f"{sentence}{corrected(one)}",
        position=one.position,
        by=event.by,
        at=event.recorded_at,
        reason_code=event.reason_code,
        reason=UNSET if event.reason is None else event.reason,
        corrected_by=UNSET if one.corrected_by is None else one.corrected_by,
    )
