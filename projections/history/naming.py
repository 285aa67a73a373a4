"""What an event names: units, pools, and the grants and delegations it is about."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from ledger.events import Event
from ledger.facts import (
    CapacityChange,
    Correction,
    Delegation,
    Extension,
    Fact,
    Forecast,
    GrantMaking,
    Leg,
    NoteText,
    PoolClosing,
    PoolOpening,
    Proposal,
    ProposalClosing,
    Reallocation,
    ReleaseOfGrants,
    Revocation,
    Rules,
    Splitting,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.pledge_facts import PledgeMaking, PledgeRevision, PledgeWithdrawal, RateSetting
from ledger.request_facts import (
    Appealing,
    RequestAmendment,
    RequestDecision,
    RequestMaking,
    RequestWithdrawal,
)
from projections.history.spoken import facts_of, noted_about


class Names(NamedTuple):
    """The ids that an event names, each once or more."""

    units: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


Places = Mapping[str, Names]
"""For grants, requests and delegations, what the event that made them names of units and pools.

What happens to a loan changes what two units have: it names the unit that has it, and the lender.
Loans are always among them; other grants may be left out where an event says whose they are.
"""


def names(event: Event, places: Places) -> Names:
    """What an event names. Raises LookupError for a grant or delegation that nothing made."""
    found = _NAMES[type(event.data)](event.data, places)
    if event.request is None:
        return found
    return found._replace(subjects=(*found.subjects, event.request))


def made_by(fact: Fact) -> tuple[str, Names] | None:
    """The grant or delegation that a fact makes, and where it is.

    A correction makes it anew, as it says; of what never happened it tells what was said.
    """
    maker = _MAKERS.get(type(fact))
    return None if maker is None else maker(fact)


def _opened(fact: PoolOpening | PoolClosing | CapacityChange | RateSetting, _: Places) -> Names:
    return Names((), (fact.pool,))


def _created(made: UnitCreation, _: Places) -> Names:
    return Names((made.unit,) if made.parent is None else (made.unit, made.parent))


def _renamed(fact: UnitRenaming, _: Places) -> Names:
    return Names((fact.unit,))


def _moved(fact: UnitMove, _: Places) -> Names:
    return Names((fact.unit, fact.parent))


def _closed(end: UnitClosing, _: Places) -> Names:
    return Names((end.unit,) if end.merged_into is None else (end.unit, end.merged_into))


def _delegated(given: Delegation, _: Places) -> Names:
    return Names((given.unit,), given.pools or (), (given.delegation,))


def _proposal(_fact: Proposal | ProposalClosing, _: Places) -> Names:
    return Names()


def _split(fact: Splitting, _: Places) -> Names:
    return Names((fact.parent, *(share.unit for share in fact.shares)), (fact.pool,))


def _revoked(fact: Revocation, places: Places) -> Names:
    return _of(fact.delegation, places)


def _of(subject: str, places: Places) -> Names:
    place = places[subject]
    return Names(place.units, place.pools, (subject,))


def _asked(asked: RequestMaking | RequestAmendment, _: Places) -> Names:
    return Names((asked.unit,), asked.pools, (asked.request,))


def _of_request(
    fact: RequestWithdrawal | RequestDecision | Appealing, places: Places
) -> Names:  # fmt: skip
    return _of(fact.request, places)


def _pledged(fact: PledgeMaking | PledgeRevision, _: Places) -> Names:
    units = (fact.to_unit,) if fact.of_unit is None else (fact.to_unit, fact.of_unit)
    return Names(units, fact.pools, (fact.pledge,))


def _pledge_withdrawn(fact: PledgeWithdrawal, places: Places) -> Names:
    return _of(fact.pledge, places)


def _ruled(fact: Rules, _: Places) -> Names:
    return Names() if fact.pool is None else Names((), (fact.pool,))


def _granted(made: GrantMaking, _: Places) -> Names:
    return Names((made.unit,), (made.pool,), (made.grant,))


def _released(given: ReleaseOfGrants, places: Places) -> Names:
    if len(given.legs) == 1:
        leg = given.legs[0]
        return Names(_giving(leg, places), (given.pool,), (leg.grant,))
    return Names(
        tuple(unit for leg in given.legs for unit in _giving(leg, places)),
        (given.pool,),
        tuple(leg.grant for leg in given.legs),
    )


def _giving(leg: Leg, places: Places) -> tuple[str, ...]:
    """The unit that gives; of a loan, the lender as well, which has it back."""
    place = places.get(leg.grant)
    return (leg.unit,) if place is None else place.units


def _reallocated(moved: Reallocation, _: Places) -> Names:
    return Names(
        (*(leg.unit for leg in moved.legs), moved.to_unit),
        (moved.pool,),
        (*(leg.grant for leg in moved.legs), moved.to_grant),
    )


def _of_grant(fact: Extension | Forecast, places: Places) -> Names:
    return _of(fact.grant, places)


def _noted(note: NoteText, places: Places) -> Names:
    subject = noted_about(note)
    if subject is not None:
        return _of(subject, places)
    return Names() if note.about.unit is None else Names((note.about.unit,))


def _corrected(fact: Correction, places: Places) -> Names:
    """Everything that is said now, and that was said until now."""
    named = [_NAMES[type(one)](one, places) for one in facts_of(fact)]
    units, pools, subjects = (
        tuple(one for ids in of for one in ids) for of in zip(*named, strict=True)
    )
    return Names(units, pools, subjects)


def _makes_grant(made: GrantMaking) -> tuple[str, Names]:
    return made.grant, _place(made.unit, made.pool)


def _makes_grant_of_others(moved: Reallocation) -> tuple[str, Names]:
    if moved.loan:
        return moved.to_grant, Names((moved.to_unit, moved.legs[0].unit), (moved.pool,))
    return moved.to_grant, _place(moved.to_unit, moved.pool)


def _makes_request(asked: RequestMaking) -> tuple[str, Names]:
    return asked.request, Names((asked.unit,), asked.pools)


def _makes_delegation(given: Delegation) -> tuple[str, Names]:
    return given.delegation, Names((given.unit,), given.pools or ())


def _makes_pledge(made: PledgeMaking) -> tuple[str, Names]:
    return made.pledge, Names((made.to_unit,), made.pools)


def _makes_anew(correction: Correction) -> tuple[str, Names] | None:
    return made_by(facts_of(correction)[0])


@cache
def _place(unit: str, pool: str) -> Names:
    # As many as there are units and pools, shared by all their grants.
    return Names((unit,), (pool,))


_MAKERS: Final[dict[type[Any], Callable[[Any], tuple[str, Names] | None]]] = {
    GrantMaking: _makes_grant,
    Reallocation: _makes_grant_of_others,
    Delegation: _makes_delegation,
    RequestMaking: _makes_request,
    PledgeMaking: _makes_pledge,
    Correction: _makes_anew,
}
_NAMES: Final[dict[type[Any], Callable[[Any, Places], Names]]] = {
    PoolOpening: _opened,
    PoolClosing: _opened,
    CapacityChange: _opened,
    UnitCreation: _created,
    UnitRenaming: _renamed,
    UnitMove: _moved,
    UnitClosing: _closed,
    Delegation: _delegated,
    Revocation: _revoked,
    Rules: _ruled,
    Splitting: _split,
    PledgeMaking: _pledged,
    PledgeRevision: _pledged,
    PledgeWithdrawal: _pledge_withdrawn,
    RateSetting: _opened,
    RequestMaking: _asked,
    RequestAmendment: _asked,
    RequestWithdrawal: _of_request,
    RequestDecision: _of_request,
    Appealing: _of_request,
    GrantMaking: _granted,
    ReleaseOfGrants: _released,
    Reallocation: _reallocated,
    Extension: _of_grant,
    Forecast: _of_grant,
    Correction: _corrected,
    Proposal: _proposal,
    ProposalClosing: _proposal,
    NoteText: _noted,
}
