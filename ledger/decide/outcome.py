"""Corrections are judged on what the whole decision leaves: nothing negative, nothing orphaned.

This comes before limits, so that what has to be corrected together can be (rules 2 and 8).
"""

from collections.abc import Iterable
from operator import itemgetter

from ledger.decide.awards import judge_awards
from ledger.decide.judging import Judging
from ledger.decide.lives import judge_lives
from ledger.decide.orphans import demand_no_orphans
from ledger.events import Corrected
from ledger.holding import holds
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.refusals import Arithmetic, Impossible, NegativeHolding
from ledger.sayings import grants_about, saying


def judge_corrections(judging: Judging) -> None:
    """Refuse what the corrections of a decision leave: below zero, orphaned, beyond an award."""
    legs: dict[str, int] = {}
    for leg, event in judging.corrected:
        for name in grants_about(event):
            grant = judging.state.grants[name]
            for one in (name, grant.lender, *grant.loans):
                if one is not None:
                    legs.setdefault(one, leg)
        _judge_units(judging, leg, event)
    for name, leg in legs.items():
        judging.leg = leg
        grant = judging.state.grants[name]
        loans = judging.state.loans_of(grant)
        demand_no_orphans(judging, grant, loans)
        _demand_not_negative(judging, grant, loans)
    judge_lives(judging, legs)
    judge_awards(judging)


def _judge_units(judging: Judging, leg: int, event: Corrected) -> None:
    """Refuse legs that name another unit than the one that holds the grant now."""
    said = saying(event.data.topic, event.data.replacement)
    for one in getattr(said.fact, "legs", ()) if said is not None else ():
        grant = judging.state.grants[one.grant]
        if grant.unit != one.unit:
            raise Impossible(f"Grant {grant.grant} is of {grant.unit}, not {one.unit}", leg=leg)


def _demand_not_negative(
    judging: Judging, grant: GrantRecord, loans: list[GrantRecord]
) -> None:  # fmt: skip
    """Refuse with NegativeHolding a grant that owns, or has in hand, less than nothing."""
    measures: dict[str, list[GrantRecord]] = {"own": [], "hold": loans}
    negative = [
        (*found, measure, lent)
        for measure, lent in measures.items()
        if (found := _first_negative(grant, lent)) is not None
    ]
    if not negative:
        return
    at, after, measure, lent = min(negative, key=itemgetter(0))
    named = _drawing(grant, lent, at)
    raise NegativeHolding(
        f"Grant {grant.grant} of {grant.unit} would hold {after} at {at}: "
        f"position {', '.join(map(str, named))} draws on it",
        arithmetic=Arithmetic(
            measure=measure, pool=grant.pool, unit=grant.unit, grant=grant.grant, at=at,
            after=after, positions=named,
        ),
        leg=judging.leg,
    )  # fmt: skip


def _drawing(grant: GrantRecord, loans: Iterable[GrantRecord], at: Instant) -> tuple[int, ...]:
    """The positions that draw on a grant at an instant."""
    positions = {draw.position for draw in grant.draws if draw.quantity and draw.instant <= at}
    positions |= {loan.made for loan in loans if loan.start <= at < loan.end}
    return tuple(sorted(positions))


def _first_negative(grant: GrantRecord, loans: list[GrantRecord]) -> tuple[Instant, int] | None:
    if grant.start >= grant.end:
        return None
    held = holds(grant, loans, grant.start, grant.end)
    return next(((date, hold) for date, hold in held if hold < 0), None)
