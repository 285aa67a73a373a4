"""Which grants and places an event names, so that they are in memory before it is folded."""

from collections.abc import Container, Iterable

from ledger.events import Event, Extended, Granted, Reallocated, Released


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
    return sorted(missing - made)


def places_named(event: Event) -> Iterable[tuple[str, str]]:
    """The (pool, unit) whose holdings an event changes and tells."""
    match event:
        case Granted(data=made):
            yield made.pool, made.unit
        case Released(data=given):
            yield from ((given.pool, leg.unit) for leg in given.legs)
        case Reallocated(data=moved):
            yield from ((moved.pool, leg.unit) for leg in moved.legs)
            yield moved.pool, moved.to_unit
        case _:
            pass
