"""A pool that was counted very often: what is judged is what changes, and not all before it."""

import pytest

from ledger.capacity import Level
from tests.ledger.test_capacity import capacity
from tests.support.in_memory import InMemory, day, lab

OFTEN = 60


@pytest.fixture
def counted() -> InMemory:
    """A pool that is counted anew each day, and a day later one unit is lost and comes back."""
    ledger = lab("vision", total=9)
    ledger.go_to(day(OFTEN))
    for one in range(OFTEN):
        capacity(ledger, "counted", 10 + one, effective_at=day(one + 1), reason="Counted late")
    return ledger


def test_what_was_counted_before_is_not_judged_again(
    counted: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Level] = []

    def judging(level: Level) -> bool:
        judged.append(level)
        return 0 <= level.lost <= level.installed

    monkeypatch.setattr(Level, "possible", property(judging))
    capacity(counted, "counted", 100)
    capacity(counted, "lost", 100)
    assert len(judged) < 8


def test_what_cannot_be_is_refused_wherever_it_begins(counted: InMemory) -> None:
    def refused(do: str, **fields: object) -> object:
        said = counted.refusal(do, reason="Late", **fields)  # pyright: ignore[reportArgumentType]
        assert said["code"] == "Impossible"
        return said["arithmetic"]["at"]

    def lost(quantity: int, since: int) -> dict[str, object]:
        at = day(since)
        return {"pool": "h100", "kind": "lost", "quantity": quantity, "effective_at": at}

    assert refused("change_capacity", **lost(12, 2)) == day(2)
    capacity(counted, "lost", 11, effective_at=day(2), reason="Late")
    last = counted.events[-1]
    # Said to have been earlier, it meets a day on which there were fewer; said to have been later,
    # what was lost before it has to be there still.
    said = {"pool": "h100", "kind": "lost", "total": None, "quantity": 11}
    earlier = {"effective_at": day(1), "data": said}
    assert refused("correct", corrects=last.position, replacement=earlier) == day(1)
    capacity(counted, "restored", 11, effective_at=day(3), reason="Late")
    assert refused("correct", corrects=last.position, replacement=None) == day(3)
