"""A ledger in memory to which anything happened that can be asked, by a seed."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final

import msgspec

from ledger.events import Event, Granted, PoolOpened, Reallocated, Requested, UnitCreated
from ledger.periods import shifted, to_datetime
from tests.support.any_asks import any_ask
from tests.support.drawing import DAY, POOLS, Draw
from tests.support.in_memory import SECOND, InMemory, day

TREE: Final = (
    ("east", "lab"), ("west", "lab"), ("alpha", "east"), ("beta", "east"), ("gamma", "west"),
)  # fmt: skip
LONG_AGO: Final[dict[str, Any]] = {"effective_at": day(-20), "reason": "It was so"}
PAUSES: Final = (0, 0, 0, 0.3, 1, 2, 5, 600, 4000, DAY, 2 * DAY)
"""Seconds between two asks."""


def lived(seed: int, asks: int) -> InMemory:
    """A ledger with two pools and five units that was asked so much after that: half is refused."""
    random, ledger = Random(seed), InMemory()
    for pool in POOLS:
        ledger.tell("open_pool", pool=pool, **LONG_AGO)
        ledger.tell("change_capacity", pool=pool, kind="counted", total=28, **LONG_AGO)
    for unit, parent in TREE:
        ledger.tell("create_unit", unit=unit, parent=parent, **LONG_AGO)
        ledger.tell("grant", unit=unit, pool="h100", quantity=3)
    for role in ("steward", "decider", "operator", "importer"):
        ledger.tell("delegate", to=SECOND, role=role, unit="lab")
    for _ in range(asks):
        ledger.go_to(shifted(ledger.now, timedelta(seconds=random.choice(PAUSES))))
        draw = Draw(random, ledger.state, ledger.events, to_datetime(ledger.now))
        asked = any_ask(draw)
        try:
            ledger.ask(asked.do, by=asked.by, **asked.fields)
        except msgspec.ValidationError:
            continue  # such as an end before its start: no command at all
    return ledger


def ends(events: Sequence[Event]) -> list[int]:
    """The positions at which a decision ends."""
    return [one.position for one in events if one.leg[0] + 1 == one.leg[1]]


def named(events: Iterable[Event]) -> dict[str, list[str]]:
    """The ids that some events made, by what they are of."""
    found: dict[str, list[str]] = {"pool": [], "unit": [], "grant": [], "request": []}
    for one in events:
        match one:
            case PoolOpened(data=fact):
                found["pool"].append(fact.pool)
            case UnitCreated(data=fact):
                found["unit"].append(fact.unit)
            case Granted(data=fact):
                found["grant"].append(fact.grant)
            case Reallocated(data=fact):
                found["grant"].append(fact.to_grant)
            case Requested(data=fact):
                found["request"].append(fact.request)
            case _:
                pass
    return found
