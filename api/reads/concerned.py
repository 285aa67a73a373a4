"""Whom a command concerns that waits: the units and pools that it names, itself or by an id."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct, field

from ledger.store.reading import read_at
from projections.history.subjects import positions_of
from projections.statements import Connection

_UNITS: Final = frozenset({"unit", "parent", "to_unit", "of_unit", "merged_into"})
_SUBJECTS: Final = frozenset({"grant", "to_grant", "request", "delegation"})
_json: Final = msgspec.json.Decoder()


class Concerned(Struct, frozen=True):
    """The units and pools that something names, and the ids and positions that stand for more."""

    units: set[str] = field(default_factory=set[str])
    pools: set[str] = field(default_factory=set[str])
    subjects: set[str] = field(default_factory=set[str])
    positions: set[int] = field(default_factory=set[int])

    def take_in(self, said: object) -> None:
        """Note everything that JSON names, however deep."""
        if isinstance(said, dict):
            named = msgspec.convert(said, dict[str, object])
            for name, value in named.items():
                # What is moved or lent goes to a unit; a delegation goes to a person.
                self._note("unit" if name == "to" and "from" in named else name, value)
        elif isinstance(said, list):
            for one in msgspec.convert(said, list[object]):
                self.take_in(one)

    def _note(self, name: str, value: object) -> None:
        match value:
            case str() if name in _UNITS:
                self.units.add(value)
            case str() if name == "pool":
                self.pools.add(value)
            case str() if name in _SUBJECTS:
                self.subjects.add(value)
            case int() if name == "corrects":
                self.positions.add(value)
            case list() if name == "pools":
                self.pools.update(msgspec.convert(value, list[str]))
            case _:
                self.take_in(value)


def concerned(
    connection: Connection, commands: Sequence[str], known_at: int
) -> Sequence[Concerned]:
    """Whom each of some commands concerns, given as JSON.

    A grant, request or delegation concerns whoever its maker names, and a correction whoever the
    corrected event does.
    """
    found = [Concerned() for _ in commands]
    for one, command in zip(found, commands, strict=True):
        one.take_in(_json.decode(command))
    looked_up: set[int] = set()
    while wanted := _wanted(connection, found, known_at, looked_up):
        for one, positions in zip(found, wanted, strict=True):
            for stored in read_at(connection, sorted(positions)):
                one.take_in(_json.decode(stored.stored)["data"])
        looked_up |= {position for positions in wanted for position in positions}
    return found


def _wanted(
    connection: Connection, found: Sequence[Concerned], known_at: int, looked_up: set[int]
) -> Sequence[set[int]]:
    """The events that tell more of each; nothing when all have been looked up."""
    subjects = {subject for one in found for subject in one.subjects}
    made: Mapping[str, Sequence[int]] = positions_of(connection, subjects, known_at=known_at)
    wanted = [
        {made[subject][0] for subject in one.subjects if subject in made} | one.positions
        for one in found
    ]
    return wanted if any(positions - looked_up for positions in wanted) else ()
