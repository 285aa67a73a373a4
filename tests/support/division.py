"""An organisation in memory whose people are given authority: research, its neighbour, products."""

from typing import Any

from tests.support.in_memory import FOUNDER, InMemory, day, lab

VISION, SPEECH = "research/vision", "research/speech"


def tree() -> InMemory:
    """Lab > research > (research/vision, research/speech); lab > research-ops; lab > products."""
    ledger = lab("research", "research-ops", "products", since=day(-60))
    for unit in (VISION, SPEECH):
        ledger.tell("create_unit", unit=unit, parent="research", effective_at=day(-60), reason="r")
    ledger.tell("create_unit", unit="products/app", parent="products", kind="project")
    ledger.grant(VISION, 32)
    ledger.grant("products/app", 16)
    return ledger


def give(ledger: InMemory, to: str, role: str, unit: str, by: str = FOUNDER, **more: Any) -> str:
    made = ledger.tell("delegate", to=to, role=role, unit=unit, by=by, **more)
    return made[0]["data"]["delegation"]


GRANT = ("grant", {"unit": VISION, "quantity": 1})
RETURN = ("release", {"unit": VISION, "quantity": 1})
RECLAIM = ("release", {"unit": VISION, "quantity": 1, "kind": "reclaimed", "reason": "r"})
UNSTATED = ("release", {"unit": VISION, "quantity": 1, "kind": "unstated"})
INSIDE = ("reallocate", {"from": [{"unit": VISION, "quantity": 1}], "to": SPEECH, "reason": "r"})
ACROSS = (
    "reallocate",
    {"from": [{"unit": VISION, "quantity": 1}], "to": "products/app", "reason": "r"},
)
COUNTED = ("change_capacity", {"kind": "counted", "total": 256})
HEADROOM = ("change_capacity", {"kind": "headroom", "total": 1})
OPEN = ("open_pool", {"pool": "a100"})
TEAM = ("create_unit", {"unit": "research/new", "parent": "research"})
PROJECT = ("create_unit", {"unit": "research/p", "parent": "research", "kind": "project"})
RENAME = ("rename_unit", {"unit": VISION, "name": "Seeing"})
RENAME_PROJECT = ("rename_unit", {"unit": "products/app", "name": "App"})
MOVE = ("move_unit", {"unit": VISION, "parent": "products"})
NOTE = ("note", {"about": {"unit": VISION}, "text": "words"})
LEAD = ("delegate", {"to": "eve", "role": "lead", "unit": VISION})
STEWARD = ("delegate", {"to": "eve", "role": "steward", "unit": VISION})
TRIED = (
    GRANT, RETURN, RECLAIM, UNSTATED, INSIDE, ACROSS, COUNTED, HEADROOM, OPEN, TEAM, PROJECT,
    RENAME, RENAME_PROJECT, MOVE, NOTE, LEAD, STEWARD,
)  # fmt: skip

OF_A_POOL = ("grant", "release", "reallocate", "change_capacity")
MAY: dict[tuple[str | None, str | None], tuple[Any, ...]] = {
    ("operator", "lab"): (
        GRANT, RETURN, RECLAIM, INSIDE, ACROSS, COUNTED, HEADROOM, PROJECT, RENAME_PROJECT, NOTE,
    ),
    ("operator", "research"): (GRANT, RETURN, RECLAIM, INSIDE, PROJECT, NOTE),
    ("operator", VISION): (GRANT, RETURN, RECLAIM, NOTE),
    ("operator", "research-ops"): (NOTE,),
    ("decider", "lab"): (
        GRANT, RETURN, RECLAIM, INSIDE, ACROSS, HEADROOM, PROJECT, RENAME_PROJECT, NOTE, LEAD,
    ),
    ("decider", "research"): (GRANT, RETURN, RECLAIM, INSIDE, PROJECT, NOTE, LEAD),
    ("steward", "lab"): (
        COUNTED, OPEN, TEAM, PROJECT, RENAME, RENAME_PROJECT, MOVE, NOTE, LEAD, STEWARD,
    ),
    ("steward", "research"): (TEAM, PROJECT, RENAME, NOTE, LEAD, STEWARD),
    ("lead", "research"): (RETURN, RECLAIM, INSIDE, NOTE),
    ("lead", VISION): (RETURN, RECLAIM, NOTE),
    ("importer", "lab"): (RETURN, UNSTATED, NOTE),
    ("auditor", "lab"): (NOTE,),
    (None, None): (),
}  # fmt: skip
