"""GET /v1/grants/{id}: one grant, what it owns and has in hand over its life."""

from collections.abc import Sequence

import msgspec

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found, unknown
from api.reads.shapes_of_grants import CorrectionMade, GrantAnswer, GrantStep, LoanMade
from api.reads.takeable import Takings
from ledger.periods import Instant, or_null
from ledger.quantities import Uuid
from projections.holdings import lending
from projections.holdings import read as record
from projections.holdings.changes import Row, family
from projections.holdings.lending import Loan, Step
from projections.holdings.standing import LOANED
from projections.holdings.told import told


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
    rows = family(look.connection, [name], clocks.known_at)
    steps = lending.steps(rows, name)
    now = _at(steps, clocks.valid_at)
    hold = now.hold if now else 0
    borrowed = hold if facts.grant_class == "borrowed" else 0
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
        hold=hold,
        lender=next((row.other for row in rows if row.grant == name and row.kind == LOANED), None),
        steps=tuple(
            GrantStep(start=one.start, end=or_null(one.end), own=one.own, hold=one.hold)
            for one in steps
        ),
        loans=tuple(_loan(rows, loan, clocks.valid_at) for loan in lending.loans_made(rows, name)),
        takeable=Takings(look, clocks).of(
            (facts.pool, facts.unit), hold, borrowed=borrowed, start=facts.start
        ),
        corrections=_corrections(look, name, clocks.known_at),
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed)


def _at(steps: Sequence[Step], at: Instant) -> Step | None:
    return next((one for one in steps if one.start <= at < one.end), None)


def _loan(rows: Sequence[Row], loan: Loan, at: Instant) -> LoanMade:
    now = _at(lending.steps(rows, loan.grant), at)
    return LoanMade(
        grant=loan.grant,
        unit=loan.unit,
        quantity=loan.first,
        hold=now.hold if now else 0,
        starts_at=loan.start,
        ends_at=or_null(loan.end),
        made=loan.position,
    )


def _corrections(look: Look, name: str, known_at: int) -> tuple[CorrectionMade, ...]:
    return tuple(
        CorrectionMade(corrects=position, position=one.corrected_by)
        for position, one in sorted(told(look.connection, [name], known_at).items())
        if one.corrected_by is not None
    )
