"""Which grants and places an event names, so that they are in memory before it is folded."""

from collections.abc import Container, Iterable

from ledger.events import Corrected, Event, Extended, Granted, Reallocated, Released
from ledger.facts import GrantMaking, Reallocation, ReleaseOfGrants
from ledger.sayings import Saying, grants_about, sayings


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
        case Corrected():
            for said in sayings(event.data):
                yield from _places_said(said)
        case _:
            pass


def _places_said(said: Saying | None) -> Iterable[tuple[str, str]]:
    match said.fact if said is not None else None:
        case GrantMaking(pool=pool, unit=unit):
            yield pool, unit
        case ReleaseOfGrants(pool=pool, legs=legs):
            yield from ((pool, leg.unit) for leg in legs)
        case Reallocation(pool=pool, legs=legs, to_unit=unit):
            yield from ((pool, leg.unit) for leg in legs)
            yield pool, unit
        case _:
            pass
