"""What later facts say of a grant still has a ground once corrections have changed it (rule 8)."""

from collections.abc import Iterable, Sequence
from typing import NoReturn

from ledger.acts import advanced
from ledger.decide.judging import Judging
from ledger.holding import held_last
from ledger.periods import FOREVER
from ledger.records import GrantRecord
from ledger.refusals import Arithmetic, DependentFacts


def demand_no_orphans(judging: Judging, grant: GrantRecord, loans: Iterable[GrantRecord]) -> None:
    """Refuse with DependentFacts a grant that is gone, or passed on, under what later facts say."""
    old = judging.before(grant.grant)
    if old is None:
        return
    _demand_schedules(judging, grant)
    _demand_last(judging, grant)
    loans = [loan for loan in loans if loan.first]
    _demand_late(judging, grant, old, loans)
    if not grant.first:
        why = "was never made"
        later = {draw.position for draw in grant.draws}
        later |= {end.position for end in grant.ends[1:]}
        later |= {loan.made for loan in loans} | {position for position, _, _ in grant.late}
    elif grant.unit != old.unit:
        why = f"is of {grant.unit}, and not of {old.unit}"
        later = {draw.position for draw in grant.draws}
        later |= {end.position for end in grant.ends[1:] if end.is_final}
        later |= {loan.made for loan in loans} | {position for position, _, _ in grant.late}
        later -= {event.data.corrects for _, event in judging.corrected}
    else:
        until = " on" if grant.end == FOREVER else f" until {grant.end}"
        why = f"holds from {grant.start}{until}"
        later = _outside(judging, grant, old, loans)
    if later:
        refuse_depended(judging, grant, f"{why}, and is named later", later)


def _outside(
    judging: Judging, grant: GrantRecord, old: GrantRecord, loans: Iterable[GrantRecord]
) -> set[int]:
    """Positions of what takes from a grant when it does not hold, and did take before."""
    if grant.end <= grant.start and not grant.ended:
        return {grant.ends[-1].position} if grant.ends else set()
    idle = {draw.position for draw in old.draws if draw.instant >= old.end}
    early = {draw.position for draw in old.draws if draw.at is not None}
    later = {
        draw.position
        for draw in grant.draws
        if draw.quantity
        and draw.instant >= grant.end
        and (not draw.is_release or draw.instant <= judging.now)
        and draw.position not in idle
    }
    # A move out of a reservation is a promise of what is to come; this one took what was there.
    later |= {
        draw.position
        for draw in grant.draws
        if draw.at is not None and not draw.is_release and draw.position not in early
    } - {event.data.corrects for _, event in judging.corrected}
    return later | {
        loan.made
        for loan in loans
        if not grant.start <= loan.start < grant.end
        and (loan.start < grant.start or old.start <= loan.start < old.end)
    }


def _demand_last(judging: Judging, grant: GrantRecord) -> None:
    """Refuse with DependentFacts a leg that ended what was extended afterwards (rule 5)."""
    final = min((end.position for end in grant.ends if end.is_final), default=None)
    if final is not None:
        longer = {one.position for one in grant.ends if not one.is_final and one.position > final}
        if longer:
            why = f"was ended at position {final}, and extended later"
            refuse_depended(judging, grant, why, longer)


def _demand_late(
    judging: Judging, grant: GrantRecord, old: GrantRecord, loans: Sequence[GrantRecord]
) -> None:
    """Refuse with DependentFacts what came back late before the end, or more than was held then."""
    if not grant.late or not grant.first:
        return
    before = [position for position, _, at in grant.late if at < grant.end]
    if before and (grant.end > old.end or grant.late != old.late):
        refuse_depended(judging, grant, f"ends at {grant.end}, and came back late before", before)
    held, told = held_last(grant, loans), sum(back for _, back, _ in grant.late)
    if told > held and (grant.late != old.late or held < held_last(old, loans)):
        why = f"held {held} when it ended, and {told} came back late"
        refuse_depended(judging, grant, why, [position for position, _, _ in grant.late])


def _demand_schedules(judging: Judging, grant: GrantRecord) -> None:
    """Refuse with DependentFacts a release of which later legs advanced more than there is."""
    for draw in grant.draws:
        if draw.quantity >= 0:
            continue
        taken, by = advanced(grant, draw.position)
        raise DependentFacts(
            f"{taken} of the {taken + draw.quantity} scheduled at {draw.position} were taken "
            f"before: position {', '.join(map(str, by))}",
            arithmetic=Arithmetic(
                measure="advanced", pool=grant.pool, unit=grant.unit, grant=grant.grant,
                asked=taken + draw.quantity, limit=taken, positions=by,
            ),
            leg=judging.leg,
        )  # fmt: skip


def refuse_depended(
    judging: Judging, grant: GrantRecord, why: str, later: Iterable[int]
) -> NoReturn:
    """Refuse with DependentFacts what leaves facts about a grant, by position, without ground."""
    positions = tuple(sorted(later))
    raise DependentFacts(
        f"Grant {grant.grant} {why}: position {', '.join(map(str, positions))}",
        arithmetic=Arithmetic(
            measure="facts", pool=grant.pool, unit=grant.unit, grant=grant.grant,
            positions=positions,
        ),
        leg=judging.leg,
    )  # fmt: skip
