"""Budgets: splits say who may own and have in hand how much, and what cannot be taken (rule 4)."""

from typing import Any

from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, refused, told

WORDS = {"reason": "Decided by the board"}


def house(total: int = 100) -> InMemory:
    """A division with two teams, beside another division."""
    ledger = lab("research", "ops", total=total)
    for team in ("vision", "speech"):
        ledger.tell("create_unit", unit=f"research/{team}", parent="research")
    return ledger


def split(ledger: InMemory, parent: str, *shares: dict[str, Any], **fields: Any) -> None:
    """Decide a split."""
    told(ledger, "split", pool="h100", parent=parent, shares=list(shares), **WORDS, **fields)


def test_a_unit_without_a_budget_is_limited_by_the_pool_alone() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 60})
    ledger.grant("ops", 40)
    assert ledger.free(ledger.now) == 60


def test_what_those_below_own_together_stays_within_the_amount() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 60})
    ledger.grant("research/vision", 40)
    said = refused(ledger, "grant", "OverAmount", pool="h100", unit="research/speech", quantity=24)
    assert said["arithmetic"] == {
        "measure": "title", "pool": "h100", "unit": "research", "at": said["arithmetic"]["at"],
        "asked": 24, "available": 20, "limit": 60, "before": 40, "after": 64,
    }  # fmt: skip
    told(ledger, "grant", pool="h100", unit="research/speech", quantity=20)
    told(ledger, "grant", pool="h100", unit="research/speech", quantity=4, borrowed=True)


def test_what_is_granted_before_a_split_in_the_same_decision_counts_against_it() -> None:
    ledger = house()
    ledger.grant("research/vision", 30)

    def legs(*shares: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
        granted = {"do": "grant", "pool": "h100", "unit": "research/speech", "quantity": 20}
        split = {"do": "split", "pool": "h100", "parent": "lab", "shares": list(shares), **WORDS}
        return [granted, split | fields]

    said = refused(ledger, "decision", "OverAmount", legs=legs({"unit": "research", "amount": 49}))
    assert said["leg"] == 0
    assert said["arithmetic"]["before"] == 30
    assert said["arithmetic"]["after"] == 50
    ahead = legs({"unit": "research", "amount": 0}, effective_at=day(40))
    refused(ledger, "decision", "OverAmount", legs=ahead)
    told(ledger, "decision", legs=legs({"unit": "research", "amount": 50}))
    # An amount was counted; a cap is only now, and so is what comes earlier.
    less = refused(
        ledger, "decision", "OverAmount", legs=legs({"unit": "research", "amount": 45, "cap": 60})
    )["arithmetic"]
    assert (less["before"], less["asked"], less["after"]) == (50, 20, 70)
    first, *rest = legs({"unit": "research", "amount": 50, "cap": 69})
    refused(ledger, "decision", "OverCap", legs=[first | {"borrowed": True}, *rest])


def test_what_made_nothing_worse_before_a_split_passes() -> None:
    ledger = house()
    ledger.grant("research/vision", 30)
    split = {"do": "split", "pool": "h100", "parent": "lab", **WORDS,
             "shares": [{"unit": "research", "amount": 10, "floor": 10}]}  # fmt: skip
    moved = {"do": "reallocate", "pool": "h100", "to": "research/speech", **WORDS,
             "from": [{"unit": "research/vision", "quantity": 20}]}  # fmt: skip
    back = {"do": "release", "pool": "h100", "unit": "research/speech", "quantity": 5}
    told(ledger, "decision", legs=[moved, back, split])
    taken = {"do": "reallocate", "pool": "h100", "to": "ops", **WORDS,
             "from": [{"unit": "research/vision", "quantity": 10},
                      {"unit": "research/speech", "quantity": 6}]}  # fmt: skip
    lower = split | {"shares": [{"unit": "ops", "amount": 50}, {"unit": "research", "floor": 10}]}
    refused(ledger, "decision", "BelowFloor", legs=[taken, lower])


def test_what_is_borrowed_counts_against_the_cap_and_not_the_amount() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 20, "cap": 30})
    ledger.grant("research/vision", 20)
    refused(ledger, "grant", "OverAmount", pool="h100", unit="research/vision", quantity=1)
    told(ledger, "grant", pool="h100", unit="research/speech", quantity=10, borrowed=True)
    said = refused(
        ledger, "grant", "OverCap", pool="h100", unit="research/speech", quantity=1, borrowed=True
    )
    assert said["arithmetic"]["available"] == 0
    told(ledger, "release", pool="h100", unit="research/vision", quantity=6)
    # What is borrowed becomes guaranteed by a move of a unit to itself, within the amount.
    told(ledger, "reallocate", pool="h100", to="research/speech", **WORDS,
         from_=[{"unit": "research/speech", "quantity": 6}])  # fmt: skip
    refused(ledger, "reallocate", "OverAmount", pool="h100", to="research/speech", **WORDS,
            from_=[{"unit": "research/speech", "quantity": 4}])  # fmt: skip


