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
