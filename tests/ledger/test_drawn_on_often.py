"""A grant that very many drew on: each draw is looked at a few times, however many there are."""

from typing import Any

import pytest
from msgspec.structs import replace

from ledger.acts import _counted, refolded
from ledger.decide import outcome
from ledger.facts import GrantMaking, Leg, ReleaseOfGrants
from ledger.holding import held_pieces, hold_at, lowest_hold
from ledger.periods import BEGINNING, FOREVER
from ledger.records import Draw, GrantRecord
from ledger.sayings import Saying
from tests.support.in_memory import InMemory, day
from tests.support.watched import Watched, watched

MANY = 200
FEW_LOOKS = 30
"""So often at most any one draw is looked at."""


def drawn_on(times: int) -> GrantRecord:
    """A grant of 1,000 from which one leaves each day."""
    draws = tuple(Draw(day(one + 1), 1, one + 2, is_release=True) for one in range(times))
    return GrantRecord(
        grant="g", pool="h100", unit="a", start=day(0), end=FOREVER, first=1000,
        grant_class="guaranteed", left=1000 - times, made=1, touched=1, began=0, draws=draws,
    )  # fmt: skip


def test_the_least_that_a_grant_holds_is_found_in_one_walk() -> None:
    grant = drawn_on(MANY)
    seen = replace(grant, draws=tuple(watched(grant.draws)))
    assert lowest_hold(seen, (), BEGINNING) == (day(MANY), 1000 - MANY)
    assert lowest_hold(seen, (), day(3), until=day(9)) == (day(8), 992)
    # What is still ahead would be advanced: then nothing is the least at once.
    assert lowest_hold(seen, (), day(3), past=day(3)) == (day(3), 997)
    assert Watched.looks < FEW_LOOKS * MANY


def test_the_first_instant_at_which_nothing_is_left_is_found_in_one_walk() -> None:
    grant = replace(drawn_on(MANY), first=MANY - 9, left=-9)
    seen = replace(grant, draws=tuple(watched(grant.draws)))
    found = outcome._first_negative(seen, [])
    assert found == (day(MANY - 8), -1)
    assert Watched.looks < FEW_LOOKS * MANY


def test_a_lender_is_least_where_its_loans_and_draws_say() -> None:
    lender = drawn_on(6)
    loan = replace(drawn_on(2), grant="l", lender="g", first=5, left=3, end=day(4), start=day(2))
    loan = replace(loan, draws=(Draw(day(3), 2, 20, is_release=True),))
    dates = sorted({at for at, _, _ in held_pieces(lender, [loan])} | {day(4)})
    held = {at: hold_at(lender, at, [loan]) for at in dates}
    for until in (day(3), day(5), FOREVER):
        least = min((hold, at) for at, hold in held.items() if at < until)
        assert lowest_hold(lender, [loan], BEGINNING, until=until) == (least[1], least[0])


def test_a_grant_is_counted_once_however_many_facts_are_about_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = GrantMaking(grant="g", pool="h100", unit="a", quantity=1000, ends_at=None,
                       grant_class="guaranteed")  # fmt: skip
    said: dict[int, Saying | None] = {1: Saying(day(0), made)}
    for one in range(MANY):
        leg = Leg(grant="g", unit="a", quantity=1)
        fact = ReleaseOfGrants(pool="h100", legs=(leg,), kind="returned")
        said[one + 2] = Saying(day(one + 1), fact)
    counted: list[int] = []

    def counting(grant: GrantRecord, raws: list[Draw]) -> GrantRecord:
        counted.append(len(raws))
        return _counted(grant, raws)

    monkeypatch.setattr("ledger.acts._counted", counting)
    found = refolded("g", said)
    assert found is not None
    assert (found.left, len(found.draws), found.draws) == (800, MANY, drawn_on(MANY).draws)
    assert sum(counted) == MANY


def test_what_was_drawn_on_often_is_corrected_as_any_other() -> None:
    ledger = InMemory()
    ledger.tell("open_pool", pool="h100")
    ledger.tell("change_capacity", pool="h100", kind="counted", total=100)
    ledger.tell("create_unit", unit="a")
    grant = ledger.grant("a", 100)
    made = ledger.events[-1]
    for _ in range(20):
        ledger.tell("release", grants=[{"grant": grant, "quantity": 1}], effective_at=day(9))
    said = {"grant": grant, "pool": "h100", "unit": "a", "ends_at": None, "class": "guaranteed"}

    def less(quantity: int) -> dict[str, Any]:
        instead = {"effective_at": made.effective_at, "data": {**said, "quantity": quantity}}
        return {"corrects": made.position, "reason": "It was less", "replacement": instead}

    refused = ledger.refusal("correct", **less(19))
    assert (refused["code"], refused["arithmetic"]["at"]) == ("NegativeHolding", day(9))
    ledger.tell("correct", **less(20))
    assert ledger.state.grants[grant].left == 0
