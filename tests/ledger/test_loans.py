"""Loans: what is lent stays its lender's own, is not in its hand, and comes back by itself."""

from typing import Any

from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, refused, told

POOL = "h100"


def lend(ledger: InMemory, count: int, start: float, end: float, **fields: Any) -> dict[str, Any]:
    """The fields of a loan from alpha to beta."""
    return {
        "pool": POOL, "from": {"unit": "alpha"}, "quantity": count, "to": "beta",
        "starts_at": day(start), "returns_at": day(end), **fields,
    }  # fmt: skip


def lent(ledger: InMemory, count: int, start: float, end: float, **fields: Any) -> str:
    made = told(ledger, "lend", **lend(ledger, count, start, end, **fields))
    return made[-1]["data"]["to_grant"]


def holds(ledger: InMemory, unit: str, *days: float) -> list[int]:
    return [ledger.holds(unit, day(number)) for number in days]


def test_a_loan_is_one_leg_out_of_one_grant_and_always_borrowed() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 128)
    event = told(ledger, "lend", **lend(ledger, 80, 16, 32))[0]
    assert event["topic"] == "reallocated.v1"
    data = event["data"]
    assert data["loan"] is True
    assert (data["class"], data["ends_at"], data["quantity"]) == ("borrowed", day(32), 80)
    assert data["legs"] == [{"grant": name, "unit": "alpha", "quantity": 80}]
    assert holds(ledger, "alpha", 15, 16, 31, 32) == [128, 48, 48, 128]
    assert holds(ledger, "beta", 15, 16, 31, 32) == [0, 80, 80, 0]


def test_lending_by_unit_draws_on_its_grants_that_last_long_enough_one_event_each() -> None:
    ledger = lab("alpha", "beta")
    old = ledger.grant("alpha", 32)
    short = ledger.grant("alpha", 32, ends_at=day(20))
    borrowed = ledger.grant("alpha", 16, borrowed=True)
    events = told(ledger, "lend", **lend(ledger, 40, 10, 30))
    drawn = [(one["data"]["legs"][0]["grant"], one["data"]["quantity"]) for one in events]
    assert drawn == [(borrowed, 16), (old, 24)]
    assert len({one["decision"] for one in events}) == 1
    assert ledger.hold(short, day(15)) == 32
    said = refused(ledger, "lend", "MoreThanHeld", **lend(ledger, 9, 10, 30))
    assert said["arithmetic"]["available"] == 8


def test_no_more_is_lent_than_is_in_hand_all_the_while() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 64)
    ledger.tell("release", pool=POOL, unit="alpha", quantity=16, effective_at=day(20))
    lent(ledger, 40, 5, 10)
    assert refused(ledger, "lend", "MoreThanHeld", **lend(ledger, 49, 10, 30))
    assert refused(ledger, "lend", "MoreThanHeld", **lend(ledger, 25, 9, 30))
    lent(ledger, 48, 10, 30, **{"from": {"grant": name}})
    assert holds(ledger, "alpha", 5, 10, 20, 30) == [24, 16, 0, 48]


def test_a_loan_does_not_outlive_its_lender_nor_begin_before_it() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 64, starts_at=day(10), ends_at=day(30))
    source = {"from": {"grant": name}}
    late = refused(ledger, "lend", "Impossible", **lend(ledger, 8, 12, 31, **source))
    assert "outlive" in late["detail"]
    assert refused(ledger, "lend", "Impossible", **lend(ledger, 8, 9, 20, **source))
    loan = lent(ledger, 8, 12, 30, **source)
    assert refused(ledger, "extend", "Impossible", grant=loan, ends_at=day(31))
    endless = refused(ledger, "extend", "Impossible", grant=loan, ends_at=None)
    assert endless["detail"] == "A loan comes back: it has an end"
    told(ledger, "extend", grant=name, ends_at=day(40))
    told(ledger, "extend", grant=loan, ends_at=day(40))
    assert ledger.hold(loan, day(39)) == 8


