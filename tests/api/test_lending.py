"""Loans in the reads: who lent, who borrowed, what comes back when, and who is short."""

import pytest

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.correcting import quantity
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"


@pytest.fixture
def story() -> tuple[InMemory, str, str]:
    """128 of alpha, of which 80 are lent to beta for days 16 to 32; gamma holds the other 384."""
    ledger = lab("alpha", "beta", "gamma", total=512)
    lender = ledger.grant("alpha", 128)
    ledger.grant("gamma", 384)
    loan = ledger.tell(
        "lend", pool=POOL, from_={"unit": "alpha"}, quantity=80, to="beta", starts_at=day(16),
        returns_at=day(32),
    )[0]["data"]["to_grant"]  # fmt: skip
    return ledger, lender, loan


def test_what_is_lent_is_not_in_hand_and_comes_back_by_itself(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, lender, loan = story
    ledger.go_to(day(20))
    ledger.tell("release", grants=[{"grant": loan, "quantity": 32}])
    fields = ("unit", "quantity", "guaranteed", "borrowed", "lent", "borrowed_in")
    with reading(migrated_database, ledger) as doors:
        held = {
            n: rows(doors, "/v1/holdings", *fields, valid_at=day(n))[:2] for n in (15, 16, 20, 32)
        }
        assert held == {
            15: [("alpha", 128, 128, 0, 0, 0), ("gamma", 384, 384, 0, 0, 0)],
            16: [("alpha", 48, 48, 0, 80, 0), ("beta", 80, 0, 80, 0, 80)],
            20: [("alpha", 80, 80, 0, 48, 0), ("beta", 48, 0, 48, 0, 48)],
            32: [("alpha", 128, 128, 0, 0, 0), ("gamma", 384, 384, 0, 0, 0)],
        }
        (total,) = read(doors, "/v1/holdings", valid_at=day(20))["totals"]
        assert [total[name] for name in fields[1:]] == [512, 464, 48, 48, 48]
        of_grants = rows(
            doors, "/v1/holdings", "grant", "quantity", "lent", "lender", group="grant",
            valid_at=day(16), under="lab",
        )  # fmt: skip
        assert of_grants[:2] == [(lender, 48, 80, None), (loan, 80, 0, lender)]
        assert read(doors, "/v1/capacity", valid_at=day(16))["items"][0]["held"] == 512


def test_who_has_lent_all_it_has_is_still_listed(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, lender, _ = story
    ledger.tell(
        "lend", pool=POOL, from_={"grant": lender}, quantity=48, to="gamma", starts_at=day(17),
        returns_at=day(30),
    )  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/holdings", "quantity", "lent", unit="alpha", valid_at=day(18))
        assert found == [(0, 128)]
        assert rows(doors, "/v1/holdings", "unit", valid_at=day(18), known_at=2) == []


def test_a_grant_tells_what_it_owns_and_what_it_has_in_hand(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, lender, loan = story
    ledger.go_to(day(20))
    given = ledger.tell("release", grants=[{"grant": loan, "quantity": 16}])[0]["position"]
    corrected = ledger.tell("correct", **quantity(ledger, given, 32))[0]["position"]
    with reading(migrated_database, ledger) as doors:
        found = read(doors, f"/v1/grants/{lender}", valid_at=day(21))
        began = found["starts_at"]
        assert [tuple(one.values()) for one in found["steps"]] == [
            (began, day(16), 128, 128), (day(16), day(20), 128, 48), (day(20), day(32), 128, 80),
            (day(32), None, 128, 128),
        ]  # fmt: skip
        assert (found["own"], found["hold"], found["lender"]) == (128, 80, None)
        assert [(one["grant"], one["unit"], one["quantity"], one["hold"], one["ends_at"])
                for one in found["loans"]] == [(loan, "beta", 80, 48, day(32))]  # fmt: skip
        found = read(doors, f"/v1/grants/{loan}", valid_at=day(21))
        assert (found["own"], found["hold"], found["lender"]) == (48, 48, lender)
        assert found["corrections"] == [{"corrects": given, "position": corrected}]
        before = read(doors, f"/v1/grants/{loan}", valid_at=day(21), known_at=given)
        assert (before["hold"], before["corrections"]) == (64, [])


def test_a_loss_inside_a_loan_falls_on_the_loan_first_and_then_on_all_in_proportion(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, _, _ = story
    ledger.go_to(day(18))
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=64)
    with reading(migrated_database, ledger) as doors:
        for at, usable in (
            (18, [("alpha", 48), ("beta", 16), ("gamma", 384)]),
            (32, [("alpha", 112), ("gamma", 336)]),
        ):
            found = rows(doors, "/v1/holdings", "unit", "deliverable", valid_at=day(at))
            assert found == usable


def test_headroom_and_free_units_absorb_a_loss_before_anybody_is_short(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", total=512)
    ledger.tell("grant", pool=POOL, unit="alpha", quantity=480)
    ledger.tell("change_capacity", pool=POOL, kind="headroom", total=32)
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=16)
    with reading(migrated_database, ledger) as doors:
        (pool,) = read(doors, "/v1/capacity")["items"]
        assert (pool["overcommitted"], pool["shortfall"]) == (16, 0)
        assert rows(doors, "/v1/holdings", "deliverable") == [480]


@pytest.mark.parametrize("group", ["unit", "grant", "pool", "parent"])
def test_loans_are_summed_with_what_they_are_part_of(
    migrated_database: str, story: tuple[InMemory, str, str], group: str
) -> None:
    ledger, _, _ = story
    with reading(migrated_database, ledger) as doors:
        found = read(doors, "/v1/holdings", group=group, valid_at=day(20))
        for name in ("quantity", "lent", "borrowed_in", "deliverable"):
            assert sum(one[name] for one in found["items"]) == found["totals"][0][name]
        assert (found["totals"][0]["lent"], found["totals"][0]["borrowed_in"]) == (80, 80)


def test_flows_show_a_loan_on_its_way_and_back(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, _, loan = story
    ledger.go_to(day(20))
    ledger.tell("release", grants=[{"grant": loan, "quantity": 32}])
    with reading(migrated_database, ledger) as doors:
        found = rows(
            doors, "/v1/flows", "from_unit", "to_unit", "quantity",
            **{"from": day(10), "to": day(60)},
        )  # fmt: skip
        assert found == [("alpha", "beta", 80), ("beta", "alpha", 80)]


def test_a_loan_that_comes_back_by_itself_is_a_flow_though_nobody_says_a_thing(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, _, _ = story
    with reading(migrated_database, ledger) as doors:
        back = rows(
            doors, "/v1/flows", "from_unit", "to_unit", "quantity",
            **{"from": day(20), "to": day(60)},
        )  # fmt: skip
        assert back == [("beta", "alpha", 80)]


def test_a_loan_ahead_of_a_lender_whose_grant_is_over_comes_from_the_pool(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, _, loan = story
    ledger.tell("release", pool=POOL, unit="alpha", quantity="all", effective_at=day(10))
    ahead = {"from": day(11), "until": day(40)}
    while_lent = {"from": day(11), "to": day(20)}
    with reading(migrated_database, ledger) as doors:
        assert rows(doors, "/v1/due", "at", "kind", "unit", "grant", "quantity", **ahead) == [
            (day(16), "loan_start", "beta", loan, 80), (day(32), "end", "beta", loan, 80),
        ]  # fmt: skip
        (first, _) = rows(doors, "/v1/due", "sentence", **ahead)
        assert first == "beta borrows 80 gpu of h100 from the pool"
        passed = ("from_unit", "to_unit", "quantity")
        assert rows(doors, "/v1/flows", *passed, **while_lent) == [(None, "beta", 80)]
        entries = read(doors, "/v1/statement", pool=POOL, unit="beta", **while_lent)["entries"]
        assert [(one["kind"], one["sentence"]) for one in entries] == [("borrowed_in", first)]
        steps = read(doors, "/v1/supply", pool=POOL, **ahead)["certain"]
        assert [
            (step["at"], step["free"], [(one["kind"], one["quantity"]) for one in step["causes"]])
            for step in steps
        ] == [
            (day(11), 128, []), (day(16), 48, [("loan_start", -80)]),
            (day(32), 128, [("loan_end", 80)]),
        ]  # fmt: skip


def test_what_is_moved_out_of_a_reservation_comes_from_the_pool_until_it_begins(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=128)
    reserved = ledger.grant("alpha", 64, starts_at=day(20))
    ledger.tell("reallocate", pool=POOL, from_=[{"grant": reserved, "quantity": 16}], to="beta",
                reason="sooner")  # fmt: skip
    passed = ("from_unit", "to_unit", "quantity")
    with reading(migrated_database, ledger) as doors:
        before = rows(doors, "/v1/flows", *passed, **{"from": day(0), "to": day(10)})
        after = rows(doors, "/v1/flows", *passed, **{"from": day(10), "to": day(30)})
        assert before == [(None, "beta", 16)]
        assert after == [(None, "alpha", 64), ("alpha", None, 16)]


def test_a_loan_that_was_told_wrongly_is_counted_once_as_it_is_believed(
    migrated_database: str, story: tuple[InMemory, str, str]
) -> None:
    ledger, lender, loan = story
    lent = len(ledger.events)
    ledger.tell("correct", **quantity(ledger, lent, 24))
    with reading(migrated_database, ledger) as doors:
        for known_at, out in ((lent, 80), (lent + 1, 24)):
            when = {"valid_at": day(20), "known_at": known_at, "group": "grant", "under": "lab"}
            found = rows(doors, "/v1/holdings", "grant", "quantity", "lent", "borrowed_in", **when)
            assert found[:2] == [(lender, 128 - out, out, 0), (loan, out, 0, out)]


@pytest.mark.parametrize(("kind", "verb"), [("returned", "gives"), ("reclaimed", "reclaimed")])
def test_a_loan_that_ends_early_is_told_as_it_was_given_back(
    migrated_database: str, story: tuple[InMemory, str, str], kind: str, verb: str
) -> None:
    ledger, _, _ = story
    ledger.go_to(day(20))
    ledger.tell("release", kind=kind, reason="It is not needed", pool=POOL, unit="beta",
                quantity="all")  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        period = {"from": day(17), "to": day(40)}
        (entry,) = read(doors, "/v1/statement", pool=POOL, unit="beta", **period)["entries"]
        assert (entry["at"], entry["kind"], entry["quantity"]) == (day(20), kind, -80)
        assert verb in entry["sentence"]
