"""GET /v1/grants/{id}/why: why a grant is as it is, back to who gave the right to decide it."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.chain import MOST, Chain, minute
from api.reads.limiting import Place, limits, unit_label
from api.reads.look import Clocks, Connection, Look
from api.reads.reading import Found, unknown
from api.reads.shapes_of_why import GrantWhy, Link
from api.reads.sources import sources
from ledger.events import Corrected, Event, ReleaseForecast
from ledger.facts import Reallocation, ReleaseOfGrants
from ledger.periods import or_null
from ledger.quantities import Uuid
from projections.history.phrases import moment, till
from projections.history.read import Entry
from projections.history.subjects import positions_of
from projections.holdings import lending
from projections.holdings import read as record
from projections.holdings.changes import family
from projections.holdings.read import GrantFacts
from projections.holdings.told import told

_BESIDE: Final = ("event is of the same decision", "events are of the same decision")
_LATER: Final = ("event is about it", "events are about it")


def find(look: Look, asked: Asked) -> Found:
    """Why a grant is as it is. 404 UnknownGrant, also when it was made after `known_at`."""
    clocks = look.clocks(asked)
    name = asked.path.split("/")[-2]
    try:
        msgspec.convert(name, Uuid)
    except msgspec.ValidationError as wrong:
        raise invalid("A grant is named by a uuid in lower case.", parameter="grant") from wrong
    facts = record.grant(look.connection, name, clocks.known_at)
    if facts is None:
        raise unknown("grant", name, clocks.known_at)
    chain = Chain(look.connection, clocks.known_at)
    _origin(look.connection, chain, facts, clocks)
    _since(look.connection, chain, facts, clocks.known_at)
    answer = GrantWhy(
        position=clocks.known_at,
        known_at=clocks.known_at,
        valid_at=clocks.valid_at,
        grant=name,
        sentences=chain.sentences,
        chain=tuple(chain.links),
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed)


def _origin(connection: Connection, chain: Chain, facts: GrantFacts, clocks: Clocks) -> None:
    """The grant, the decision, the request, the budget, the rights, and whence the units came."""
    label = unit_label(connection, facts.pool, facts.start, facts.made)
    chain.add(_itself(connection, facts, clocks, label))
    (made,) = chain.told([facts.made])
    beside = _beside(made.event)
    others = chain.told(beside[:MOST])
    chain.decided("decision", (made, *others))
    chain.rest("decision", len(beside) - MOST, _BESIDE)
    if made.event.request is not None:
        chain.request(made.event.request)
    place = Place(facts.pool, facts.unit, facts.start, facts.made)
    limits(connection, chain, place, note=lambda _: _beyond(facts))
    chain.rights((made, *others))
    said = told(connection, [facts.grant], clocks.known_at).get(facts.made)
    believed = None if said is None or said.saying is None else said.saying.fact
    for link in sources(
        connection,
        facts,
        believed,
        made=made,
        beside=others,
        known_at=clocks.known_at,
        amount=partial(_amount, facts, label),
    ):
        chain.add(link)


def _itself(connection: Connection, facts: GrantFacts, clocks: Clocks, label: str) -> Link:
    steps = lending.steps(family(connection, [facts.grant], clocks.known_at), facts.grant)
    now = next((one for one in steps if one.start <= clocks.valid_at < one.end), None)
    has = "nothing of it" if now is None else f"{now.own:,} of it"
    lent = "" if now is None or now.own == now.hold else f", {now.own - now.hold:,} of that lent"
    return Link(
        what="grant",
        sentence=(
            f"{facts.unit} has a grant of {_amount(facts, label, facts.first)}, "
            f"{facts.grant_class}, from {moment(facts.start)}{till(or_null(facts.end))}; "
            f"on {minute(clocks.valid_at)} it owns {has}{lent}"
        ),
        position=facts.made,
        grant=facts.grant,
        unit=facts.unit,
        quantity=0 if now is None else now.own,
        at=facts.start,
    )


def _amount(facts: GrantFacts, label: str, quantity: int) -> str:
    """A quantity with what it counts and where."""
    return f"{quantity:,} {label} of {facts.pool}"


def _beside(event: Event) -> list[int]:
    """The positions of the other events of the same decision."""
    leg, legs = event.leg
    first = event.position - leg
    return [position for position in range(first, first + legs) if position != event.position]


def _beyond(facts: GrantFacts) -> str:
    """Where a borrowed grant stands to the budget."""
    if facts.grant_class != "borrowed":
        return ""
    return "; this grant is borrowed, so it stands beside the amount and is first to go"


def _since(connection: Connection, chain: Chain, facts: GrantFacts, known_at: int) -> None:
    """What happened to the grant after it was made: by whom, why, and by what right."""
    named = positions_of(connection, (facts.grant,), known_at=known_at)[facts.grant]
    later = [one for one in chain.told(_after(named, facts)) if _counts(one)]
    for one in later[:MOST]:
        chain.decided("decision", (one,), later=True, note=_part(one, facts.grant))
        chain.rights((one,), later=True)
    chain.rest("decision", len(later) - MOST, _LATER, later=True)


def _after(named: Sequence[int], facts: GrantFacts) -> list[int]:
    return [position for position in named if position > facts.made]


def _counts(one: Entry) -> bool:
    """Whether it says something of the grant that stands; a forecast binds nobody."""
    if isinstance(one.event, ReleaseForecast):
        return False
    return not isinstance(one.event, Corrected) or one.corrected_by is None


def _part(one: Entry, grant: str) -> str:
    """How much of what several grants gave is of this one."""
    fact = one.event.data
    if not isinstance(fact, Reallocation | ReleaseOfGrants) or len(fact.legs) < 2:
        return ""
    mine = sum(leg.quantity for leg in fact.legs if leg.grant == grant)
    return f", {mine:,} of that out of this grant"
