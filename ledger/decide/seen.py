"""What somebody looked at before they decided: is it recorded, and what has changed since."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import UNSET

from ledger.commands import (
    AnyCommand,
    Correct,
    Extend,
    ForecastRelease,
    Grant,
    Lend,
    Note,
    Reallocate,
    Release,
    legs_of,
)
from ledger.events import Recorded
from ledger.facts import Splitting, UnitClosing, UnitCreation, UnitMove, UnitRenaming
from ledger.organising import CloseUnit, CreateUnit, Delegate, MoveUnit, RenameUnit, Split
from ledger.pledge_facts import PledgeMaking
from ledger.pledging import Pledge, RevisePledge, WithdrawPledge
from ledger.refusals import UnknownPosition
from ledger.requesting import AmendRequest, Appeal, DecideRequest, Request, WithdrawRequest
from ledger.sayings import fact_of, grants_about
from ledger.state import State
from ledger.terms import Command


def demand_recorded(state: State, seen: int | None) -> None:
    """Refuse with UnknownPosition to have seen what is not recorded yet (rules.md)."""
    if seen is not None and seen > state.position:
        raise UnknownPosition(f"Position {seen} was not recorded yet: the head is {state.position}")


def changed_since(
    state: State, command: AnyCommand, asks: Command, facts: Mapping[int, Recorded]
) -> frozenset[str]:
    """The units and grants a decision names that changed after `seen`, if it asks for that.

    `asks` is the command itself, or the confirmation of it that gives a `seen` of its own. `facts`
    are the events that the command names by position.
    """
    seen = asks.seen
    if not asks.if_unchanged or seen is None:
        return frozenset()
    found: set[str] = set()
    for leg in legs_of(command):
        for name in named(leg, facts):
            grant = state.grants.get(name)
            touched = state.touched.get(name, 0) if grant is None else grant.touched
            if touched > seen:
                found.add(name)
    return frozenset(found)


def named(command: Command, facts: Mapping[int, Recorded]) -> Iterable[str]:
    """The units and grants that an ask names. An id of a grant is a uuid, of a unit seldom.

    A correction names what the event is about that it corrects, and the units it says instead.
    """
    found: list[str | None]
    match command:
        case Grant():
            found = [command.unit]
        case Release():
            found = [command.unit, *(one.grant for one in command.grants or ())]
        case Reallocate():
            found = [command.to]
            for source in command.sources:
                found += [source.unit, source.grant]
        case Lend():
            found = [command.lender.unit, command.lender.grant, command.to]
        case Extend():
            found = [command.grant]
        case ForecastRelease():
            found = [command.grant, command.unit]
        case RenameUnit() | Delegate():
            found = [command.unit]
        case CreateUnit() | MoveUnit():
            found = [command.unit, command.parent]
        case CloseUnit():
            found = [command.unit, command.merged_into]
        case Split():
            found = [command.parent, *(share.unit for share in command.shares)]
        case Note():
            found = [command.about.unit, command.about.grant, command.about.request]
        case Pledge():
            found = [command.to_unit, command.of_unit]
        case RevisePledge():
            of_unit = None if command.of_unit is UNSET else command.of_unit
            found = [command.pledge, command.to_unit, of_unit]
        case WithdrawPledge():
            found = [command.pledge]
        case Request():
            found = [command.unit]
        case AmendRequest() | WithdrawRequest() | DecideRequest() | Appeal():
            found = [command.request]
        case Correct():
            event = facts.get(command.corrects)
            found = [] if event is None else [*_concerned(event), *_new_units(command, event)]
        case _:
            found = []
    return [name for name in found if name is not None]


_OF_UNITS: Final = ("unit", "to_unit", "of_unit", "parent", "merged_into")


def _new_units(command: Correct, event: Recorded) -> Iterable[str]:
    """The units that a replacement names and the event that is corrected does not."""
    data = {} if command.replacement is None else command.replacement.data
    fact = fact_of(event)
    for name in _OF_UNITS:
        unit = data.get(name)
        if isinstance(unit, str) and unit != getattr(fact, name, None):
            yield unit


def _concerned(event: Recorded) -> list[str | None]:
    """What an event is about: its grants, its units, or its pledge."""
    match fact_of(event):
        case UnitCreation() | UnitRenaming() | UnitMove() | UnitClosing() as of_unit:
            return [of_unit.unit]
        case Splitting() as split:
            return [split.parent, *(share.unit for share in split.shares)]
        case PledgeMaking() as made:
            return [made.pledge]
        case _:
            return [*grants_about(event)]
