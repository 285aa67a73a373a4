"""What an event touches: the grants it makes, takes from or ends, the pool it counts."""

from collections.abc import Iterable, Mapping

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
from ledger.records import GrantRecord
from ledger.sayings import grants_said, saying


def grants_of(event: Recorded) -> Iterable[str]:
    """The grants that an event makes, takes from or extends."""
    match event:
        case Granted():
            return (event.data.grant,)
        case Released():
            return [leg.grant for leg in event.data.legs]
        case Reallocated():
            return (*(leg.grant for leg in event.data.legs), event.data.to_grant)
        case Extended():
            return (event.data.grant,)
        case Corrected(data=fact):
            return grants_said(saying(fact.topic, fact.was), saying(fact.topic, fact.replacement))
        case _:
            return ()


def capacity_of(event: Recorded) -> str | None:
    """The pool whose capacity an event counts; None for other events."""
    if isinstance(event, CapacityChanged):
        return event.data.pool
    if isinstance(event, Corrected):
        fact = event.data
        said = saying(fact.topic, fact.replacement) or saying(fact.topic, fact.was)
        if said is not None and isinstance(said.fact, CapacityChange):
            return said.fact.pool
    return None


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
            return grants[next(iter(grants_of(event)))].pool
        case _:
            raise TypeError(f"{type(event).__name__} holds nothing of a pool")