def test_a_move_inside_a_unit_changes_nothing_for_those_above_both() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 40})
    split(ledger, "research", {"unit": "research/speech", "amount": 10})
    ledger.grant("research/vision", 40)
    move = {"pool": "h100", "to": "research/speech", **WORDS}
    said = refused(ledger, "reallocate", "OverAmount", **move,
                   from_=[{"unit": "research/vision", "quantity": 16}])  # fmt: skip
    assert said["arithmetic"]["unit"] == "research/speech"
    told(ledger, "reallocate", **move, from_=[{"unit": "research/vision", "quantity": 10}])


def test_a_floor_is_not_taken_from_but_by_the_holder_or_with_an_override() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "floor": 32, "amount": 48})
    ledger.grant("research/vision", 40)
    reclaim = {"pool": "h100", "unit": "research/vision", "kind": "reclaimed", **WORDS}
    said = refused(ledger, "release", "BelowFloor", quantity=16, **reclaim)
    assert said["arithmetic"]["after"] == 24
    assert said["arithmetic"]["limit"] == 32
    assert said["arithmetic"]["available"] == 8
    refused(ledger, "reallocate", "BelowFloor", pool="h100", to="ops", **WORDS,
            from_=[{"unit": "research/vision", "quantity": 9}])  # fmt: skip
    refused(ledger, "lend", "BelowFloor", pool="h100", from_={"unit": "research/vision"},
            quantity=9, to="ops", returns_at=day(30))  # fmt: skip
    told(ledger, "lend", pool="h100", from_={"unit": "research/vision"}, quantity=40,
         to="research/speech", returns_at=day(30))  # fmt: skip
    events = told(ledger, "release", pool="h100", quantity=16, unit="ops", kind="returned") \
        if ledger.holds("ops", ledger.now) else []  # fmt: skip
    assert events == []
    ledger.go_to(day(31))
    [event] = told(ledger, "release", quantity=16, overrides=["floor"], **reclaim)
    assert event["overrides"] == ["floor"]
    told(ledger, "release", pool="h100", unit="research/vision", quantity=8)


def test_what_is_lent_outside_is_not_kept_and_comes_back() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "floor": 30, "amount": 48})
    ledger.grant("research/vision", 40)
    told(ledger, "lend", pool="h100", from_={"unit": "research/vision"}, quantity=10, to="ops",
         returns_at=day(20))  # fmt: skip
    refused(ledger, "release", "BelowFloor", pool="h100", unit="research/vision", quantity=1,
            kind="reclaimed", **WORDS)  # fmt: skip
    told(ledger, "release", pool="h100", unit="research/vision", quantity=10, kind="reclaimed",
         effective_at=day(20), **WORDS)  # fmt: skip


