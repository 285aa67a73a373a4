"""Settings that decide are facts: how far back one may go, how early to tell, when two decide."""

from typing import Any

import pytest

from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import proposed, refused, told

POOL = "h100"


def rules(ledger: InMemory, **settings: Any) -> dict[str, Any]:
    return told(ledger, "set_rules", **settings)[0]


def noticed(days: int = 7) -> tuple[InMemory, str, str]:
    """Alpha holds 64 and lends 24 of them to beta until day 60; who takes tells so many days."""
    ledger = lab("alpha", "beta", "gamma")
    name = ledger.grant("alpha", 64)
    loan = ledger.tell("lend", pool=POOL, from_={"grant": name}, quantity=24, to="beta",
                       returns_at=day(60))[0]["data"]["to_grant"]  # fmt: skip
    for who, unit in (("lead-a", "alpha"), ("lead-b", "beta")):
        ledger.tell("delegate", to=who, role="lead", unit=unit)
    rules(ledger, notice_days=days)
    ledger.go_to(day(10))
    return ledger, name, loan


@pytest.mark.parametrize(("at", "needs"), [(None, True), (day(16.9), True), (day(17), False)])
def test_a_reclaim_is_told_before_it_takes_effect_or_says_why_not(
    at: str | None, needs: bool
) -> None:
    ledger, name, _ = noticed()
    asked = {"grants": [{"grant": name, "quantity": 8}], "kind": "reclaimed", "reason": "r",
             **({} if at is None else {"effective_at": at})}  # fmt: skip
    if needs:
        said = refused(ledger, "release", "NoticeNeeded", **asked)
        assert (said["status"], said["arithmetic"]["limit"]) == (409, 7)
        event = told(ledger, "release", overrides=["notice"], **asked)[0]
        assert event["overrides"] == ["notice"]
    else:
        assert "overrides" not in told(ledger, "release", overrides=["notice"], **asked)[0]


def test_notice_of_many_grants_counts_from_the_first_that_loses_something() -> None:
    ledger, name, _ = noticed()
    reserved = ledger.grant("alpha", 8, starts_at=day(90))
    both = [{"grant": one, "quantity": 8} for one in (reserved, name)]
    refused(ledger, "release", "NoticeNeeded", grants=both, kind="reclaimed", reason="r")
    told(ledger, "release", grants=both[:1], kind="reclaimed", reason="r")


def test_an_earlier_end_needs_notice_unless_it_is_the_holders_own() -> None:
    ledger, name, _ = noticed()
    asked = {"grant": name, "ends_at": day(16), "reason": "r"}
    refused(ledger, "extend", "NoticeNeeded", **asked)
    told(ledger, "extend", by="lead-a", **asked)


def test_a_recall_by_the_lender_needs_notice_and_one_by_the_borrower_none() -> None:
    ledger, _, loan = noticed()
    asked = {"grant": loan, "ends_at": day(16), "reason": "r"}
    refused(ledger, "extend", "NoticeNeeded", **asked)
    refused(ledger, "extend", "NoticeNeeded", by="lead-a", **asked)
    told(ledger, "extend", by="lead-b", **asked)


def test_what_is_given_back_by_choice_or_ends_late_enough_needs_no_notice() -> None:
    ledger, name, loan = noticed()
    told(ledger, "release", grants=[{"grant": name, "quantity": 8}])
    told(ledger, "extend", grant=loan, ends_at=day(18), reason="r")
    told(ledger, "extend", grant=name, ends_at=day(30), reason="r")
    told(ledger, "reallocate", pool=POOL, to="gamma", reason="r",
         **{"from": [{"unit": "alpha", "quantity": 8}]})  # fmt: skip


def test_notice_of_one_pool_is_not_asked_in_another_and_ends_when_it_is_set_to_none() -> None:
    ledger, name, _ = noticed()
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=64)
    other = ledger.grant("alpha", 8, "a100")
    rules(ledger, pool="a100", notice_days=0)
    reclaim = {"kind": "reclaimed", "reason": "r"}
    told(ledger, "release", grants=[{"grant": other, "quantity": 8}], **reclaim)
    refused(ledger, "release", "NoticeNeeded", grants=[{"grant": name, "quantity": 8}], **reclaim)
    rules(ledger, notice_days=0)
    told(ledger, "release", grants=[{"grant": name, "quantity": 8}], **reclaim)