def test_a_loan_is_not_prolonged_into_what_is_lent_to_others_by_then() -> None:
    ledger = lab("alpha", "beta", "gamma")
    ledger.grant("alpha", 64)
    first = lent(ledger, 40, 1, 10)
    lent(ledger, 40, 10, 20, to="gamma")
    second = len(ledger.events)
    said = refused(ledger, "extend", "NegativeHolding", grant=first, ends_at=day(12))
    assert (said["arithmetic"]["at"], said["arithmetic"]["after"]) == (day(10), -16)
    assert second in said["arithmetic"]["positions"]
    told(ledger, "release", grants=[{"grant": first, "quantity": 16}])
    told(ledger, "extend", grant=first, ends_at=day(12))
    assert holds(ledger, "alpha", 1, 10, 12, 20) == [40, 0, 24, 64]


def test_a_loan_is_not_lent_on_moved_or_made_guaranteed() -> None:
    ledger = lab("alpha", "beta", "gamma")
    ledger.grant("alpha", 64)
    loan = lent(ledger, 16, 0.5, 30)
    ledger.go_to(day(1))
    onward = {"pool": POOL, "from": {"grant": loan}, "quantity": 8, "to": "gamma",
              "returns_at": day(20)}  # fmt: skip
    refused(ledger, "lend", "Impossible", **onward)
    refused(ledger, "lend", "MoreThanHeld", **onward | {"from": {"unit": "beta"}})
    for to in ("gamma", "beta"):
        refused(ledger, "reallocate", "Impossible", pool=POOL, to=to, reason="r",
                **{"from": [{"grant": loan, "quantity": 8}]})  # fmt: skip
    refused(ledger, "reallocate", "MoreThanHeld", pool=POOL, to="gamma", reason="r",
            **{"from": [{"unit": "beta", "quantity": "all"}]})  # fmt: skip
    own = ledger.grant("beta", 4)
    all_of_it = [{"unit": "beta", "quantity": "all"}]
    warned = ledger.ask("reallocate", pool=POOL, to="gamma", reason="r", from_=all_of_it)
    assert b'"StaysBehind","detail":"16 of h100' in warned.body
    assert ledger.hold(own, day(2)) == 0
    assert holds(ledger, "beta", 2) == [16]


def test_nothing_is_drawn_by_holder_from_what_is_borrowed() -> None:
    ledger = lab("alpha", "beta")
    ledger.grant("alpha", 64)
    loan = lent(ledger, 16, 0.5, 30)
    own = ledger.grant("beta", 8)
    ledger.go_to(day(1))
    said = refused(ledger, "release", "MoreThanHeld", pool=POOL, unit="beta", quantity=9)
    assert said["arithmetic"]["available"] == 8
    assert said["detail"].startswith(f"9 asked of beta, which holds 24 of {POOL} at ")
    assert said["detail"].endswith(", 16 of them borrowed")
    event = told(ledger, "release", pool=POOL, unit="beta", quantity=8)[0]
    assert [leg["grant"] for leg in event["data"]["legs"]] == [own]
    told(ledger, "release", grants=[{"grant": loan, "quantity": 4}])
    assert holds(ledger, "alpha", 2) == [52]


def test_a_unit_does_not_lend_to_itself_or_of_another_pool() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 64)
    refused(ledger, "lend", "SameUnit", **lend(ledger, 8, 1, 2, to="alpha"))
    ledger.tell("open_pool", pool="a100")
    source = {"from": {"grant": name}, "pool": "a100"}
    refused(ledger, "lend", "Impossible", **lend(ledger, 8, 1, 2, **source))


def test_lenders_lend_on_the_granule_to_units_and_in_pools_that_exist() -> None:
    ledger = lab("alpha", "beta", granule=8)
    ledger.grant("alpha", 64)
    refused(ledger, "lend", "OffGranule", **lend(ledger, 12, 1, 2))
    refused(ledger, "lend", "UnknownUnit", **lend(ledger, 8, 1, 2, to="nobody"))
    refused(ledger, "lend", "UnknownPool", **lend(ledger, 8, 1, 2, pool="none"))
    ledger.tell("close_unit", unit="beta")
    refused(ledger, "lend", "UnitClosed", **lend(ledger, 8, 1, 2))


