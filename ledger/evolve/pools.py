"""How facts about pools and their capacity change the state."""

from msgspec.structs import replace

from ledger.capacity import CapacityBook, change_of
from ledger.events import CapacityChanged, PoolClosed, PoolOpened
from ledger.evolve.changes import add
from ledger.records import PoolRecord
from ledger.state import State
from ledger.steps import Steps


def pool_opened(state: State, event: PoolOpened) -> None:
    """A pool begins, with nothing in it."""
    opening = event.data
    put = state.journal.put
    record = PoolRecord(
        pool=opening.pool,
        title=opening.title,
        unit_label=opening.unit_label,
        granule=opening.granule,
        since=event.effective_at,
    )
    put(state.pools, opening.pool, record)
    put(state.folded, "pool " + opening.pool.lower(), opening.pool)
    put(state.capacity, opening.pool, CapacityBook())
    put(state.free, opening.pool, Steps())


def pool_closed(state: State, event: PoolClosed) -> None:
    """A pool takes no more."""
    pool = state.pools[event.data.pool]
    state.journal.put(state.pools, pool.pool, replace(pool, closed_at=event.effective_at))


def capacity_changed(state: State, event: CapacityChanged) -> None:
    """There is more or less of a pool from an instant on."""
    fact = event.data
    change = change_of(event.position, event.effective_at, fact)
    book = state.capacity[fact.pool]
    deltas = book.insert(change)
    state.journal.on_undo(book.remove, change)
    add(state, fact.pool, deltas)