def test_a_reclaim_ahead_is_not_brought_forward_without_notice() -> None:
    ledger, name, _ = noticed()
    reclaim = {"kind": "reclaimed", "reason": "r", "effective_at": day(40)}
    position = ledger.tell("release", grants=[{"grant": name, "quantity": 8}], **reclaim)[0][
        "position"
    ]
    sooner = instead(ledger, position, day(12))
    refused(ledger, "correct", "NoticeNeeded", **sooner)
    refused(
        ledger, "correct", "NoticeNeeded", **instead(ledger, position, day(12), kind="returned")
    )
    assert told(ledger, "correct", overrides=["notice"], **sooner)[0]["overrides"] == ["notice"]
    told(ledger, "correct", **instead(ledger, position, day(30)))
    told(ledger, "correct", **never(ledger, position))


def test_who_leads_a_unit_gives_notice_of_a_reclaim_as_all_others_do() -> None:
    ledger, name, _ = noticed()
    reclaim: dict[str, Any] = {"grants": [{"grant": name, "quantity": 8}], "kind": "reclaimed",
                               "reason": "r", "by": "lead-a"}  # fmt: skip
    refused(ledger, "release", "NoticeNeeded", **reclaim, effective_at=day(16))
    [event] = told(ledger, "release", **reclaim, effective_at=day(40))
    sooner = instead(ledger, event["position"], day(16))
    refused(ledger, "correct", "NoticeNeeded", by="lead-a", **sooner)
    told(ledger, "correct", by="lead-a", **instead(ledger, event["position"], day(18)))


def test_a_recall_ahead_is_not_brought_forward_without_notice() -> None:
    ledger, _, loan = noticed()
    position = ledger.tell("extend", grant=loan, ends_at=day(40), reason="r")[0]["position"]
    sooner = instead(ledger, position, ends_at=day(12))
    refused(ledger, "correct", "NoticeNeeded", **sooner)
    told(ledger, "correct", by="lead-b", **sooner)
    told(ledger, "correct", **instead(ledger, position, ends_at=day(30)))


def test_rules_are_set_by_a_steward_from_now_or_later_and_only_if_they_differ() -> None:
    ledger = lab("alpha")
    ledger.tell("delegate", to="op", role="operator", unit="lab")
    refused(ledger, "set_rules", "NotYoursToDecide", by="op", notice_days=3)
    refused(ledger, "set_rules", "UnknownPool", pool="none", notice_days=3)
    ledger.go_to(day(5))
    refused(ledger, "set_rules", "Impossible", notice_days=3, effective_at=day(4), reason="r")
    refused(ledger, "set_rules", "NoDifference", backdate_days=7)
    rules(ledger, notice_days=3, effective_at=day(20))
    rules(ledger, notice_days=5, effective_at=day(10))
    assert [ledger.state.setting("notice_days", POOL, day(n)) for n in (9, 10, 20)] == [None, 5, 3]
    refused(ledger, "set_rules", "NoDifference", notice_days=3, effective_at=day(25))


def test_rules_that_begin_later_do_not_decide_today() -> None:
    ledger = lab("alpha")
    name = ledger.grant("alpha", 64)
    rules(ledger, notice_days=30, effective_at=day(20))
    reclaim = {"grants": [{"grant": name, "quantity": 8}], "kind": "reclaimed", "reason": "r"}
    ledger.go_to(day(19))
    told(ledger, "release", **reclaim)
    ledger.go_to(day(20))
    refused(ledger, "release", "NoticeNeeded", **reclaim)


