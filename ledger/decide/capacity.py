"""Pools open and close; how much there is of them is recorded, and refused only if impossible."""

from ledger.authority import KEEPERS, SHAPERS, STEWARD
from ledger.decide.existence import demand_open_pool, pool_at
from ledger.decide.judging import Judging
from ledger.events import CapacityChanged, PoolClosed, PoolOpened
from ledger.facts import CapacityChange, PoolClosing, PoolOpening
from ledger.organising import ChangeCapacity, ClosePool, OpenPool
from ledger.periods import Instant
from ledger.refusals import AlreadyExists, Arithmetic, Impossible, NotEmpty


def open_pool(judging: Judging, command: OpenPool) -> None:
    """Record a new pool; its id is for ever, and differs from all others by more than case."""
    root = judging.root()
    judging.allow(STEWARD, root, command.pool)
    taken = judging.state.folded.get("pool " + command.pool.lower())
    if taken is not None:
        raise AlreadyExists(f"There is a pool {taken} already", leg=judging.leg)
    at = beginning(judging, root, command.pool)
    data = PoolOpening(
        pool=command.pool,
        title=command.title or command.pool,
        unit_label=command.unit_label,
        granule=command.granule,
    )
    judging.record(PoolOpened, data, at)


def close_pool(judging: Judging, command: ClosePool) -> None:
    """Record that a pool takes no more grants. NotEmpty while anything holds or reserves of it."""
    pool = pool_at(judging, command.pool, judging.now)
    judging.allow(STEWARD, judging.root(), pool.pool)
    demand_open_pool(judging, pool)
    holders = [unit for unit, grants in judging.state.live.get(pool.pool, {}).items() if grants]
    if holders:
        raise NotEmpty(
            f"{len(holders)} units hold or reserve of {pool.pool}, {min(holders)} among them",
            arithmetic=Arithmetic(measure="held", pool=pool.pool, unit=min(holders)),
            leg=judging.leg,
        )
    judging.record(PoolClosed, PoolClosing(pool=pool.pool), judging.now)


def change_capacity(judging: Judging, command: ChangeCapacity) -> None:
    """Record a capacity fact. Whether it is possible is judged on the whole decision."""
    at = judging.begins()
    pool = pool_at(judging, command.pool, at)
    root = judging.root()
    judging.allow(SHAPERS if command.kind == "headroom" else KEEPERS, root, pool.pool)
    judging.date_back(at, pool.pool, [root])
    data = CapacityChange(
        pool=pool.pool, kind=command.kind, total=command.total, quantity=command.quantity
    )
    judging.record(CapacityChanged, data, at)


def beginning(judging: Judging, unit: str, pool: str | None) -> Instant:
    """When the pool or unit made begins: now, or earlier when an importer says so (section 2)."""
    at = judging.begins()
    if at > judging.now:
        raise Impossible(
            f"Pools and units begin when they are recorded, not at {at}", leg=judging.leg
        )
    if at < judging.now:
        judging.import_into(unit, pool, f"Only an importer dates it back to {at}")
        judging.date_back(at, pool, [unit])
    return at
