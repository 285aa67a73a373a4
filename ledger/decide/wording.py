"""Reads what an event should say instead: the shape of its topic, and what of it is fixed."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ledger.commands import Instead
from ledger.decide.judging import Judging
from ledger.facts import (
    CapacityChange,
    Extension,
    Fact,
    GrantMaking,
    Leg,
    PoolClosing,
    PoolOpening,
    Reallocation,
    ReleaseOfGrants,
    Splitting,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.periods import Instant, clean_text, is_blank, to_instant
from ledger.pledge_facts import PledgeMaking, RateSetting
from ledger.quantities import LARGEST
from ledger.refusals import Impossible, Misshapen
from ledger.sayings import FACTS, Saying

FIXED: Final[dict[type[Fact], tuple[str, ...]]] = {
    GrantMaking: ("grant", "pool"),
    ReleaseOfGrants: ("pool", "late"),
    Reallocation: ("pool", "to_grant", "loan"),
    Extension: ("grant",),
    CapacityChange: ("pool",),
    Splitting: ("pool", "parent"),
    PledgeMaking: ("pledge", "pools"),
    RateSetting: ("pool",),
    PoolOpening: ("pool",),
    PoolClosing: ("pool",),
    UnitCreation: ("unit",),
    UnitRenaming: ("unit",),
    UnitMove: ("unit",),
    UnitClosing: ("unit",),
}
"""The topic, the pool and the ids made stay as they are (rule 8)."""
_LEAST: Final = {
    "quantity": 1, "granule": 1, "total": 0, "position": 1, "floor": 0, "amount": 0, "cap": 0,
    "share_bp": 1, "h100_milli": 1,
}  # fmt: skip
_TEXTS: Final = ("title", "unit_label", "name")


def worded(judging: Judging, topic: str, instead: Instead, original: Fact) -> Saying:
    """What is said instead, normalised as if it were recorded today. Raises Misshapen (422)."""
    try:
        fact = msgspec.convert(instead.data, FACTS[topic])
        fact = _normal(fact)
        if isinstance(fact, CapacityChange):
            _check_capacity(fact)
        if isinstance(fact, PledgeMaking) and (fact.share_bp or 0) > 10_000:
            raise ValueError(f"share_bp is {fact.share_bp}: at most 10000")
    except (msgspec.ValidationError, ValueError) as wrong:
        raise Misshapen(f"replacement.data of {topic}: {wrong}", leg=judging.leg) from wrong
    if isinstance(fact, Extension) and isinstance(original, Extension):
        fact = replace(fact, was_ends_at=original.was_ends_at)  # it tells, and decides nothing
    return Saying(Instant(instead.effective_at), fact)


def fixed_field(original: Fact, now: Fact) -> str | None:
    """Which field of an event is fixed and would be another; None when there is none."""
    fixed = FIXED[type(original)]
    return next((one for one in fixed if getattr(original, one) != getattr(now, one)), None)


def makes_another_root(original: Fact, now: Fact) -> bool:
    """Whether the root would have a parent, or another unit none."""
    if not isinstance(original, UnitCreation) or not isinstance(now, UnitCreation):
        return False
    return (original.parent is None) != (now.parent is None)


def fixed_as(judging: Judging, original: Fact, now: Fact) -> None:
    """Refuse with Impossible another pool, or other ids, than the event has."""
    name = fixed_field(original, now)
    if name is not None:
        raise Impossible(
            f"{name} of an event is fixed: correct it to null, and record anew what happened "
            "in the same decision",
            leg=judging.leg,
        )
    if makes_another_root(original, now):
        raise Impossible("The root alone has no parent", leg=judging.leg)


def _normal(fact: Fact) -> Fact:
    """A fact with its times as instants and its text in NFC; ValueError says what is wrong."""
    changes: dict[str, Any] = {}
    for name in fact.__struct_fields__:
        value = getattr(fact, name)
        read = _READERS.get(name)
        if value is not None and read is not None:
            changes[name] = read(value, name)
        elif name in _LEAST and value is not None:
            least = 0 if isinstance(fact, Leg) and fact.ends else _LEAST[name]
            if not least <= value <= LARGEST:
                raise ValueError(f"{name} is {value}: at least {least}, at most {LARGEST}")
    return replace(fact, **changes)


def _time(value: str, name: str) -> str:
    del name
    return to_instant(value)


def _text(value: str, name: str) -> str:
    clean = clean_text(value, name)
    if is_blank(clean) or len(clean) > 200:
        raise ValueError(f"{name} takes 1 to 200 characters")
    return clean


def _all(value: tuple[Fact, ...], name: str) -> tuple[Fact, ...]:
    del name
    return tuple(_normal(one) for one in value)


_READERS: Final[dict[str, Callable[[Any, str], object]]] = {
    "ends_at": _time,
    "was_ends_at": _time,
    "legs": _all,
    "shares": _all,
    "until": _time,
    "advances": _all,
    **dict.fromkeys(_TEXTS, _text),
}


def _check_capacity(fact: CapacityChange) -> None:
    sets = fact.kind in ("counted", "headroom")
    if sets != (fact.total is not None) or sets == (fact.quantity is not None):
        raise ValueError(f"capacity of kind {fact.kind} takes {'total' if sets else 'quantity'}")
