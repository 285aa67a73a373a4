"""Loans: a grant made out of one lender's grant, which goes back to it by itself (rule 0)."""

from ledger.authority import HOLDERS
from ledger.commands import Lend
from ledger.decide.awards import demand_award
from ledger.decide.existence import (
    demand_granule,
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    grant_named,
    pool_at,
    unit_at,
)
from ledger.decide.grants import demand_window, mind_self_dealing, new_grant
from ledger.decide.judging import Judging
from ledger.decide.notice import count_for_second
from ledger.events import Reallocated
from ledger.facts import Leg, Reallocation
from ledger.holders import of_unit
from ledger.holding import lowest_hold
from ledger.periods import Instant
from ledger.records import GrantRecord, PoolRecord
from ledger.refusals import Arithmetic, Impossible, MoreThanHeld, SameUnit


def lend(judging: Judging, command: Lend) -> None:
    """Record loans over `[start, returns_at)`: one event for each lender grant drawn.

    What is lent stays the lender's own and is not in its hand meanwhile; the pool's sum is
    unchanged. A unit lends from its own grants that last long enough, in the order they would be
    drawn (rule 5), never from what it has borrowed itself.
    """
    start, end = judging.begins(), Instant(command.returns_at)
    pool = pool_at(judging, command.pool, start)
    to = unit_at(judging, command.to, start)
    named = None if command.lender.grant is None else grant_named(judging, command.lender.grant)
    lender = (
        unit_at(judging, command.lender.unit or "", start).unit if named is None else named.unit
    )
    judging.allow(HOLDERS, lender, pool.pool, (to.unit,))
    mind_self_dealing(judging, to.unit, (lender,), pool.pool)
    demand_unchanged(judging, command)
    demand_window(judging, start, end)
    if to.unit == lender:
        raise SameUnit(f"{lender} does not lend to itself", leg=judging.leg)
    demand_open_pool(judging, pool, end)
    demand_open_unit(judging, to, end)
    demand_granule(judging, pool, command.quantity)
    demand_award(judging, to.unit, pool.pool, command.quantity)
    count_for_second(judging, pool.pool, command.quantity)
    judging.taking.add(judging.leg)
    if named is not None:
        _demand_lendable(judging, named, pool, start, end)
        grants = [named]
    else:
        grants = list(of_unit(judging.state, pool.pool, lender, start))
    drawn = _drawn(judging, command, grants, start)
    if drawn is None:
        raise _cannot_lend(judging, command, lender, grants, start)
    for index, (grant, part) in enumerate(drawn):
        if index:
            judging.allow(HOLDERS, lender, pool.pool, (to.unit,))
        judging.date_back(start, pool.pool, [lender, to.unit])
        data = Reallocation(
            pool=pool.pool,
            legs=(Leg(grant=grant, unit=lender, quantity=part),),
            to_grant=new_grant(judging, None if index else command.grant),
            to_unit=to.unit,
            quantity=part,
            ends_at=end,
            grant_class="borrowed",
            loan=True,
        )
        judging.record(Reallocated, data, start)


def lendable(judging: Judging, grant: GrantRecord, start: Instant, end: Instant) -> int:
    """How much a grant can lend over `[start, end)`: the least it has in hand meanwhile."""
    if grant.start > start or grant.end < end or grant.lender is not None:
        return 0
    lowest = lowest_hold(grant, judging.state.loans_of(grant), start, until=end)
    return 0 if lowest is None else max(0, lowest[1])


def _drawn(
    judging: Judging, command: Lend, grants: list[GrantRecord], start: Instant
) -> list[tuple[str, int]] | None:
    """The grants that lend, with how much each; None when together they have too little."""
    drawn: list[tuple[str, int]] = []
    left = command.quantity
    for grant in grants:
        part = min(left, lendable(judging, grant, start, Instant(command.returns_at)))
        if part:
            drawn.append((grant.grant, part))
            left -= part
        if not left:
            return drawn
    return None


def _cannot_lend(
    judging: Judging, command: Lend, lender: str, grants: list[GrantRecord], start: Instant
) -> MoreThanHeld:
    end = Instant(command.returns_at)
    available = sum(lendable(judging, grant, start, end) for grant in grants)
    named = command.lender.grant
    whose = lender if named is None else f"grant {named} of {lender}"
    return MoreThanHeld(
        f"{command.quantity} asked of {whose}, which can lend {available} of {command.pool} "
        f"from {start} until {end}",
        arithmetic=Arithmetic(
            measure="hold", pool=command.pool, unit=lender, grant=named, at=start, until=end,
            asked=command.quantity, available=available,
        ),
        leg=judging.leg,
    )  # fmt: skip


def _demand_lendable(
    judging: Judging, grant: GrantRecord, pool: PoolRecord, start: Instant, end: Instant
) -> None:
    """Refuse with Impossible what no quantity would make right."""
    if grant.pool != pool.pool:
        why = f"is of {grant.pool}, not {pool.pool}"
    elif grant.lender is not None:
        why = "is a loan itself: it is not lent on"
    elif start < grant.start:
        why = f"begins at {grant.start}, after the loan would"
    elif end > grant.end:
        why = f"ends at {grant.end}: a loan does not outlive its lender's grant"
    else:
        return
    raise Impossible(f"Grant {grant.grant} {why}", leg=judging.leg)
