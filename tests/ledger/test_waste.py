"""What judging leaves in memory when it is done: nothing that only a look for cycles lets go of."""

import gc
from typing import Any

from tests.support.in_memory import day, lab


def test_judging_leaves_memory_at_once_whatever_the_answer() -> None:
    ledger = lab("research", total=64)
    for unit in ("vision", "speech"):
        ledger.tell("create_unit", unit=unit, parent="research")
    ledger.tell("delegate", to="lead", role="lead", unit="research")
    lending: dict[str, Any] = {
        "from_": {"unit": "vision"},
        "to": "speech",
        "quantity": 4,
        "returns_at": day(9),
    }
    moving: dict[str, Any] = {
        "from_": [{"unit": "vision", "quantity": 8}],
        "to": "speech",
        "reason": "for good",
    }
    gc.collect()
    gc.disable()
    try:
        ledger.grant("vision", 16)
        ledger.tell("lend", pool="h100", **lending)
        ledger.ask("grant", pool="h100", unit="speech", quantity=8, dry_run=True)
        ledger.refusal("grant", pool="h100", unit="speech", quantity=64)
        ledger.refusal("release", pool="h100", unit="speech", quantity=64)
        ledger.tell("reallocate", pool="h100", **moving)
        position = len(ledger.events)
        ledger.tell("correct", corrects=position, replacement=None, reason="a mistake")
        ledger.grant("vision", 8, ends_at=day(5))
        said = ledger.refusal("reallocate", by="lead", pool="h100", **moving)
        assert "which is a new grant" in said["detail"]
        whole = {"do": "release", "pool": "h100", "unit": "vision", "quantity": 8}
        ledger.tell("decision", legs=[whole, whole | {"quantity": 4}])
        assert gc.collect() == 0
    finally:
        gc.enable()
