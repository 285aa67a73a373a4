"""Grants: those that may still matter at hand, and all that are long over packed away.

A record of ten years has a million grants, and some thousand of them hold anything. Any of them
can still be named, so all are kept: one at hand takes about a thousand bytes, one at rest seventy.
"""

import re
from array import array
from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from datetime import timedelta
from sys import byteorder
from typing import Any, Final, cast

from msgspec import Struct

from ledger.packing import is_around, packed, unpacked
from ledger.periods import BEGINNING, FOREVER, Instant, micros
from ledger.records import GrantRecord

AT_HAND: Final = timedelta(days=30)
"""So long after its end a grant stays at hand: facts dated back further are rare, and slower."""
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LENGTH: Final = 2
_ENTRY: Final = 16
_BUCKETS: Final = 4096
_STRETCH: Final = 30 * 24 * 60 * 60 * 1_000_000
"""Thirty days in microseconds: a grant is looked for among those of the same stretches."""
_SPREAD: Final = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: its product with ids that differ little differs in the high bits."""


def is_over(grant: GrantRecord, horizon: Instant) -> bool:
    """Whether a grant holds nothing from a horizon on: it ended, or gave the last away, by then."""
    return grant.end <= horizon or _held_until(grant) <= horizon


def _held_until(grant: GrantRecord) -> Instant:
    """From when on a grant holds nothing; one that was corrected away never did."""
    if grant.left:
        return grant.end
    return grant.draws[-1].instant if grant.draws else BEGINNING


class Kept(Struct, array_like=True):
    """The grants at rest, one behind the other, and where each lies.

    `names` are the ids of pools and units. `buckets` hold what both halves of a grant's id make,
    and its place, `of_unit` by pool and unit the places for each stretch of time in which one held
    something, or began. What rests anew is written anew, and what stands at its place before says
    nothing any more. None of them holds anything from `horizon` on.
    """

    packed: bytearray
    buckets: list[bytearray]
    names: list[str]
    of_unit: dict[str, dict[int, bytearray]]
    count: int
    horizon: Instant


class AtRest:
    """Grants that are packed away. One that is found is a copy: it rests on."""

    __slots__ = ("_numbers", "kept")

    def __init__(self, kept: Kept | None = None) -> None:
        self.kept = kept or Kept(
            bytearray(), [bytearray() for _ in range(_BUCKETS)], [], {}, 0, BEGINNING
        )
        self._numbers = {name: number for number, name in enumerate(self.kept.names)}

    def lay(self, grant: GrantRecord) -> bool:
        """Put a grant to rest; False when it cannot be."""
        if _UUID.fullmatch(grant.grant) is None:
            return False
        written = packed(grant, self._number)
        if len(written) >= 1 << 8 * _LENGTH:
            return False
        kept = self.kept
        key, bucket = self._bucket(grant.grant)
        entry = self._entry(grant.grant, key, bucket)
        if entry is not None and bytes(self._written(_place(bucket, entry))) == written:
            return True  # it came to hand, and nothing came of it
        place = len(kept.packed)
        kept.packed += len(written).to_bytes(_LENGTH)
        kept.packed += written
        if entry is None:
            bucket += key + place.to_bytes(8)
            kept.count += 1
        else:
            bucket[entry + 8 : entry + _ENTRY] = place.to_bytes(8)
        stretches = kept.of_unit.setdefault(_of(grant.pool, grant.unit), {})
        first, last = grant.began // _STRETCH, micros(_held_until(grant)) // _STRETCH
        for stretch in range(first, max(first, last) + 1):
            stretches.setdefault(stretch, bytearray()).extend(place.to_bytes(8, byteorder))
        return True

    def find(self, name: object) -> GrantRecord | None:
        """The grant of an id."""
        if not self.kept.count or not isinstance(name, str) or _UUID.fullmatch(name) is None:
            return None
        key, bucket = self._bucket(name)
        entry = self._entry(name, key, bucket)
        return None if entry is None else self._unpacked(_place(bucket, entry))

    def holds(self, name: str) -> bool:
        """Whether a grant rests, or rested before it came to hand."""
        if not self.kept.count or _UUID.fullmatch(name) is None:
            return False
        return self._entry(name, *self._bucket(name)) is not None

    def all(self) -> Iterator[GrantRecord]:
        """Every grant, in the order in which they came to rest."""
        packed = self.kept.packed
        place = 0
        while place < len(packed):
            if self._is_newest(place):
                yield self._unpacked(place)
            place += _LENGTH + int.from_bytes(packed[place : place + _LENGTH])

    def of_unit(
        self, pool: str, unit: str, since: Instant, until: Instant
    ) -> Iterator[GrantRecord]:
        """A unit's grants of a pool that held something after an instant, and start by another.

        With them come some that end after the first of the two and held nothing any more.
        """
        first, last = micros(since), micros(until)
        places: set[int] = set()
        for stretch, of_stretch in self.kept.of_unit.get(_of(pool, unit), {}).items():
            if first // _STRETCH <= stretch <= last // _STRETCH:
                places.update(array("Q", of_stretch))
        for place in sorted(places):
            if is_around(self._written(place), first, last) and self._is_newest(place):
                yield self._unpacked(place)

    def holders(self) -> Iterator[tuple[str, str]]:
        """Every pool and unit that has a grant here."""
        for both in self.kept.of_unit:
            pool, _, unit = both.partition(" ")
            yield pool, unit

    def _bucket(self, name: str) -> tuple[bytes, bytearray]:
        # Callers may choose ids, and choose such as have one half in common: both count.
        half = int(name[:8] + name[9:13] + name[14:18], 16) ^ int(name[19:23] + name[24:], 16)
        return half.to_bytes(8), self.kept.buckets[(half * _SPREAD >> 52) % _BUCKETS]

    def _entry(self, name: str, key: bytes, bucket: bytearray) -> int | None:
        """Where in a bucket the entry of a grant begins."""
        entry = bucket.find(key)
        while entry >= 0:
            if entry % _ENTRY == 0 and self._id(_place(bucket, entry)) == name:
                return entry
            entry = bucket.find(key, entry + 1)
        return None

    def _is_newest(self, place: int) -> bool:
        name = self._id(place)
        key, bucket = self._bucket(name)
        entry = self._entry(name, key, bucket)
        return entry is not None and _place(bucket, entry) == place

    def _id(self, place: int) -> str:
        # An array of thirteen, and 16 bytes in it: three bytes stand ahead of them.
        begin = place + _LENGTH + 3
        found = self.kept.packed[begin : begin + 16].hex()
        return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.kept.names)
            self.kept.names.append(name)
        return number

    def _written(self, place: int) -> bytearray:
        packed = self.kept.packed
        begin = place + _LENGTH
        return packed[begin : begin + int.from_bytes(packed[place:begin])]

    def _unpacked(self, place: int) -> GrantRecord:
        return unpacked(self._id(place), self._written(place), self.kept.names)


class Grants(dict[str, GrantRecord]):
    """Every grant by its id: the mapping itself holds those at hand, `rest` all others.

    One at rest that is changed comes to hand, and hides what rests.
    """

    __slots__ = ("rest",)

    def __init__(self, kept: Kept | None = None) -> None:
        super().__init__()
        self.rest = AtRest(kept)

    def __missing__(self, name: str) -> GrantRecord:
        found = self.rest.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self.rest.find(name) is not None

    def get(self, name: str, default: Any = None, /) -> Any:
        """The grant of an id, wherever it is."""
        found = super().get(name)
        if found is None:
            found = self.rest.find(name)
        return default if found is None else found

    def is_at_hand(self, name: str) -> bool:
        """Whether a grant is there and not at rest."""
        return super().__contains__(name)

    def at_hand(self) -> list[GrantRecord]:
        """The grants that are not at rest."""
        return list(super().values())

    def of_names(self, names: Iterable[str]) -> list[GrantRecord]:
        """Those of some ids that are at hand."""
        get = super().get
        return [found for name in names if (found := get(name)) is not None]

    def resting_of(
        self, pool: str, unit: str, since: Instant = BEGINNING, until: Instant = FOREVER
    ) -> Iterator[GrantRecord]:
        """A unit's grants of a pool that are at rest, or were when the state was built.

        Those that held something after an instant, and started by another.
        """
        resting = self.rest.of_unit(pool, unit, since, until)
        return (super(Grants, self).get(one.grant, one) for one in resting)

    def __iter__(self) -> Iterator[str]:
        is_at_hand = super().__contains__
        yield from (one.grant for one in self.rest.all() if not is_at_hand(one.grant))
        yield from super().__iter__()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict):
            return False
        return dict(self.items()) == dict(cast("dict[str, GrantRecord]", other).items())

    __hash__ = None

    def keys(self) -> KeysView[str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Every id."""
        return KeysView(self)

    def values(self) -> ValuesView[GrantRecord]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Every grant."""
        return ValuesView(self)

    def items(self) -> ItemsView[str, GrantRecord]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Every grant by its id."""
        return ItemsView(self)


def _of(pool: str, unit: str) -> str:
    # Neither id has a blank in it.
    return f"{pool} {unit}"


def _place(bucket: bytearray, entry: int) -> int:
    return int.from_bytes(bucket[entry + 8 : entry + _ENTRY])
