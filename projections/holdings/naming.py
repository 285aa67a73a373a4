"""Which places an event names, so that they are in memory before it is folded."""

from collections.abc import Iterable

from ledger.events import Corrected, Event, Granted, Reallocated, Released
from ledger.facts import GrantMaking, Reallocation, ReleaseOfGrants
from ledger.sayings import Saying, sayings


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