def test_if_the_lender_ends_first_the_loan_runs_on_and_then_goes_to_the_pool() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 128)
    loan = lent(ledger, 80, 10, 30)
    told(ledger, "extend", grant=name, ends_at=day(20), reason="over by then")
    assert holds(ledger, "alpha", 15, 20, 30) == [48, 0, 0]
    assert holds(ledger, "beta", 15, 20, 29, 30) == [80, 80, 80, 0]
    assert [ledger.free(day(n)) for n in (15, 20, 29, 30)] == [0, 48, 48, 128]
    refused(ledger, "extend", "Impossible", grant=loan, ends_at=day(31))
    told(ledger, "extend", grant=name, ends_at=day(60))
    assert holds(ledger, "alpha", 15, 20, 30, 60) == [48, 48, 128, 0]
    assert [ledger.free(day(n)) for n in (15, 20, 30, 60)] == [0, 0, 0, 128]


def test_what_a_loan_leaves_free_after_its_lender_can_keep_the_lender_from_coming_back() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name = ledger.grant("alpha", 128)
    lent(ledger, 80, 10, 30)
    ledger.tell("extend", grant=name, ends_at=day(20), reason="over by then")
    ledger.grant("gamma", 48, starts_at=day(20))
    said = refused(ledger, "extend", "NotEnoughFree", grant=name, ends_at=day(60))
    assert (said["arithmetic"]["at"], said["arithmetic"]["available"]) == (day(20), 0)
    assert refused(ledger, "grant", "NotEnoughFree", pool=POOL, unit="gamma", quantity=81,
                   starts_at=day(25))  # fmt: skip
    ledger.grant("gamma", 80, starts_at=day(30))


def test_what_is_given_back_early_is_in_the_lenders_hand_at_once() -> None:
    ledger = lab("alpha", "beta")
    ledger.grant("alpha", 128)
    loan = lent(ledger, 80, 1, 30)
    ledger.go_to(day(2))
    told(ledger, "release", grants=[{"grant": loan, "quantity": 30}], effective_at=day(20))
    event = told(ledger, "release", grants=[{"grant": loan, "quantity": 50}])[0]
    assert event["data"]["legs"][0]["advances"][0]["quantity"] == 30
    assert holds(ledger, "alpha", 1.5, 3, 20, 30) == [48, 98, 98, 128]
    assert [ledger.free(day(n)) for n in (1, 3, 20, 30)] == [0] * 4


def test_a_lender_gives_only_what_is_in_its_hand_and_advances_what_was_to_leave() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name = ledger.grant("alpha", 128)
    scheduled = ledger.tell("release", grants=[{"grant": name, "quantity": 30}],
                            effective_at=day(20))[0]["position"]  # fmt: skip
    loan = lent(ledger, 80, 10, 40)
    position = len(ledger.events)
    said = refused(ledger, "release", "NegativeHolding", grants=[{"grant": name, "quantity": 49}])
    arithmetic = said["arithmetic"]
    assert (arithmetic["at"], arithmetic["available"], arithmetic["after"]) == (day(10), 48, -1)
    assert arithmetic["positions"] == [position]
    event = told(ledger, "release", grants=[{"grant": name, "quantity": 48}])[0]
    assert event["data"]["legs"][0]["advances"] == [{"position": scheduled, "quantity": 30}]
    assert [ledger.hold(name, day(n)) for n in (5, 10, 20, 39, 40)] == [80, 0, 0, 0, 80]
    assert ledger.hold(loan, day(39)) == 80
    refused(ledger, "release", "NegativeHolding", advance=False,
            grants=[{"grant": name, "quantity": 1}])  # fmt: skip
    told(ledger, "release", advance=False, grants=[{"grant": name, "quantity": 1}],
         effective_at=day(40))  # fmt: skip


def test_moving_all_of_a_lender_moves_what_is_in_its_hand_to_the_end() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name = ledger.grant("alpha", 128)
    lent(ledger, 80, 10, 40)
    event = told(ledger, "reallocate", pool=POOL, to="gamma", reason="r",
                 **{"from": [{"unit": "alpha", "quantity": "all"}]})[0]  # fmt: skip
    assert event["data"]["quantity"] == 48
    assert [ledger.hold(name, day(n)) for n in (5, 10, 40)] == [80, 0, 80]


