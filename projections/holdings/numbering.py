"""Accounts and units by number: an index of numbers is shorter, and what it holds added up sooner.

A number follows from what it stands for, so that a rebuild numbers alike.
"""

from collections.abc import Iterable
from hashlib import blake2b

from projections.statements import numbers


def account(pool: str, unit: str, its_class: str) -> int:
    """The number of what a unit has of a pool in grants of one class. Ids have no blanks."""
    return _number(f"{pool} {unit} {its_class}")


def unit_number(unit: str) -> int:
    """The number by which the rows of a unit are found; who reads them looks at their unit."""
    return _number(unit)


def of_units(units: Iterable[str] | None) -> dict[str, object]:
    """What queries are told of the units that they are about: who they are, and their numbers."""
    if units is None:
        return {"units": None, "unit_numbers": None}
    named = list(units)
    return {"units": named, "unit_numbers": numbers(map(unit_number, named))}


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)
