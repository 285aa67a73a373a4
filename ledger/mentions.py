"""What an event of a copy names: it was made before, and what the event makes itself was not.

The fold fails by itself where a grant is missing, or what it is of; of much else facts only tell.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Final, NoReturn, cast

from msgspec import Struct
from msgspec.structs import astuple

from ledger.decide.wording import fixed_field, makes_another_root
from ledger.events import Corrected, Recorded
from ledger.facts import (
    Correction,
    Delegation,
    Extension,
    Fact,
    GrantMaking,
    NoteText,
    PoolOpening,
    Proposal,
    Reallocation,
    ReleaseOfGrants,
    UnitClosing,
    UnitCreation,
    UnitMove,
)
from ledger.periods import open_end
from ledger.pledge_facts import PledgeMaking
from ledger.request_facts import RequestMaking
from ledger.sayings import Saying, fact_of, sayings
from ledger.state import State

BOOKS: Final = {
    **dict.fromkeys(("pool", "pools"), "pools"),
    **dict.fromkeys(("unit", "parent", "to_unit", "of_unit", "merged_into"), "units"),
    **dict.fromkeys(("grant", "to_grant"), "grants"),
    **dict.fromkeys(("delegation", "authority"), "delegations"),
    "request": "requests",
    "proposal": "proposals",
    "pledge": "pledges",
}
"""The fields that name something, and what of a state holds all that was made of its kind."""
MAKES: Final[dict[type[Struct], str]] = {
    PoolOpening: "pool",
    UnitCreation: "unit",
    GrantMaking: "grant",
    Reallocation: "to_grant",
    Delegation: "delegation",
    RequestMaking: "request",
    PledgeMaking: "pledge",
    Proposal: "proposal",
}
"""The facts that make what one of their fields names."""


def demand_made(state: State, event: Recorded) -> None:
    """Raise ValueError when an event, the next, names what was not made before it."""
    if event.request is not None and event.request not in state.requests:
        _refuse("request", event.request)
    delegations = state.delegations
    for delegation in event.authority:
        if delegation not in delegations:
            _refuse("authority", delegation)
    if event.seen is not None and event.seen > state.position:
        raise ValueError(f"it has seen position {event.seen}, which was not recorded before it")
    fact: Fact = _fact(event)
    _DEMANDS.get(type(fact), _demand_all)(state, fact)


def demand_retold(correction: Correction, original: Fact, until_now: Saying | None) -> None:
    """Raise ValueError when a correction tells wrongly of the event that it corrects.

    What that says is given as it was recorded, and as it stood until the correction.
    """
    was, now = sayings(correction)
    if was != until_now:
        raise ValueError("it does not tell what the event said until then")
    if now == was:
        raise ValueError("it says what the event said already")
    if now is None:
        return
    if (name := fixed_field(original, now.fact)) is not None:
        raise ValueError(f"{name} of an event is fixed")
    if makes_another_root(original, now.fact):
        raise ValueError("the root alone has no parent")


def demand_rooted(state: State, event: Recorded) -> None:
    """Raise ValueError when the tree, once an event is folded, has no way up from its unit."""
    fact = fact_of(event)
    if isinstance(event, Corrected):
        said = next((one for one in sayings(event.data) if one is not None), None)
        fact = fact if said is None else said.fact
    if not isinstance(fact, UnitMove | UnitCreation):
        return
    seen: set[str] = set()
    at: str | None = fact.unit
    while at is not None:
        if at in seen:
            raise ValueError(f"{fact.unit} would stand below itself")
        seen.add(at)
        at = state.units[at].parent


def _demand_all(state: State, fact: Fact) -> None:
    """Demand everything that a fact names, and that what it makes was not made before."""
    makes = MAKES.get(type(fact))
    for field, name in _named(fact):
        if (name in getattr(state, BOOKS[field])) == (field == makes):
            _refuse(field, name, is_made=field == makes)


def _demand_unit(state: State, fact: UnitCreation | UnitMove | UnitClosing) -> None:
    """One unit alone has no parent, and stays where it is."""
    _demand_all(state, fact)
    if isinstance(fact, UnitCreation):
        if (fact.parent is None) != (state.root is None):
            raise ValueError("a second root" if fact.parent is None else "no root stands above it")
    elif fact.unit == state.root:
        raise ValueError(f"{fact.unit} is the root: it stays where it is")


def _demand_note(state: State, fact: NoteText) -> None:
    _demand_all(state, fact)
    position = fact.about.position
    if position is not None and position > state.position:
        raise ValueError(f"a note about position {position}, which was not recorded before it")


def _demand_held(state: State, fact: ReleaseOfGrants | Reallocation) -> None:
    """What legs take from is of the pool, and of the unit that they name."""
    grants = state.grants
    for leg in fact.legs:
        try:
            grant = grants[leg.grant]
        except KeyError:
            _refuse("grant", leg.grant)
        if grant.unit != leg.unit or grant.pool != fact.pool:
            raise ValueError(
                f"grant {leg.grant} is of {grant.unit}, of pool {grant.pool}, not of {leg.unit},"
                f" of pool {fact.pool}"
            )


def _demand_moved(state: State, fact: Reallocation) -> None:
    """The fold asks for the unit that it goes to."""
    _demand_held(state, fact)
    _demand_new(state, fact.to_grant)


def _demand_granted(state: State, fact: GrantMaking) -> None:
    """The fold asks for the pool and the unit."""
    _demand_new(state, fact.grant)


def _demand_new(state: State, grant: str) -> None:
    # While a copy is checked no grant rests.
    if state.grants.is_at_hand(grant):
        _refuse("grant", grant, is_made=True)


def _demand_extended(state: State, fact: Extension) -> None:
    """An end that is said lies behind the start, as that is known by then."""
    grant = state.grants.get(fact.grant)
    if grant is None:
        _refuse("grant", fact.grant)
    if open_end(fact.ends_at) <= grant.start:
        raise ValueError(f"a period from {grant.start} to {fact.ends_at} holds no instant")


def _demand_corrected(state: State, fact: Correction) -> None:
    """What a correction tells of was made, and it knows the one before it."""
    if state.corrections.get(fact.corrects) != fact.supersedes:
        raise ValueError(f"it supersedes {fact.supersedes}, not the correction that stands")
    for one in sayings(fact):
        for field, name in () if one is None else _named(one.fact):
            if name not in getattr(state, BOOKS[field]):
                _refuse(field, name)


_DEMANDS: Final[dict[type[Fact], Callable[[State, Any], None]]] = {
    **dict.fromkeys((UnitCreation, UnitMove, UnitClosing), _demand_unit),
    ReleaseOfGrants: _demand_held,
    Reallocation: _demand_moved,
    GrantMaking: _demand_granted,
    Extension: _demand_extended,
    NoteText: _demand_note,
    Correction: _demand_corrected,
}


_fact: Final = attrgetter("data")


def _named(fact: Struct) -> Iterator[tuple[str, str]]:
    """What a fact names, each with the field that does."""
    for field, value in zip(fact.__struct_fields__, astuple(fact), strict=True):
        some = cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,))
        for one in some:
            if isinstance(one, Struct):
                yield from _named(one)
            elif isinstance(one, str) and field in BOOKS:
                yield field, one


def _refuse(field: str, name: str, *, is_made: bool = False) -> NoReturn:
    when = "was made before it already" if is_made else "was not made before it"
    raise ValueError(f"{field} names {name}, which {when}")
