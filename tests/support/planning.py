"""Plans of a ledger without a database, as a door would ask for them."""

from typing import Any

import msgspec

from ledger.asks import Question
from ledger.planning import planned
from ledger.planning.shapes import Planned
from ledger.plans import Foreseen, Plan
from tests.support.in_memory import FOUNDER, VIA, InMemory, day

_planned = msgspec.json.Decoder(Planned)


def ask_for(
    ledger: InMemory,
    quantity: int,
    unit: str,
    *,
    by: float = 31,
    person: str = FOUNDER,
    foreseen: tuple[Foreseen, ...] = (),
    reflected: int | None = None,
    **fields: Any,
) -> tuple[int, bytes]:
    """The status and body with which a plan is answered; `by` in days."""
    plan = msgspec.convert(
        {"pool": "h100", "quantity": quantity, "by": day(by), "unit": unit, **fields}, Plan
    )
    known = ledger.state.position if reflected is None else reflected
    question = Question(plan=plan, by=person, via=VIA, foreseen=foreseen, reflected=known)
    given = planned(ledger.state, question, ledger.stamp())
    return given.status, given.body


def plan(ledger: InMemory, quantity: int, unit: str, **fields: Any) -> Planned:
    """A plan that is answered with one."""
    status, body = ask_for(ledger, quantity, unit, **fields)
    assert status == 200, body
    return _planned.decode(body)


def parts(found: Planned) -> list[tuple[str, str | None, int]]:
    """What comes from where: the harm, the unit, the quantity."""
    return [(one.harm, one.unit, one.quantity) for one in found.moves]


def carry_out(ledger: InMemory, found: Planned, *, by: str = FOUNDER) -> list[dict[str, Any]]:
    """Decide what a plan ends in; returns the events."""
    assert found.decision is not None
    return ledger.tell("decision", by=by, **found.decision)
