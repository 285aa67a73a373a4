"""The tree of units: they are created, renamed, moved and closed as the organisation changes."""

from ledger.authority import SHAPERS, STEWARD, Roles
from ledger.decide.awards import demand_nothing_asked
from ledger.decide.capacity import beginning
from ledger.decide.existence import demand_open_unit, demand_unchanged, unit_at
from ledger.decide.judging import Judging
from ledger.events import UnitClosed, UnitCreated, UnitMoved, UnitRenamed
from ledger.facts import UnitClosing, UnitCreation, UnitMove, UnitRenaming
from ledger.organising import CloseUnit, CreateUnit, MoveUnit, RenameUnit
from ledger.periods import FOREVER
from ledger.records import UnitRecord
from ledger.refusals import AlreadyExists, Arithmetic, Cycle, Impossible, NoDifference, NotEmpty
from ledger.vocabulary import UnitKind


def create_unit(judging: Judging, command: CreateUnit) -> None:
    """Record a new unit under a parent, the root when none is named."""
    parent = unit_at(judging, command.parent or judging.root(), judging.begins())
    judging.allow(shaping(command.kind, is_leaf=True), parent.unit, None)
    demand_unchanged(judging, command)
    demand_open_unit(judging, parent)
    taken = judging.state.folded.get("unit " + command.unit.lower())
    if taken is not None:
        raise AlreadyExists(f"There is a unit {taken} already", leg=judging.leg)
    at = beginning(judging, parent.unit, None)
    data = UnitCreation(
        unit=command.unit,
        name=command.name or command.unit.rsplit("/", 1)[-1],
        kind=command.kind,
        parent=parent.unit,
    )
    judging.record(UnitCreated, data, at)
    if command.parent is None:
        _warn_of_its_path(judging, command.unit, parent.unit)


def _warn_of_its_path(judging: Judging, unit: str, parent: str) -> None:
    """A path in an id is no parent (rule 7): say so where it names another unit that is open."""
    above = judging.state.units.get(unit.rpartition("/")[0])
    if above is not None and above.unit != parent and above.closed_at == FOREVER:
        judging.warn(
            "NotBelowItsPath",
            f"{unit} stands right below {parent}, not below {above.unit}: say parent to place it",
        )


def rename_unit(judging: Judging, command: RenameUnit) -> None:
    """Record another display name."""
    unit = unit_at(judging, command.unit, judging.now)
    _allow(judging, unit, unit.parent)
    demand_unchanged(judging, command)
    demand_open_unit(judging, unit)
    if unit.name == command.name:
        raise NoDifference(f"{unit.unit} is called that already", leg=judging.leg)
    judging.record(UnitRenamed, UnitRenaming(unit=unit.unit, name=command.name), judging.now)


def move_unit(judging: Judging, command: MoveUnit) -> None:
    """Record another parent; the unit takes all it holds along. Raises Cycle."""
    unit = unit_at(judging, command.unit, judging.now)
    parent = unit_at(judging, command.parent, judging.now)
    _allow(judging, unit, unit.parent)
    _allow(judging, unit, parent.unit)
    demand_unchanged(judging, command)
    _demand_not_root(judging, unit)
    demand_open_unit(judging, unit)
    demand_open_unit(judging, parent)
    if unit.unit in judging.state.path(parent.unit):
        raise Cycle(f"{parent.unit} stands below {unit.unit}", leg=judging.leg)
    if unit.parent == parent.unit:
        raise NoDifference(f"{unit.unit} stands under {parent.unit} already", leg=judging.leg)
    judging.record(UnitMoved, UnitMove(unit=unit.unit, parent=parent.unit), judging.now)


def close_unit(judging: Judging, command: CloseUnit) -> None:
    """Record the end of a unit. NotEmpty while it holds, reserves or contains anything (rule 7)."""
    unit = unit_at(judging, command.unit, judging.now)
    into = command.merged_into
    heir = None if into is None else unit_at(judging, into, judging.now)
    _allow(judging, unit, unit.parent)
    demand_unchanged(judging, command)
    _demand_not_root(judging, unit)
    demand_open_unit(judging, unit)
    if heir is not None:
        demand_open_unit(judging, heir)
        if heir.unit == unit.unit:
            raise Cycle(f"{unit.unit} cannot merge into itself", leg=judging.leg)
    _demand_empty(judging, unit)
    demand_nothing_asked(judging, unit.unit)
    judging.record(UnitClosed, UnitClosing(unit=unit.unit, merged_into=into), judging.now)


def _demand_empty(judging: Judging, unit: UnitRecord) -> None:
    state = judging.state
    if state.open_children[unit.unit]:
        raise NotEmpty(
            f"{state.open_children[unit.unit]} open units stand below {unit.unit}",
            arithmetic=Arithmetic(measure="children", unit=unit.unit),
            leg=judging.leg,
        )
    for pool, holders in sorted(state.live.items()):
        grants = holders.get(unit.unit)
        if grants:
            raise NotEmpty(
                f"{unit.unit} holds or reserves of {pool}, for instance grant {grants[0][2]}",
                arithmetic=Arithmetic(
                    measure="held", pool=pool, unit=unit.unit, grant=grants[0][2]
                ),
                leg=judging.leg,
            )


def _demand_not_root(judging: Judging, unit: UnitRecord) -> None:
    if unit.parent is None:
        raise Impossible(f"{unit.unit} is the root: it stays where it is", leg=judging.leg)


def _allow(judging: Judging, unit: UnitRecord, parent: str | None) -> None:
    """A steward over the parent, for the root over itself; for a leaf project also SHAPERS."""
    is_leaf = not judging.state.open_children[unit.unit]
    judging.allow(shaping(unit.kind, is_leaf=is_leaf), parent or unit.unit, None)


def shaping(kind: UnitKind, *, is_leaf: bool) -> Roles:
    """The roles that shape the tree: a leaf project also SHAPERS (the table)."""
    return (*STEWARD, *SHAPERS) if kind == "project" and is_leaf else STEWARD