def test_so_many_days_back_go_all_who_may_and_further_only_importers() -> None:
    ledger = lab("alpha", since=day(-60))
    ledger.tell("delegate", to="op", role="operator", unit="lab")
    ledger.go_to(day(30))
    asked = {"pool": POOL, "unit": "alpha", "quantity": 8, "reason": "told late"}
    told(ledger, "grant", by="op", starts_at=day(24), **asked)
    proposed(ledger, "grant", by="op", starts_at=day(22.9), **asked)
    told(ledger, "grant", starts_at=day(22.9), **asked)
    rules(ledger, pool=POOL, backdate_days=2)
    proposed(ledger, "grant", by="op", starts_at=day(24), **asked)
    ledger.tell("delegate", to="op", role="importer", unit="alpha")
    told(ledger, "grant", by="op", starts_at=day(24), **asked)


def test_corrections_go_as_far_back_as_what_they_change() -> None:
    ledger = lab("alpha", since=day(-60))
    ledger.tell("delegate", to="op", role="operator", unit="lab")
    early = ledger.tell("grant", pool=POOL, unit="alpha", quantity=8, by="op", ends_at=day(40))
    position = early[0]["position"]
    ledger.go_to(day(30))
    proposed(ledger, "correct", by="op", **quantity(ledger, position, 6))
    told(ledger, "correct", by="op", **instead(ledger, position, ends_at=day(25)))
    told(ledger, "correct", **quantity(ledger, position, 6))


def test_from_so_many_on_it_needs_a_second_person() -> None:
    ledger = lab("alpha", "beta", total=512)
    name = ledger.grant("alpha", 200)
    rules(ledger, pool=POOL, second_person_from=64)
    asked = {"pool": POOL, "unit": "alpha"}
    proposed(ledger, "grant", quantity=64, **asked)
    told(ledger, "grant", quantity=63, **asked)
    legs = [{"do": "grant", "quantity": 32, **asked}] * 2
    proposed(ledger, "decision", legs=legs)
    reclaim = {"grants": [{"grant": name, "quantity": 64}], "reason": "r"}
    proposed(ledger, "release", kind="reclaimed", **reclaim)
    told(ledger, "release", **reclaim)
    lend = {"pool": POOL, "from": {"grant": name}, "to": "beta", "returns_at": day(30)}
    proposed(ledger, "lend", quantity=64, **lend)
    made = told(ledger, "lend", quantity=63, **lend)[0]
    proposed(ledger, "correct", **quantity(ledger, made["position"], 127))
    told(ledger, "correct", **quantity(ledger, made["position"], 8))


def test_prolonging_counts_towards_the_second_person_with_all_that_is_left() -> None:
    ledger = lab("alpha", total=512)
    name = ledger.grant("alpha", 64, ends_at=day(50))
    rules(ledger, pool=POOL, second_person_from=64)
    for end in (day(60), None):
        proposed(ledger, "extend", grant=name, ends_at=end)
    told(ledger, "release", grants=[{"grant": name, "quantity": 1}])
    told(ledger, "extend", grant=name, ends_at=day(60))


def test_a_plan_that_is_cut_by_revising_what_made_it_is_told_early_enough() -> None:
    ledger, name, loan = noticed()
    makers = {one: ledger.state.grants[one].made for one in (name, loan)}
    for one, holder in ((name, "lead-a"), (loan, "lead-b")):
        ledger.tell("delegate", to=holder, role="operator", unit="lab")
        sooner = instead(ledger, makers[one], ends_at=day(12))
        refused(ledger, "correct", "NoticeNeeded", **sooner)
        assert ledger.ask("correct", by=holder, dry_run=True, **sooner).code != "NoticeNeeded"
    told(ledger, "correct", **instead(ledger, makers[loan], ends_at=day(30)))


def test_a_move_ahead_may_be_brought_forward_and_is_not_cancelled_without_notice() -> None:
    ledger, _, _ = noticed()
    source = [{"unit": "alpha", "quantity": 8}]
    position = ledger.tell(
        "reallocate", pool=POOL, from_=source, to="gamma", reason="r", effective_at=day(14)
    )[0]["position"]
    told(ledger, "correct", **instead(ledger, position, day(13)))
    refused(ledger, "correct", "NoticeNeeded", **never(ledger, position))
    told(ledger, "correct", overrides=["notice"], **never(ledger, position))