def test_a_loan_is_forgiven_by_shortening_it_to_now_and_moving_in_one_decision() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 64)
    loan = lent(ledger, 24, 1, 30)
    ledger.go_to(day(10))
    legs = [
        {"do": "extend", "grant": loan, "ends_at": day(10)},
        {"do": "reallocate", "pool": POOL, "to": "beta",
         "from": [{"grant": name, "quantity": 24}], "effective_at": day(10)},
    ]  # fmt: skip
    told(ledger, "decision", legs=legs, reason="it stays with them")
    assert holds(ledger, "alpha", 9, 10, 30) == [40, 40, 40]
    assert holds(ledger, "beta", 9, 10, 30) == [24, 24, 24]
    assert ledger.own(name, day(30)) == 40


def test_a_loan_ends_by_its_date_and_what_comes_after_is_late() -> None:
    ledger = lab("alpha", "beta")
    ledger.grant("alpha", 64)
    loan = lent(ledger, 24, 1, 5)
    ledger.go_to(day(9))
    refused(ledger, "release", "MoreThanHeld", grants=[{"grant": loan, "quantity": 25}])
    event = told(ledger, "release", grants=[{"grant": loan, "quantity": 24}])[0]
    assert event["data"]["late"] is True
    assert holds(ledger, "alpha", 4, 5, 9) == [40, 64, 64]


def test_a_loan_dated_back_takes_only_what_was_in_hand_then_and_since() -> None:
    ledger = lab("alpha", "beta", "gamma")
    ledger.grant("alpha", 64)
    ledger.go_to(day(6))
    most_of_it = [{"unit": "alpha", "quantity": 40}]
    ledger.tell("reallocate", pool=POOL, to="gamma", reason="r", from_=most_of_it)
    ledger.go_to(day(8))
    refused(ledger, "lend", "WordsMissing", **lend(ledger, 24, 3, 12))
    words = {"reason": "told late"}
    refused(ledger, "lend", "MoreThanHeld", **lend(ledger, 25, 3, 12), **words)
    loan = lent(ledger, 24, 3, 12, **words)
    assert holds(ledger, "alpha", 2, 4, 7, 12) == [64, 40, 0, 24]
    told(ledger, "release", grants=[{"grant": loan, "quantity": 24}], effective_at=day(7), **words)
    assert holds(ledger, "alpha", 4, 6.5, 7, 12) == [40, 0, 24, 24]


def test_who_looked_before_something_changed_neither_lends_nor_foretells() -> None:
    ledger = lab("alpha", "beta")
    name = ledger.grant("alpha", 64)
    looked: dict[str, Any] = {"seen": len(ledger.events), "if_unchanged": True}
    ledger.tell("release", grants=[{"grant": name, "quantity": 8}])
    steps = [{"quantity": 8, "expected_at": day(20)}]
    refused(ledger, "lend", "Stale", **lend(ledger, 8, 1, 2), **looked)
    refused(ledger, "lend", "Stale", **lend(ledger, 8, 1, 2, **{"from": {"grant": name}}), **looked)
    refused(ledger, "forecast", "Stale", grant=name, steps=steps, **looked)
    refused(ledger, "forecast", "Stale", pool=POOL, unit="alpha", steps=steps, **looked)
    looked = {"seen": len(ledger.events), "if_unchanged": True}
    told(ledger, "lend", **lend(ledger, 8, 1, 2), **looked)
    refused(ledger, "lend", "Stale", **lend(ledger, 8, 3, 4), **looked)


def test_a_unit_that_lends_does_not_close_before_its_own_is_over() -> None:
    ledger = lab("alpha", "beta", total=64)
    ledger.grant("alpha", 64)
    lent(ledger, 64, 0.5, 30)
    ledger.go_to(day(1))
    for unit in ("alpha", "beta"):
        refused(ledger, "close_unit", "NotEmpty", unit=unit)
    in_order(ledger)
