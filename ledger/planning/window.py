"""What is asked of a plan, resolved against the state: for whom, of what, from when until when."""

from datetime import timedelta
from typing import Final

from msgspec import Struct

from ledger.decide.awards import demand_below
from ledger.decide.existence import demand_whole
from ledger.periods import Instant, open_end, shifted
from ledger.plans import Plan
from ledger.records import GrantRecord, PoolRecord, RequestRecord
from ledger.refusals import (
    Impossible,
    UnknownGrant,
    UnknownPool,
    UnknownRequest,
    UnknownUnit,
)
from ledger.state import State

SECOND: Final = timedelta(seconds=1)


class Window(Struct, frozen=True, kw_only=True):
    """Units of a pool for a unit over `[start, end)`; `now` = the second of asking.

    `start` is that for what is wanted at once: by an instant that has gone by, or this second.
    """

    plan: Plan
    pool: PoolRecord
    request: RequestRecord | None
    now: Instant
    start: Instant
    end: Instant
    avoided: frozenset[str]

    def is_avoided(self, state: State, grant: GrantRecord) -> bool:
        """Whether a grant is to be left alone: it is one's own, or it is said so."""
        if grant.unit == self.plan.unit or grant.grant in self.avoided:
            return True
        return bool(self.avoided) and not self.avoided.isdisjoint(state.path(grant.unit))


def window(state: State, plan: Plan, now: Instant) -> Window:
    """Resolve what is asked in a second.

    Raises UnknownPool, UnknownUnit, UnknownRequest, UnknownGrant, OffGranule, and Impossible for
    a time that has gone by, or a request of others.
    """
    by, end = Instant(plan.by), open_end(None if plan.ends_at is None else Instant(plan.ends_at))
    start = by if by >= shifted(now, SECOND) else now
    pool = state.pools.get(plan.pool)
    if pool is None or not pool.since <= start < pool.closed_at:
        raise UnknownPool(f"There is no pool {plan.pool} at {start}")
    unit = state.units.get(plan.unit)
    if unit is None or not unit.since <= start < unit.closed_at:
        raise UnknownUnit(f"There is no unit {plan.unit} at {start}")
    request = None
    if plan.request is not None:
        request = state.requests.get(plan.request)
        if request is None:
            raise UnknownRequest(f"There is no request {plan.request}")
        demand_below(state, request, plan.unit)
    for name in plan.avoid:
        if name not in state.units and name not in state.grants:
            raise UnknownGrant(f"There is no unit or grant {name} to avoid")
    demand_whole(pool, plan.quantity)
    if end <= start:
        raise Impossible(f"A period from {start} to {end} holds no instant")
    return Window(
        plan=plan,
        pool=pool,
        request=request,
        now=now,
        start=start,
        end=end,
        avoided=frozenset(plan.avoid),
    )