def test_budgets_are_dated_and_an_ended_split_goes_on() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 30}, until=day(10))
    split(ledger, "lab", {"unit": "research", "amount": 50}, effective_at=day(20))
    refused(ledger, "grant", "OverAmount", pool="h100", unit="research", quantity=40)
    said = refused(ledger, "grant", "OverAmount", pool="h100", unit="research", quantity=40,
                   starts_at=day(15))  # fmt: skip
    assert said["arithmetic"]["at"] == day(15)
    told(ledger, "grant", pool="h100", unit="research", quantity=40, starts_at=day(20))


def test_a_lower_split_takes_nothing_and_what_makes_nothing_worse_passes() -> None:
    ledger = house()
    grant = ledger.grant("research/vision", 40)
    split(ledger, "lab", {"unit": "research", "amount": 20})
    refused(ledger, "grant", "OverAmount", pool="h100", unit="research/speech", quantity=1)
    told(ledger, "reallocate", pool="h100", to="research/speech", **WORDS,
         from_=[{"grant": grant, "quantity": 10}])  # fmt: skip
    told(ledger, "release", pool="h100", unit="research/vision", quantity=4)


def test_a_split_promises_no_more_than_the_unit_above_has() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 40})
    asked = {"pool": "h100", "parent": "research", **WORDS}
    said = refused(ledger, "split", "OverAmount", **asked, shares=[
        {"unit": "research/vision", "amount": 30}, {"unit": "research/speech", "amount": 11},
    ])  # fmt: skip
    assert said["arithmetic"]["after"] == 41
    split(ledger, "research", {"unit": "research/vision", "amount": 30},
          {"unit": "research/speech", "amount": 10})  # fmt: skip
    # A lowered parent is recorded, and listed as over-split.
    split(ledger, "lab", {"unit": "research", "amount": 20})
    split(ledger, "research", {"unit": "research/vision", "amount": 25})


def test_percentages_become_amounts_by_largest_remainder() -> None:
    ledger = house()
    [event] = told(ledger, "split", pool="h100", parent="lab", **WORDS, shares=[
        {"unit": "research", "percent_bp": 3333}, {"unit": "ops", "percent_bp": 3334},
    ])  # fmt: skip
    assert event["data"]["shares"] == [
        {"amount": 33, "unit": "research"}, {"amount": 33, "unit": "ops"},
    ]  # fmt: skip
    [event] = told(ledger, "split", pool="h100", parent="lab", **WORDS, shares=[
        {"unit": "research", "percent_bp": 4150}, {"unit": "ops", "percent_bp": 5850},
    ])  # fmt: skip
    assert [share["amount"] for share in event["data"]["shares"]] == [41, 59]
    [event] = told(ledger, "split", pool="h100", parent="lab", **WORDS, shares=[
        {"unit": "research", "percent_bp": 2660}, {"unit": "ops", "percent_bp": 2540},
    ])  # fmt: skip
    assert [share["amount"] for share in event["data"]["shares"]] == [27, 25]


def test_a_split_is_for_a_decider_over_the_parent_and_names_its_children() -> None:
    ledger = house()
    ledger.tell("delegate", to="ann", role="operator", unit="lab")
    ledger.tell("delegate", to="dee", role="decider", unit="research")
    share = [{"unit": "research", "amount": 10}]
    asked = {"pool": "h100", "parent": "lab", "shares": share, **WORDS}
    assert ledger.refusal("split", by="ann", **asked)["code"] == "NotYoursToDecide"
    assert ledger.refusal("split", by="dee", **asked)["code"] == "NotYoursToDecide"
    within = {"pool": "h100", "parent": "research", **WORDS}
    refused(ledger, "split", "Impossible", **within, shares=[{"unit": "ops", "amount": 1}])
    ledger.tell("split", by="dee", **within, shares=[{"unit": "research/vision", "amount": 8}])
    in_order(ledger)


