"""The decision that a plan ends in: its body, and what it would be answered with now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from ledger.answers import answer
from ledger.asks import Ask, Question, Stamp
from ledger.commands import Decision
from ledger.decide.findings import Warned
from ledger.holding import own_at
from ledger.planning.gathering import Gathered, Taken
from ledger.planning.shapes import Verdict
from ledger.planning.sources import day
from ledger.planning.window import Window
from ledger.refused import RefusalBody
from ledger.state import State

SOURCES_MAX: Final = 500
"""So many grants at most are named by one ask."""
Body = dict[str, Any]


class _Tried(Struct, frozen=True):
    warnings: tuple[Warned, ...] = ()
    needs: tuple[str, ...] = ()


_tried: Final = msgspec.json.Decoder(_Tried)
_refused: Final = msgspec.json.Decoder(RefusalBody)


def body(state: State, window: Window, gathered: Gathered, *, borrowed: bool) -> Body | None:
    """The body of a decision that does all that was gathered; None when that is nothing.

    It begins when it is decided, unless the date lies ahead.
    """
    legs = list(_legs(window, gathered, borrowed=borrowed))
    if not legs:
        return None
    plan = window.plan
    found: Body = {
        "reason_code": plan.reason_code,
        "reason": plan.reason or _reason(window),
        "request": plan.request,
        "overrides": plan.overrides,
        "seen": state.position,
    }
    return {**{name: value for name, value in found.items() if value}, "legs": legs}


def judged(state: State, question: Question, decision: Body, stamp: Stamp) -> Verdict:
    """What the decision would be answered with now, given by who asks for the plan."""
    ask = Ask(
        command=msgspec.convert({"do": "decision", **decision}, Decision),
        by=question.by,
        via=question.via,
        key="",
        fingerprint=b"",
        dry_run=True,
    )
    given = answer(state, ask, stamp)
    if given.status != 200:
        no = _refused.decode(given.body)
        unit = None if no.arithmetic is None else no.arithmetic.unit
        return Verdict(status=no.status, code=no.code, detail=no.detail, unit=unit)
    tried = _tried.decode(given.body)
    return Verdict(status=202 if tried.needs else 201, needs=tried.needs, warnings=tried.warnings)


def _legs(window: Window, gathered: Gathered, *, borrowed: bool) -> Iterator[Body]:
    plan = window.plan
    into: Body = {"borrowed": True} if borrowed else {}
    if window.start > window.now:
        into["starts_at"] = window.start
    if plan.ends_at is not None:
        into["ends_at"] = plan.ends_at
    if gathered.free:
        given = {"pool": plan.pool, "unit": plan.unit, "quantity": gathered.free}
        yield {"do": "grant", **given, **into}
    yield from _recalls(window, gathered)
    of_grant: defaultdict[str, int] = defaultdict(int)
    for one in gathered.taken:
        if not one.source.is_recall:
            of_grant[one.source.grant.grant] += one.quantity
    for some in _named(of_grant.items()):
        yield {"do": "reallocate", "pool": plan.pool, "from": some, "to": plan.unit, **into}


def _recalls(window: Window, gathered: Gathered) -> Iterator[Body]:
    """Loans that come back: all of one ends at the date, which either side may have it do.

    Of a part the rest stays lent. Of what comes back at once nobody knows when that is before it
    is decided; a loan does not end when it begins, nor anew when a release ended it; and many are
    taken back together.
    """
    back = [one for one in gathered.taken if one.source.is_recall]
    ends = [one for one in back if _ends(window, one)]
    if len(ends) > SOURCES_MAX:
        ends = []
    for one in ends:
        yield {"do": "extend", "grant": one.source.grant.grant, "ends_at": window.start}
    others = [(one.source.grant.grant, one.quantity) for one in back if one not in ends]
    for some in _named(others):
        taken: Body = {"do": "release", "grants": some, "kind": "reclaimed"}
        if window.start > window.now:
            taken["effective_at"] = window.start
        yield taken


def _ends(window: Window, one: Taken) -> bool:
    loan, start = one.source.grant, window.start
    is_ahead = max(loan.start, window.now) < start
    return is_ahead and not loan.ended and one.quantity == own_at(loan, start)


def _named(of_grants: Iterable[tuple[str, int]]) -> Iterator[list[Body]]:
    """So much of each grant, as many as one ask takes at a time."""
    legs = [{"grant": name, "quantity": quantity} for name, quantity in of_grants]
    for place in range(0, len(legs), SOURCES_MAX):
        yield legs[place : place + SOURCES_MAX]


def _reason(window: Window) -> str:
    plan = window.plan
    until = "" if plan.ends_at is None else f" until {day(window.end)}"
    return f"{plan.quantity} of {plan.pool} for {plan.unit} by {day(window.start)}{until}"
