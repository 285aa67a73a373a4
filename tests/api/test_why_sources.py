"""Where a grant's units came from is told by what stood when it was made, and marked since."""

from typing import Any

from fastapi.testclient import TestClient

from api.reads.sources import AT_ONCE
from tests.api.test_why import some, why
from tests.api.told import reading
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"


def counted(ledger: InMemory, total: int) -> int:
    """Count the pool anew; returns the position."""
    made = ledger.tell("change_capacity", pool=POOL, kind="counted", total=total)
    return made[0]["position"]


def source(doors: TestClient, grant: str, **params: Any) -> dict[str, Any]:
    [found] = some(why(doors, grant, **params), "source")
    return found


def test_a_count_that_never_happened_is_no_source(migrated_database: str) -> None:
    ledger = lab("alpha", total=64)
    stood = counted(ledger, 100)
    for total in range(110, 110 + AT_ONCE + 1):
        ledger.tell("correct", **never(ledger, counted(ledger, total)))
    grant = ledger.grant("alpha", 40)
    with reading(migrated_database, ledger) as doors:
        found = source(doors, grant)
        assert found["position"] == stood
        assert "100 gpu" in found["sentence"]


def test_a_count_that_was_corrected_is_told_by_its_correction(migrated_database: str) -> None:
    ledger = lab("alpha", total=64)
    wrong = counted(ledger, 640)
    ledger.tell("correct", **instead(ledger, wrong, total=100))
    [second] = ledger.tell("correct", **instead(ledger, wrong, total=96))
    grant = ledger.grant("alpha", 40)
    with reading(migrated_database, ledger) as doors:
        found = source(doors, grant)
        assert found["position"] == second["position"]
        assert "96" in found["sentence"]


def test_what_was_corrected_since_is_marked(migrated_database: str) -> None:
    ledger = lab("alpha", "beta", total=64)
    given = ledger.grant("beta", 40)
    ledger.go_to(day(2))
    [back] = ledger.tell("release", grants=[{"grant": given, "quantity": 30}])
    ledger.go_to(day(3))
    grant = ledger.grant("alpha", 20)
    made = len(ledger.events)
    [later] = ledger.tell("correct", **quantity(ledger, back["position"], 16))
    with reading(migrated_database, ledger) as doors:
        mark = f" (corrected at position {later['position']})"
        found = source(doors, grant)
        assert (found["position"], found["corrected_by"]) == (back["position"], later["position"])
        assert found["sentence"].endswith(mark)
        then = source(doors, grant, known_at=made)
        assert "corrected_by" not in then
        assert "corrected" not in then["sentence"]


def test_a_count_that_was_corrected_since_is_told_and_marked(migrated_database: str) -> None:
    ledger = lab("alpha", total=64)
    count = counted(ledger, 80)
    grant = ledger.grant("alpha", 40)
    [anew] = ledger.tell("correct", **instead(ledger, count, total=60))
    with reading(migrated_database, ledger) as doors:
        found = source(doors, grant)
        assert (found["position"], found["corrected_by"]) == (count, anew["position"])
        assert "80 gpu" in found["sentence"]
