"""Which grants events build on, so that they are in memory before these are folded."""

from collections.abc import Container, Iterable

from ledger.events import Corrected, Event, Extended, Granted, Reallocated, Released
from ledger.sayings import grants_about


def grants_missing(events: Iterable[Event], known: Container[str]) -> list[str]:
    """The grants that events build on, which neither are known nor made by one of them."""
    made: set[str] = set()
    missing: set[str] = set()
    for event in events:
        if isinstance(event, Granted):
            made.add(event.data.grant)
        elif isinstance(event, Released | Reallocated):
            for leg in event.data.legs:
                if leg.grant not in known:
                    missing.add(leg.grant)
            if isinstance(event, Reallocated):
                made.add(event.data.to_grant)
        elif isinstance(event, Extended) and event.data.grant not in known:
            missing.add(event.data.grant)
        elif isinstance(event, Corrected):
            missing |= {name for name in grants_about(event) if name not in known}
    return sorted(missing - made)
