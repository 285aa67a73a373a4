"""What came back after its grant had ended is told, and moves nothing (rule 5)."""

from typing import Any

from ledger.periods import MICROSECOND, shifted
from tests.ledger.test_corrections import on, release
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import refused, told

WORDS: dict[str, Any] = {"reason": "Found in the rack"}


def ended() -> tuple[InMemory, str]:
    """A grant of eight that ended on day 5."""
    ledger = lab("alpha")
    name = ledger.grant("alpha", 8, ends_at=day(5))
    ledger.go_to(day(8))
    return ledger, name


def test_what_comes_back_at_the_very_end_is_late_and_an_instant_before_it_is_not() -> None:
    ledger, name = ended()
    part = {"grants": [{"grant": name, "quantity": 4}], **WORDS}
    [late] = told(ledger, "release", effective_at=day(5), **part)
    assert late["data"]["late"] is True
    ledger, name = ended()
    part["grants"] = [{"grant": name, "quantity": 4}]
    before = shifted(day(5), -MICROSECOND)
    [taken] = told(ledger, "release", effective_at=before, **part)
    assert "late" not in taken["data"]
    assert ledger.own(name, before) == 4


def test_late_and_timely_releases_are_told_apart() -> None:
    ledger, name = ended()
    live = ledger.grant("alpha", 8, starts_at=day(5), **WORDS)
    parts = [{"grant": one, "quantity": 4} for one in (name, live)]
    for both in (parts, parts[::-1]):
        refused(ledger, "release", "GrantEnded", grants=both, effective_at=day(6), **WORDS)
    for one, is_late in zip(parts, (True, False), strict=True):
        [event] = told(ledger, "release", grants=[one], effective_at=day(6), **WORDS)
        assert event["data"].get("late", False) == is_late
    assert on(ledger, live, 5.5, 7) == [8, 4]


def test_a_grant_is_prolonged_up_to_where_it_came_back_late_and_no_further() -> None:
    ledger, name = ended()
    late = release(ledger, name, 4, effective_at=day(7), **WORDS)
    beyond = shifted(day(7), MICROSECOND)
    said = refused(ledger, "extend", "DependentFacts", grant=name, ends_at=beyond, **WORDS)
    assert said["arithmetic"]["positions"] == [late]
    told(ledger, "extend", grant=name, ends_at=day(7), **WORDS)
