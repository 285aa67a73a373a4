"""What an event names: units, pools, and the grants and delegations it is about."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    CapacityChanged,
    Event,
    Extended,
    Granted,
    Noted,
    PoolClosed,
    PoolOpened,
    Reallocated,
    Released,
    RulesSet,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)


class Names(NamedTuple):
    """The ids that an event names, each once or more."""

    units: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


Places = Mapping[str, Names]
"""For grants and delegations, what the event that made them names of units and pools."""


def names(event: Event, places: Places) -> Names:
    """What an event names. Raises LookupError for a grant or delegation that nothing made."""
    return _NAMES[type(event)](event, places)


def made_by(event: Event) -> tuple[str, Names] | None:
    """The grant or delegation that an event makes, and where it is."""
    maker = _MAKERS.get(type(event))
    return None if maker is None else maker(event)


def subjects_told(event: Event) -> tuple[str, ...]:
    """The grants and delegations that an event names without saying whose they are."""
    match event:
        case Extended(data=extension):
            return (extension.grant,)
        case AuthorityRevoked(data=revocation):
            return (revocation.delegation,)
        case Noted(data=note) if note.about.grant is not None:
            return (note.about.grant,)
        case _:
            return ()


def _opened(event: PoolOpened | PoolClosed | CapacityChanged, _: Places) -> Names:
    return Names((), (event.data.pool,))


def _created(event: UnitCreated, _: Places) -> Names:
    made = event.data
    return Names((made.unit,) if made.parent is None else (made.unit, made.parent))


def _renamed(event: UnitRenamed, _: Places) -> Names:
    return Names((event.data.unit,))


def _moved(event: UnitMoved, _: Places) -> Names:
    return Names((event.data.unit, event.data.parent))


def _closed(event: UnitClosed, _: Places) -> Names:
    end = event.data
    return Names((end.unit,) if end.merged_into is None else (end.unit, end.merged_into))


def _delegated(event: AuthorityDelegated, _: Places) -> Names:
    given = event.data
    return Names((given.unit,), given.pools or (), (given.delegation,))


def _revoked(event: AuthorityRevoked, places: Places) -> Names:
    delegation = event.data.delegation
    place = places[delegation]
    return Names(place.units, place.pools, (delegation,))


def _ruled(event: RulesSet, _: Places) -> Names:
    return Names() if event.data.pool is None else Names((), (event.data.pool,))


def _granted(event: Granted, _: Places) -> Names:
    made = event.data
    return Names((made.unit,), (made.pool,), (made.grant,))


def _released(event: Released, _: Places) -> Names:
    given = event.data
    if len(given.legs) == 1:
        leg = given.legs[0]
        return Names((leg.unit,), (given.pool,), (leg.grant,))
    return Names(
        tuple(leg.unit for leg in given.legs),
        (given.pool,),
        tuple(leg.grant for leg in given.legs),
    )


def _reallocated(event: Reallocated, _: Places) -> Names:
    moved = event.data
    return Names(
        (*(leg.unit for leg in moved.legs), moved.to_unit),
        (moved.pool,),
        (*(leg.grant for leg in moved.legs), moved.to_grant),
    )


def _extended(event: Extended, places: Places) -> Names:
    grant = event.data.grant
    place = places[grant]
    return Names(place.units, place.pools, (grant,))


def _noted(event: Noted, places: Places) -> Names:
    about = event.data.about
    if about.grant is not None:
        place = places[about.grant]
        return Names(place.units, place.pools, (about.grant,))
    return Names() if about.unit is None else Names((about.unit,))


def _makes_grant(event: Granted) -> tuple[str, Names]:
    made = event.data
    return made.grant, _place(made.unit, made.pool)


def _makes_grant_of_others(event: Reallocated) -> tuple[str, Names]:
    moved = event.data
    return moved.to_grant, _place(moved.to_unit, moved.pool)


def _makes_delegation(event: AuthorityDelegated) -> tuple[str, Names]:
    given = event.data
    return given.delegation, Names((given.unit,), given.pools or ())


@cache
def _place(unit: str, pool: str) -> Names:
    # As many as there are units and pools, shared by all their grants.
    return Names((unit,), (pool,))


_MAKERS: Final[dict[type[Any], Callable[[Any], tuple[str, Names]]]] = {
    Granted: _makes_grant,
    Reallocated: _makes_grant_of_others,
    AuthorityDelegated: _makes_delegation,
}
_NAMES: Final[dict[type[Any], Callable[[Any, Places], Names]]] = {
    PoolOpened: _opened,
    PoolClosed: _opened,
    CapacityChanged: _opened,
    UnitCreated: _created,
    UnitRenamed: _renamed,
    UnitMoved: _moved,
    UnitClosed: _closed,
    AuthorityDelegated: _delegated,
    AuthorityRevoked: _revoked,
    RulesSet: _ruled,
    Granted: _granted,
    Released: _released,
    Reallocated: _reallocated,
    Extended: _extended,
    Noted: _noted,
}
