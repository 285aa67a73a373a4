"""Is there such a pool, unit or grant, is it open, is it as it was seen."""

from ledger.decide.judging import Judging
from ledger.decide.seen import named
from ledger.periods import FOREVER, Instant
from ledger.quantities import on_granule
from ledger.records import GrantRecord, PoolRecord, RequestRecord, UnitRecord
from ledger.refusals import (
    Arithmetic,
    OffGranule,
    PoolClosed,
    Stale,
    UnitClosed,
    UnknownGrant,
    UnknownPool,
    UnknownRequest,
    UnknownUnit,
)
from ledger.terms import Command


def pool_at(judging: Judging, pool: str, at: Instant) -> PoolRecord:
    """The pool, which exists at an instant (perhaps closed by then). Raises UnknownPool."""
    found = judging.state.pools.get(pool)
    if found is None:
        raise UnknownPool(f"There is no pool {pool}", leg=judging.leg)
    if at < found.since:
        raise UnknownPool(f"Pool {pool} {_lives(found.since, at)}", leg=judging.leg)
    return found


def unit_at(judging: Judging, unit: str, at: Instant) -> UnitRecord:
    """The unit, which exists at an instant (perhaps closed by then). Raises UnknownUnit."""
    found = judging.state.units.get(unit)
    if found is None:
        raise UnknownUnit(f"There is no unit {unit}", leg=judging.leg)
    if at < found.since:
        raise UnknownUnit(f"Unit {unit} {_lives(found.since, at)}", leg=judging.leg)
    return found


def _lives(since: Instant, at: Instant) -> str:
    return "was corrected away" if since == FOREVER else f"exists from {since} on, not {at}"


def grant_named(judging: Judging, grant: str) -> GrantRecord:
    """The grant of an id, which was not corrected away. Raises UnknownGrant."""
    found = grant_ever(judging, grant)
    if not found.first:
        raise UnknownGrant(f"Grant {grant} was corrected away", leg=judging.leg)
    return found


def grant_ever(judging: Judging, grant: str) -> GrantRecord:
    """The grant of an id, also one that was corrected away. Raises UnknownGrant."""
    found = judging.state.grants.get(grant)
    if found is None:
        raise UnknownGrant(f"There is no grant {grant}", leg=judging.leg)
    return found


def request_named(judging: Judging, request: str) -> RequestRecord:
    """The request of an id. Raises UnknownRequest."""
    found = judging.state.requests.get(request)
    if found is None:
        raise UnknownRequest(f"There is no request {request}", leg=judging.leg)
    return found


def demand_open_unit(judging: Judging, unit: UnitRecord, until: Instant = FOREVER) -> None:
    """Refuse with UnitClosed what would last beyond the unit's closing."""
    if until > unit.closed_at:
        raise UnitClosed(f"Unit {unit.unit} was closed at {unit.closed_at}", leg=judging.leg)


def demand_open_pool(judging: Judging, pool: PoolRecord, until: Instant = FOREVER) -> None:
    """Refuse with PoolClosed what would last beyond the pool's closing."""
    if until > pool.closed_at:
        raise PoolClosed(f"Pool {pool.pool} was closed at {pool.closed_at}", leg=judging.leg)


def demand_granule(judging: Judging, pool: PoolRecord, quantity: int) -> None:
    """Refuse with OffGranule a quantity of the leg at hand that is off the pool's granule."""
    demand_whole(pool, quantity, judging.leg)


def demand_whole(pool: PoolRecord, quantity: int, leg: int | None = None) -> None:
    """Refuse with OffGranule a quantity that is no multiple of the pool's granule."""
    if not on_granule(quantity, pool.granule):
        raise OffGranule(
            f"{quantity} is no multiple of {pool.granule}, the granule of {pool.pool}",
            arithmetic=Arithmetic(
                measure="granule", pool=pool.pool, asked=quantity, limit=pool.granule
            ),
            leg=leg,
        )


def demand_unchanged(judging: Judging, command: Command) -> None:
    """Refuse with Stale when something the leg names has changed since it was seen."""
    if judging.stale:
        demand_none_changed(judging, judging.stale.intersection(named(command, judging.facts)))


def demand_none_changed(judging: Judging, changed: frozenset[str]) -> None:
    """Refuse with Stale when there is anything that has changed since it was seen."""
    if changed:
        raise Stale(
            f"{', '.join(sorted(changed))} changed since the position you looked at",
            leg=judging.leg,
        )
