"""How facts about units change the state."""

from msgspec.structs import replace

from ledger.events import UnitClosed, UnitCreated, UnitMoved, UnitRenamed
from ledger.evolve.changes import touch
from ledger.facts import Fact, UnitClosing, UnitCreation, UnitMove, UnitRenaming
from ledger.periods import FOREVER, Instant
from ledger.records import Said, UnitRecord
from ledger.state import State


def unit_created(state: State, event: UnitCreated) -> None:
    """A unit stands under its parent."""
    made = event.data
    put = state.journal.put
    record = UnitRecord(
        unit=made.unit,
        name=made.name,
        kind=made.kind,
        parent=made.parent,
        since=event.effective_at,
        said=said_of(event.position, event.effective_at, event.data),
    )
    put(state.units, made.unit, record)
    put(state.folded, "unit " + made.unit.lower(), made.unit)
    put(state.open_children, made.unit, 0)
    put(state.touched, made.unit, event.position)
    state.forget_standings()
    if made.parent is None:
        state.journal.assign(state, "root", made.unit)
    else:
        put(state.open_children, made.parent, state.open_children[made.parent] + 1)
        touch(state, made.parent, event.position)


def unit_renamed(state: State, event: UnitRenamed) -> None:
    """A unit is called otherwise."""
    unit = state.units[event.data.unit]
    said = (*unit.said, *said_of(event.position, event.effective_at, event.data))
    state.journal.put(state.units, unit.unit, replace(unit, name=event.data.name, said=said))
    touch(state, unit.unit, event.position)


def unit_moved(state: State, event: UnitMoved) -> None:
    """A unit stands under another parent."""
    unit = state.units[event.data.unit]
    put = state.journal.put
    if unit.parent is not None:
        put(state.open_children, unit.parent, state.open_children[unit.parent] - 1)
    new = event.data.parent
    put(state.open_children, new, state.open_children[new] + 1)
    put(
        state.units,
        unit.unit,
        replace(
            unit,
            parent=new,
            said=(*unit.said, *said_of(event.position, event.effective_at, event.data)),
        ),
    )
    state.forget_standings()
    for name in (unit.unit, new, *([unit.parent] if unit.parent else [])):
        touch(state, name, event.position)


def unit_closed(state: State, event: UnitClosed) -> None:
    """A unit has ended."""
    unit = state.units[event.data.unit]
    put = state.journal.put
    said = (*unit.said, *said_of(event.position, event.effective_at, event.data))
    put(state.units, unit.unit, replace(unit, closed_at=event.effective_at, said=said))
    if unit.parent is not None:
        put(state.open_children, unit.parent, state.open_children[unit.parent] - 1)
    touch(state, unit.unit, event.position)
    if event.data.merged_into is not None:
        touch(state, event.data.merged_into, event.position)


def said_of(position: int, at: Instant, fact: Fact) -> tuple[Said, ...]:
    """What a fact about a unit says of it, each saying for itself."""
    said: tuple[tuple[str, str | None], ...]
    match fact:
        case UnitCreation():
            said = (("since", None), ("name", fact.name), ("kind", fact.kind),
                    ("parent", fact.parent))  # fmt: skip
        case UnitRenaming():
            said = (("name", fact.name),)
        case UnitMove():
            said = (("parent", fact.parent),)
        case UnitClosing():
            said = (("closed", fact.merged_into),)
        case _:
            raise TypeError(f"{type(fact).__name__} says nothing of a unit")
    return tuple(Said(position, at, what, value) for what, value in said)


def say(state: State, unit: UnitRecord, said: tuple[Said, ...]) -> UnitRecord:
    """Replace all that was said of a unit; what holds is what was said last, by effective time."""
    last = {one.what: one for one in sorted(said, key=lambda one: (one.at, one.position))}
    put = state.journal.put
    changed = replace(
        unit,
        since=last["since"].at if "since" in last else FOREVER,
        name=last["name"].value or unit.name if "name" in last else unit.name,
        kind=last["kind"].value if "kind" in last else unit.kind,
        parent=last["parent"].value if "parent" in last else unit.parent,
        closed_at=last["closed"].at if "closed" in last else FOREVER,
        said=said,
    )
    for parent, more in ((_open_under(unit), -1), (_open_under(changed), 1)):
        if parent is not None:
            put(state.open_children, parent, state.open_children[parent] + more)
    put(state.units, unit.unit, changed)
    if _places(said) != _places(unit.said):
        state.forget_standings()
    return changed


def _places(said: tuple[Said, ...]) -> list[Said]:
    """What is said of where a unit stands, and when: that tells who was above whom."""
    return [one for one in said if one.what == "parent"]


def _open_under(unit: UnitRecord) -> str | None:
    """The parent under which a unit counts as an open child."""
    is_open = unit.since != FOREVER and unit.closed_at == FOREVER
    return unit.parent if is_open else None
