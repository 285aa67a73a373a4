"""Corrections are judged on what the whole decision leaves: nothing negative, nothing orphaned.

This comes before limits, so that what has to be corrected together can be (rules 2 and 8).
"""

from collections.abc import Iterable

from ledger.decide.judging import Judging
from ledger.decide.touching import grants_of
from ledger.events import Corrected
from ledger.holding import hold_at, lowest_hold
from ledger.periods import BEGINNING, Instant
from ledger.records import GrantRecord
from ledger.refusals import Arithmetic, DependentFacts, Impossible, NegativeHolding
from ledger.sayings import saying


def judge_corrections(judging: Judging) -> None:
    """Refuse with DependentFacts or NegativeHolding what the corrections of a decision leave."""
    legs: dict[str, int] = {}
    for leg, event in judging.corrected:
        for name in grants_of(event):
            grant = judging.state.grants[name]
            for one in (name, grant.lender, *grant.loans):
                if one is not None:
                    legs.setdefault(one, leg)
        _judge_units(judging, leg, event)
    for name, leg in legs.items():
        judging.leg = leg
        grant = judging.state.grants[name]
        loans = judging.state.loans_of(grant)
        _demand_no_orphans(judging, grant, loans)
        _demand_not_negative(judging, grant, loans)


def _judge_units(judging: Judging, leg: int, event: Corrected) -> None:
    """Refuse legs that name another unit than the one that holds the grant now."""
    said = saying(event.data.topic, event.data.replacement)
    for one in getattr(said.fact, "legs", ()) if said is not None else ():
        grant = judging.state.grants[one.grant]
        if grant.unit != one.unit:
            raise Impossible(f"Grant {grant.grant} is of {grant.unit}, not {one.unit}", leg=leg)


def _demand_no_orphans(
    judging: Judging, grant: GrantRecord, loans: Iterable[GrantRecord]
) -> None:  # fmt: skip
    """Refuse with DependentFacts a grant that is gone, or passed on, under what later facts say."""
    old = judging.before(grant.grant)
    if old is None:
        return
    later: set[int] = set()
    if not grant.first:
        later = {draw.position for draw in grant.draws}
        later |= {end.position for end in grant.ends[1:]}
        later |= {loan.made for loan in loans if loan.first}
        why = "was never made"
    elif grant.unit != old.unit:
        anew = {event.data.corrects for _, event in judging.corrected}
        later = {draw.position for draw in grant.draws} - anew
        later |= {end.position for end in grant.ends[1:] if end.is_final} - anew
        later |= {loan.made for loan in loans if loan.first} - anew
        why = f"is of {grant.unit}, and not of {old.unit}"
    else:
        later = {
            draw.position
            for draw in grant.draws
            if draw.quantity
            and draw.instant >= grant.end
            and (not draw.is_release or draw.instant <= judging.now)
            and not _was_idle(old, draw.position)
        }
        later |= {
            loan.made
            for loan in loans
            if loan.first and not grant.start <= loan.start < grant.end
            and (loan.start < grant.start or old.start <= loan.start < old.end)
        }  # fmt: skip
        why = f"holds from {grant.start} until {grant.end}"
    if later:
        positions = tuple(sorted(later))
        raise DependentFacts(
            f"Grant {grant.grant} {why}: position {', '.join(map(str, positions))} takes from it",
            arithmetic=Arithmetic(
                measure="facts", pool=grant.pool, unit=grant.unit, grant=grant.grant,
                positions=positions,
            ),
            leg=judging.leg,
        )  # fmt: skip


def _was_idle(old: GrantRecord, position: int) -> bool:
    """Whether a leg took nothing before either, since the grant had ended by then."""
    return any(draw.position == position and draw.instant >= old.end for draw in old.draws)


def _demand_not_negative(
    judging: Judging, grant: GrantRecord, loans: list[GrantRecord]
) -> None:  # fmt: skip
    """Refuse with NegativeHolding a grant that owns, or has in hand, less than nothing."""
    for measure, lent in (("own", []), ("hold", loans)):
        found = _first_negative(grant, lent)
        if found is None:
            continue
        at, after = found
        positions = {draw.position for draw in grant.draws if draw.quantity and draw.instant <= at}
        positions |= {loan.made for loan in lent if loan.start <= at < loan.end}
        named = tuple(sorted(positions))
        raise NegativeHolding(
            f"Grant {grant.grant} of {grant.unit} would hold {after} at {at}: "
            f"position {', '.join(map(str, named))} draws on it",
            arithmetic=Arithmetic(
                measure=measure, pool=grant.pool, unit=grant.unit, grant=grant.grant, at=at,
                after=after, positions=named,
            ),
            leg=judging.leg,
        )  # fmt: skip


def _first_negative(grant: GrantRecord, loans: list[GrantRecord]) -> tuple[Instant, int] | None:
    lowest = lowest_hold(grant, loans, BEGINNING)
    if lowest is None or lowest[1] >= 0:
        return None
    dates = {grant.start, *(draw.instant for draw in grant.draws)}
    for loan in loans:
        dates |= {loan.start, loan.end, *(draw.instant for draw in loan.draws)}
    for date in sorted(date for date in dates if grant.start <= date < grant.end):
        held = hold_at(grant, date, loans)
        if held < 0:
            return date, held
    return lowest
