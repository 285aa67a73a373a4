"""What a fact says with some of it said otherwise: a quantity, an end, a unit."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from api.client import Json

Fields = dict[str, Json]


class Unfit(Exception):
    """The fact has no such thing to be said otherwise."""


def reworded(topic: str, said: Mapping[str, Json], edits: Mapping[str, Json]) -> Fields:
    """The whole `data` of a topic with these edits (quantity, ends_at, unit). Raises Unfit."""
    found: Fields = dict(said)
    for name, value in edits.items():
        edit = _EDITS.get((topic, name))
        if edit is None:
            raise Unfit(f"{topic} has no {name} to correct; say all of it with --data")
        edit(found, value)
    return found


def _set(name: str) -> Callable[[Fields, Json], None]:
    def edit(found: Fields, value: Json) -> None:
        found[name] = value

    return edit


def _one_leg(found: Fields, quantity: Json) -> None:
    legs = msgspec.convert(found["legs"], list[Fields])
    if len(legs) != 1:
        raise Unfit(f"it has {len(legs)} legs; say all of it with --data")
    leg = legs[0] | {"quantity": quantity}
    if "advances" in leg:
        leg["advances"] = _first(leg["advances"], quantity)
    found["legs"] = [leg]


def _first(advances: Json, quantity: Json) -> list[Fields]:
    """What a leg that takes less advances of scheduled releases: it took the soonest first."""
    left = msgspec.convert(quantity, int)
    found: list[Fields] = []
    for one in msgspec.convert(advances, list[Fields]):
        part = min(left, msgspec.convert(one["quantity"], int))
        if part > 0:
            found.append(one | {"quantity": part})
            left -= part
    return found


def _moved(found: Fields, quantity: Json) -> None:
    _one_leg(found, quantity)
    found["quantity"] = quantity


def _capacity(found: Fields, quantity: Json) -> None:
    found["total" if "total" in found else "quantity"] = quantity


_EDITS: Final[Mapping[tuple[str, str], Callable[[Fields, Json], None]]] = {
    ("granted.v1", "quantity"): _set("quantity"),
    ("granted.v1", "ends_at"): _set("ends_at"),
    ("granted.v1", "unit"): _set("unit"),
    ("released.v1", "quantity"): _one_leg,
    ("reallocated.v1", "quantity"): _moved,
    ("reallocated.v1", "ends_at"): _set("ends_at"),
    ("reallocated.v1", "unit"): _set("to_unit"),
    ("extended.v1", "ends_at"): _set("ends_at"),
    ("capacity-changed.v1", "quantity"): _capacity,
}