def test_a_smaller_budget_needs_words() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 40})
    asked: dict[str, Any] = {"pool": "h100", "parent": "lab"}
    refused(ledger, "split", "WordsMissing", **asked, shares=[{"unit": "research", "amount": 30}])
    told(ledger, "split", **asked, shares=[{"unit": "research", "amount": 50}])
    refused(ledger, "split", "NoDifference", **asked, shares=[{"unit": "research", "amount": 50}])


def test_a_moved_unit_takes_what_it_holds_along_and_is_never_refused_for_it() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 60}, {"unit": "ops", "amount": 10})
    ledger.grant("research/vision", 40)
    told(ledger, "move_unit", unit="research/vision", parent="ops")
    refused(ledger, "grant", "OverAmount", pool="h100", unit="ops", quantity=1)
    told(ledger, "grant", pool="h100", unit="research/speech", quantity=60)


def test_a_corrected_split_is_what_counts() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 4})
    fact = ledger.facts()[-1]
    refused(ledger, "grant", "OverAmount", pool="h100", unit="research", quantity=40)
    data = fact["data"] | {"shares": [{"unit": "research", "amount": 40}]}
    told(ledger, "correct", corrects=fact["position"], **WORDS,
         replacement={"effective_at": fact["effective_at"], "data": data})  # fmt: skip
    told(ledger, "grant", pool="h100", unit="research", quantity=40)
    told(ledger, "correct", corrects=fact["position"], supersedes=ledger.facts()[-2]["position"],
         replacement=None, **WORDS)  # fmt: skip
    told(ledger, "grant", pool="h100", unit="research", quantity=8)


def test_what_is_lent_is_outside_once_the_borrower_moved_out_and_not_before() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "floor": 30, "amount": 48})
    ledger.grant("research/vision", 40)
    told(ledger, "lend", pool="h100", from_={"unit": "research/vision"}, quantity=10,
         to="research/speech", returns_at=day(20))  # fmt: skip
    told(ledger, "move_unit", unit="research/speech", parent="ops")
    refused(ledger, "release", "BelowFloor", pool="h100", unit="research/vision", quantity=1,
            kind="reclaimed", **WORDS)  # fmt: skip
    told(ledger, "move_unit", unit="research/speech", parent="research")
    told(ledger, "release", pool="h100", unit="research/vision", quantity=10, kind="reclaimed",
         **WORDS)  # fmt: skip
    in_order(ledger)


def test_a_move_that_was_earlier_counts_from_then_on() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "ops", "amount": 60})
    ledger.grant("research/vision", 40)
    ledger.go_to(day(5))
    [move] = told(ledger, "move_unit", unit="research/vision", parent="ops")
    told(ledger, "correct", corrects=move["position"], **WORDS,
         replacement={"effective_at": day(3), "data": move["data"]})  # fmt: skip
    steps, sign = ledger.state.measures["h100"]["ops"].of("title")
    assert [sign * steps.at(day(number)) for number in (2, 3, 4, 5)] == [0, 40, 40, 40]
    in_order(ledger)


def test_who_looked_before_a_unit_of_the_split_changed_is_told_so() -> None:
    ledger = house()
    late: dict[str, Any] = {"seen": len(ledger.events), "if_unchanged": True, **WORDS}
    of_lab: dict[str, Any] = {
        "pool": "h100", "parent": "lab", "shares": [{"unit": "research", "amount": 60}],
    }  # fmt: skip
    told(ledger, "split", **of_lab, **late)
    for unit in ("research", "lab"):
        late["seen"] = len(ledger.events)
        told(ledger, "note", about={"unit": unit}, text="Not before Friday")
        of_lab["shares"][0]["amount"] += 1
        said = refused(ledger, "split", "Stale", **of_lab, **late)
        assert said["detail"].startswith(unit)
    told(ledger, "split", **of_lab, **{**late, "seen": len(ledger.events)})
