"""GET /v1/grants/{id}: one grant, what it owns and has in hand over its life."""

import msgspec

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found, unknown
from api.reads.shapes import GrantAnswer, GrantStep
from ledger.periods import or_null
from ledger.quantities import Uuid
from projections.holdings import read as record


def find(look: Look, asked: Asked) -> Found:
    """One grant. 404 UnknownGrant, also when it was made after `known_at`."""
    clocks = look.clocks(asked)
    name = asked.path.rpartition("/")[2]
    try:
        msgspec.convert(name, Uuid)
    except msgspec.ValidationError as wrong:
        raise invalid("A grant is named by a uuid in lower case.", parameter="grant") from wrong
    facts = record.grant(look.connection, name, clocks.known_at)
    if facts is None:
        raise unknown("grant", name, clocks.known_at)
    steps = record.steps(look.connection, name, clocks.known_at)
    now = next((one for one in steps if one.start <= clocks.valid_at < one.end), None)
    answer = GrantAnswer(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        grant=facts.grant,
        pool=facts.pool,
        unit=facts.unit,
        grant_class=facts.grant_class,
        quantity=facts.first,
        starts_at=facts.start,
        ends_at=or_null(facts.end),
        made=facts.made,
        moved=facts.moved,
        own=now.own if now else 0,
        hold=now.hold if now else 0,
        steps=tuple(
            GrantStep(start=one.start, end=or_null(one.end), own=one.own, hold=one.hold)
            for one in steps
        ),
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed)
