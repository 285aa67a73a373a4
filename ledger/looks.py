"""The fields of what an event says, read as the doors let them in.

The doors' own types and readers judge, but not where these may be stricter by now than they were:
whatever was recorded passes. The values of a field are looked at together, each once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from types import UnionType
from typing import Any, Final, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Struct, convert

from ledger.events import Recorded
from ledger.facts import ForecastStep, Leg, Replacement, Via
from ledger.mentions import BOOKS, MAKES
from ledger.organising import SetRules
from ledger.periods import Instant, are_instants, clean_text, is_instant
from ledger.pledging import Pledge
from ledger.quantities import PoolId, Position, Quantity, Total, UnitId, Uuid, are_uuids
from ledger.terms import Command, are_keys, demand_key, demand_person

Read = Callable[[set[Any]], None]
"""Looks at values of one field. Raises ValueError."""


class Field(NamedTuple):
    """A field, whether each of its values is many, and what reads them, or their own fields."""

    name: str
    get: Callable[[Any], Any]
    is_many: bool
    read: Read
    within: tuple["Field", ...] = ()


Found = defaultdict[Read, set[Any]]
"""Values by what reads them, whatever field they are of."""


def gather(fields: Iterable[Field], some: Iterable[Any], found: Found) -> None:
    """Put the values of some structs of one kind to those that are found."""
    for _, get, is_many, read, within in fields:
        values = map(get, some)
        if is_many:
            values = chain.from_iterable(filter(None, values))
        if within:
            gather(within, list(values) if is_many else set(values), found)
        else:
            found[read].update(values)


def read_all(found: Found) -> None:
    """Look at all values that are found. Raises ValueError."""
    for read, values in found.items():
        values.discard(None)
        if values:
            read(values)


def look(fields: Iterable[Field], some: Sequence[Any]) -> None:
    """Look at some structs of one kind, field by field. Raises ValueError, which names it."""
    for field in fields:
        try:
            if field.within:
                values = map(field.get, some)
                rows = list(chain.from_iterable(values) if field.is_many else values)
                look(field.within, rows)
            else:
                found: Found = defaultdict(set)
                gather((field,), some, found)
                read_all(found)
        except ValueError as wrong:
            raise ValueError(f"{field.name}: {wrong}") from wrong


def _typed(kind: Any) -> Read:
    """Values of the type that a door gives a field."""
    whole = list[kind]

    def read(found: set[Any]) -> None:
        try:
            convert(found, whole)
        except msgspec.ValidationError as wrong:
            words, _, _ = str(wrong).partition(" - at ")
            raise ValueError(words) from wrong

    return read


def _each(demand: Callable[[str], object]) -> Read:
    def read(found: set[str]) -> None:
        for one in found:
            demand(one)

    return read


def _instants(found: set[str]) -> None:
    """An instant may lie in any year: the ends of time are as good."""
    if not are_instants(found):
        for one in found:
            if not is_instant(one):
                raise ValueError(f"{one!r} is no instant")


def _keys(found: set[str]) -> None:
    if not are_keys(found):
        _each(demand_key)(found)


def _uuids(found: set[str]) -> None:
    if not are_uuids(found):
        _typed(Uuid)(found)


def _demand_text(text: str) -> None:
    """Whether it is blank, or in NFC, is left: what draws nothing is known better every year."""
    if not text:
        raise ValueError("empty")
    clean_text(text, "it")


def _demand_clean(text: str) -> None:
    clean_text(text, "it")


_words: Final = _each(_demand_text)
_total: Final = _typed(Total)


def _door(of: type[Struct], name: str) -> Any:
    """The type of a field of an ask."""
    return next(one.type for one in msgspec.structs.fields(of) if one.name == name)


_READS: Final[Mapping[str, Read]] = {
    "pool": _typed(PoolId),
    "unit": _typed(UnitId),
    **dict.fromkeys(
        ("id", "decision", "grant", "to_grant", "delegation", "request", "pledge", "proposal"),
        _uuids,
    ),
    **dict.fromkeys(
        ("quantity", "granule", "most", "second_person_from", "least", "h100_milli"),
        _typed(Quantity),
    ),
    **dict.fromkeys(("total", "floor", "amount", "cap"), _total),
    **dict.fromkeys(("position", "corrects", "supersedes"), _typed(Position)),
    **{name: _typed(_door(SetRules, name)) for name in ("backdate_days", "notice_days")},
    "seen": _typed(_door(Command, "seen")),
    "share_bp": _typed(_door(Pledge, "share_bp")),
    **dict.fromkeys(("by", "to", "on_behalf_of", "confirmed_by"), _each(demand_person)),
    "key": _keys,
}
"""What reads numbers, ids that are made, and names; other texts are words."""
_OF_ONE: Final[Mapping[tuple[type[Struct], str], Read]] = {
    (Leg, "quantity"): _total,  # that it is something, unless it ends the grant, see below
    (ForecastStep, "quantity"): _total,
    **dict.fromkeys([(Via, name) for name in Via.__struct_fields__], _each(_demand_clean)),
}
"""Fields that take something else in one kind of struct."""


def fields_of(kind: type[Struct]) -> Iterator[Field]:
    """The fields of a kind of struct, but those that `mentions` holds against what was made.

    What is named is the text of what was made: it need not be looked at again.
    """
    for one in msgspec.structs.fields(kind):
        if one.name in BOOKS and one.name != MAKES.get(kind):
            continue
        is_many, element = _element(one.type)
        get = attrgetter(one.name)
        if isinstance(element, type) and issubclass(element, Struct):
            if element is not Replacement and not (kind is Recorded and one.name == "data"):
                yield Field(one.name, get, is_many, _words, tuple(fields_of(element)))
            continue
        read = _read_of(kind, one.name, element)
        if read is not None:
            yield Field(one.name, get, is_many, read)


def _element(of: Any) -> tuple[bool, Any]:
    """Whether a field has many values, and the type of one; None is none."""
    if get_origin(of) in (Union, UnionType):
        of = next(one for one in get_args(of) if one is not type(None))
    args = get_args(of)
    if get_origin(of) is tuple and args[-1] is Ellipsis:
        return True, args[0]
    return False, of


def _read_of(kind: type[Struct], name: str, element: Any) -> Read | None:
    """What reads the values of a field; None where their type says it all."""
    if element is Instant:
        return _instants
    if element is str:
        default = _words
    elif element is int:
        default = None
    else:
        return None
    read = _OF_ONE.get((kind, name)) or _READS.get(name, default)
    if read is None:
        raise TypeError(f"{kind.__name__}.{name} has no bounds")
    return read
