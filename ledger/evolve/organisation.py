"""How facts about units change the state."""

from msgspec.structs import replace

from ledger.events import UnitClosed, UnitCreated, UnitMoved, UnitRenamed
from ledger.evolve.changes import touch
from ledger.records import UnitRecord
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
    )
    put(state.units, made.unit, record)
    put(state.folded, "unit " + made.unit.lower(), made.unit)
    put(state.open_children, made.unit, 0)
    put(state.touched, made.unit, event.position)
    if made.parent is None:
        state.journal.assign(state, "root", made.unit)
    else:
        put(state.open_children, made.parent, state.open_children[made.parent] + 1)
        touch(state, made.parent, event.position)


def unit_renamed(state: State, event: UnitRenamed) -> None:
    """A unit is called otherwise."""
    unit = state.units[event.data.unit]
    state.journal.put(state.units, unit.unit, replace(unit, name=event.data.name))
    touch(state, unit.unit, event.position)


def unit_moved(state: State, event: UnitMoved) -> None:
    """A unit stands under another parent."""
    unit = state.units[event.data.unit]
    put = state.journal.put
    if unit.parent is not None:
        put(state.open_children, unit.parent, state.open_children[unit.parent] - 1)
    new = event.data.parent
    put(state.open_children, new, state.open_children[new] + 1)
    put(state.units, unit.unit, replace(unit, parent=new))
    state.forget_standings()
    for name in (unit.unit, new, *([unit.parent] if unit.parent else [])):
        touch(state, name, event.position)


def unit_closed(state: State, event: UnitClosed) -> None:
    """A unit has ended."""
    unit = state.units[event.data.unit]
    put = state.journal.put
    put(state.units, unit.unit, replace(unit, closed_at=event.effective_at))
    if unit.parent is not None:
        put(state.open_children, unit.parent, state.open_children[unit.parent] - 1)
    touch(state, unit.unit, event.position)
    if event.data.merged_into is not None:
        touch(state, event.data.merged_into, event.position)
