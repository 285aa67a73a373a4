"""What an event touches: the pool it counts, the pool it takes from, the tree."""

from collections.abc import Mapping

from ledger.events import (
    CapacityChanged,
    Corrected,
    Extended,
    Granted,
    Reallocated,
    Recorded,
    Released,
    UnitMoved,
)
from ledger.facts import CapacityChange
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.sayings import grants_about, sayings


def capacity_of(event: Recorded) -> str | None:
    """The pool whose capacity an event counts; None for other events."""
    if isinstance(event, CapacityChanged):
        return event.data.pool
    if isinstance(event, Corrected):
        was, now = sayings(event.data)
        said = now or was
        if said is not None and isinstance(said.fact, CapacityChange):
            return said.fact.pool
    return None


def counted_from(event: Recorded, pool: str) -> list[Instant]:
    """From when on an event counts another capacity of a pool: of a correction, was and is."""
    if capacity_of(event) != pool:
        return []
    if isinstance(event, Corrected):
        return [one.at for one in sayings(event.data) if one is not None]
    return [event.effective_at]


def tells_of_tree(event: Recorded) -> bool:
    """Whether an event says where units stand, and so moves nothing itself."""
    if isinstance(event, Corrected):
        return event.data.topic.startswith("unit-")
    return isinstance(event, UnitMoved)


def pool_of(event: Recorded, grants: Mapping[str, GrantRecord]) -> str:
    """The pool of which an event changes what is free."""
    match event:
        case Granted() | Released() | Reallocated():
            return event.data.pool
        case Extended():
            return grants[event.data.grant].pool
        case Corrected():
            return grants[grants_about(event)[0]].pool
        case _:
            raise TypeError(f"{type(event).__name__} holds nothing of a pool")
