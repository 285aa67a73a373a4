"""What is asked of a plan, resolved against the state: for whom, of what, from when until when."""

from msgspec import Struct

from ledger.arithmetic import Arithmetic
from ledger.periods import Instant, open_end
from ledger.plans import Plan
from ledger.quantities import on_granule
from ledger.records import GrantRecord, PoolRecord, RequestRecord
from ledger.refusals import (
    OffGranule,
    UnknownGrant,
    UnknownPool,
    UnknownRequest,
    UnknownUnit,
)
from ledger.state import State


class Window(Struct, frozen=True, kw_only=True):
    """Units of a pool for a unit over `[start, end)`; `now` = the second of asking.

    `start` is never before that, nor before what was recorded last.
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


def window(state: State, plan: Plan, recorded_at: Instant) -> Window:
    """Resolve a plan. Raises UnknownPool, UnknownUnit, UnknownRequest, UnknownGrant, OffGranule."""
    now = max(Instant(f"{recorded_at[:19]}.000000Z"), state.recorded_at)
    start = max(Instant(plan.by), now)
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
    for name in plan.avoid:
        if name not in state.units and name not in state.grants:
            raise UnknownGrant(f"There is no unit or grant {name} to avoid")
    if not on_granule(plan.quantity, pool.granule):
        raise OffGranule(
            f"{plan.quantity} is no multiple of {pool.granule}, the granule of {pool.pool}",
            arithmetic=Arithmetic(
                measure="granule", pool=pool.pool, asked=plan.quantity, limit=pool.granule
            ),
        )
    return Window(
        plan=plan,
        pool=pool,
        request=request,
        now=now,
        start=start,
        end=open_end(None if plan.ends_at is None else Instant(plan.ends_at)),
        avoided=frozenset(plan.avoid),
    )
