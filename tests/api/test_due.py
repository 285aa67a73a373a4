"""The calendar names every dated step: of grants and capacity, and of whatever else has a date."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.events import Proposed
from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import ask, decide, give, house
from tests.support.in_memory import InMemory, day

POOL, OTHER = "h100", "a100"
WINDOW = {"from": day(2), "until": day(60)}
Row = tuple[str, str, Any]


def due(doors: TestClient, **params: Any) -> list[Row]:
    """When, what and whose."""
    return rows(doors, "/v1/due", "at", "kind", "unit", **{**WINDOW, **params})


def sentences(doors: TestClient, **params: Any) -> list[str]:
    """What is said of it."""
    return rows(doors, "/v1/due", "sentence", **{**WINDOW, **params})


@pytest.fixture
def ledger() -> InMemory:
    """A house with something of every kind that has a date, from day 5 to day 50."""
    ledger = house()
    ledger.tell("open_pool", pool=OTHER)
    ledger.tell("change_capacity", pool=OTHER, kind="counted", total=64)
    ledger.tell("delegate", to="kim", role="lead", unit="ops", pools=[OTHER], until=day(35))
    ledger.tell("split", pool=POOL, parent="lab", until=day(20), shares=[
        {"unit": "research", "amount": 64}, {"unit": "ops", "amount": 32},
    ])  # fmt: skip
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=8, effective_at=day(15))
    ledger.tell("change_capacity", pool=OTHER, kind="lost", quantity=4, effective_at=day(16))
    ledger.go_to(day(1))
    return ledger


def test_a_split_ends_where_no_other_has_taken_over(
    ledger: InMemory, migrated_database: str
) -> None:
    of = {"pool": POOL, "parent": "lab", "reason": "As agreed"}
    ledger.tell("split", **of, shares=[{"unit": "ops", "amount": 40}], effective_at=day(10))
    ledger.tell("split", **of, shares=[{"unit": "research", "amount": 70}], effective_at=day(20))
    ledger.tell("split", **of, shares=[{"unit": "ops", "amount": 38}], effective_at=day(45))
    before = len(ledger.events)
    ledger.tell("split", **of, shares=[{"unit": "ops", "amount": 36}], effective_at=day(40),
                until=day(50))  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        splits = [one for one in due(doors, pool=POOL) if "split" in one[1]]
        assert splits == [
            (day(10), "split_start", "lab"), (day(20), "split_end", "lab"),
            (day(20), "split_start", "lab"), (day(40), "split_start", "lab"),
            (day(50), "split_end", "lab"),
        ]  # fmt: skip
        said = [one for one in sentences(doors) if "split" in one]
        assert said == [
            "The split of h100 for ops takes effect", "The split of h100 for research ends",
            "The split of h100 for research takes effect", "The split of h100 for ops takes effect",
            "The split of h100 for ops ends",
        ]  # fmt: skip
        splits = [one for one in due(doors, known_at=before) if "split" in one[1]]
        assert splits[3:] == [(day(45), "split_start", "lab")]
        # Until more was said, the budget of research would have gone on as it was.
        said = sentences(doors, known_at=before - 3, pool=POOL)
        assert "The split of h100 among ops and research ends, and goes on until there is another" \
            in said  # fmt: skip
        assert [one for one in due(doors, pool=OTHER) if "split" in one[1]] == []


def test_a_proposal_lapses_unless_it_is_confirmed_or_closed(
    ledger: InMemory, migrated_database: str
) -> None:
    grant = ledger.grant("ops", 16)
    wishes: list[dict[str, Any]] = [
        {"do": "grant", "pool": POOL, "unit": "research/vision", "quantity": 8},
        {"do": "extend", "grant": grant, "ends_at": day(30)},
        {"do": "reallocate", "pool": POOL, "from_": [{"unit": "ops", "quantity": 8}],
         "to": "research/vision"},
        {"do": "correct", "corrects": len(ledger.events), "replacement": None},
        {"do": "set_rules", "notice_days": 3},
        {"do": "delegate", "to": "kim", "role": "lead", "unit": "ops", "pools": [OTHER]},
    ]  # fmt: skip
    for wish in wishes:
        given = ledger.ask(**wish, reason="As agreed", propose=True)
        assert given.status == 202, given.body
    closed = ledger.facts()[-1]["data"]["proposal"]
    ledger.go_to(day(2))
    before = len(ledger.events)
    ledger.tell("close_proposal", proposal=closed, outcome="withdrawn")
    with reading(migrated_database, ledger) as doors:

        def waiting(**params: Any) -> list[tuple[int, Any, Any]]:
            found = read(doors, "/v1/due", **{"from": day(3), "until": day(60), **params})["items"]
            return [
                (one["position"], one.get("unit"), one.get("pool"))
                for one in found
                if one["kind"] == "proposal_lapse" and one["at"][:10] == "2026-01-09"
            ]

        first = next(one.position for one in ledger.events if isinstance(one, Proposed))
        granting, extending, moving, correcting, ruling = (
            (first, "research/vision", POOL), (first + 1, "ops", POOL), (first + 2, None, POOL),
            (first + 3, "ops", POOL), (first + 4, None, None),
        )  # fmt: skip
        assert waiting() == [granting, extending, moving, correcting, ruling]
        assert waiting(known_at=before)[-1] == (first + 5, "ops", OTHER)
        assert waiting(under="ops") == [extending, moving, correcting]
        assert waiting(under="research") == [granting, moving]
        assert waiting(pool=OTHER) == [ruling]
        assert waiting(known_at=first) == [granting]
        assert (
            "What founder proposes (set rules) lapses unless a second person confirms it"
            in sentences(doors)
        )


def test_an_answer_put_off_falls_due_and_is_overdue_until_it_is_given(
    ledger: InMemory, migrated_database: str
) -> None:
    deferred = ask(ledger, quantity=32)
    decide(ledger, deferred, "deferred", until=day(12))
    decided = len(ledger.events)
    answered, amended = ask(ledger, quantity=16), ask(ledger, quantity=8)
    for one in (answered, amended):
        decide(ledger, one, "deferred", until=day(13))
    ledger.go_to(day(5))
    decide(ledger, answered, "denied", reason="There is none")
    ledger.tell("amend_request", by="lea", request=amended, quantity=24)
    with reading(migrated_database, ledger) as doors:
        [row] = [one for one in read(doors, "/v1/due", **WINDOW)["items"] if "request" in one]
        assert row == {
            "at": day(12), "kind": "request_due", "pool": POOL, "unit": "research/vision",
            "request": deferred, "quantity": 32, "position": decided,
            "sentence": "The request of research/vision for 32 gpu of h100 is to be decided again",
        }  # fmt: skip
        late = due(doors, **{"from": day(14), "under": "research"})
        assert late[0] == (day(12), "request_overdue", "research/vision")
        early = due(doors, known_at=decided + 4)
        due_on = [one[0] for one in early if one[1] == "request_due"]
        assert due_on == [day(12), day(13), day(13)]
        assert [one for one in due(doors, under="ops") if "request" in one[1]] == []


def test_a_request_lapses_for_which_somebody_still_waits(
    ledger: InMemory, migrated_database: str
) -> None:
    waits = ask(ledger, quantity=16, ends_at=day(30))
    amended = ledger.tell("amend_request", by="lea", request=waits, ends_at=day(40))
    fulfilled, withdrawn = (ask(ledger, quantity=8, ends_at=day(31)) for _ in range(2))
    decide(ledger, fulfilled, "approved")
    give(ledger, fulfilled, 8, ends_at=day(31))
    ledger.tell("withdraw_request", by="lea", request=withdrawn)
    with reading(migrated_database, ledger) as doors:
        [row] = [one for one in read(doors, "/v1/due", **WINDOW)["items"] if "request" in one]
        assert (row["at"], row["kind"], row["request"]) == (day(40), "request_lapse", waits)
        assert row["position"] == amended[0]["position"]


def test_what_is_under_a_unit_is_told_of_the_capacity_it_has_a_part_in(
    ledger: InMemory, migrated_database: str
) -> None:
    def lost(doors: TestClient, **params: Any) -> list[str]:
        return [
            one["pool"]
            for one in read(doors, "/v1/due", **{**WINDOW, **params})["items"]
            if one["kind"] == "capacity"
        ]

    granted = len(ledger.events) + 1
    ledger.grant("ops", 4, pool=OTHER, ends_at=day(10))
    ask(ledger, pools=[OTHER])
    ledger.tell("create_unit", unit="idle")
    with reading(migrated_database, ledger) as doors:
        assert lost(doors) == lost(doors, under="lab") == [POOL, OTHER]
        assert lost(doors, under="ops") == [POOL, OTHER], "a budget, and something in hand"
        assert lost(doors, under="ops", known_at=granted - 1) == [POOL]
        assert lost(doors, under="research/vision") == [OTHER], "something that is asked for"
        assert lost(doors, under="ops", **{"from": day(11)}) == [POOL], "no part in it any more"
        assert lost(doors, under="idle") == []
        assert lost(doors, under="ops", pool=OTHER) == [OTHER]


def test_a_move_is_told_once_and_twice_where_the_giver_begins_later(
    ledger: InMemory, migrated_database: str
) -> None:
    grants = ledger.grant("ops", 16), ledger.grant("ops", 16, starts_at=day(30))
    for grant, at in zip(grants, (12, 10), strict=True):
        ledger.tell("reallocate", pool=POOL, from_=[{"grant": grant, "quantity": 8}],
                    to="research/vision", starts_at=day(at), reason="As agreed")  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        for under in ("lab", "ops", "research"):
            moves = [(at, unit) for at, kind, unit in due(doors, under=under) if "move" in kind]
            assert (
                moves
                == [(day(10), "research/vision"), (day(12), "ops"), (day(30), "ops")][
                    1 if under == "ops" else 0 :
                ]
            )


@pytest.mark.parametrize("under", ["ops", "research", None])
def test_pages_are_the_calendar_however_short(
    ledger: InMemory, migrated_database: str, under: str | None
) -> None:
    """What is told of a pool hangs on what happens to it much later in the window."""
    for number in range(12):
        ledger.grant("ops", 1, ends_at=day(10 + number))
    ledger.grant("research/vision", 1, ends_at=day(11))
    ledger.grant("ops", 8, pool=OTHER, starts_at=day(55))
    params: dict[str, Any] = {**WINDOW, **({"under": under} if under else {})}
    with reading(migrated_database, ledger) as doors:
        whole = read(doors, "/v1/due", **params)["items"]
        found: list[Any] = []
        page = read(doors, "/v1/due", limit=1, **params)
        while page["next"]:
            found += page["items"]
            page = read(doors, "/v1/due", limit=1, cursor=page["next"], **params)
        assert [*found, *page["items"]] == whole
        lost = [
            one["at"] for one in whole if one.get("pool") == OTHER and one["kind"] == "capacity"
        ]
        assert lost == ([] if under == "research" else [day(16)])


def test_words_are_owed_until_a_note_says_them(ledger: InMemory, migrated_database: str) -> None:
    taken: dict[str, Any] = {"pool": POOL, "quantity": 4, "kind": "reclaimed",
                             "reason_code": "incident"}  # fmt: skip
    for unit in ("ops", "research/vision"):
        ledger.grant(unit, 8)
    ledger.go_to(day(3))
    owed, paid = (
        ledger.tell("release", unit=unit, **taken)[0] for unit in ("ops", "research/vision")
    )
    ledger.go_to(day(4))
    ledger.tell("note", about={"position": paid["position"]}, text="A cable had melted")
    with reading(migrated_database, ledger) as doors:

        def debts(**params: Any) -> list[int]:
            items = read(doors, "/v1/due", **{**WINDOW, **params})["items"]
            return [one["position"] for one in items if one["kind"] == "reason_debt"]

        assert debts() == debts(under="ops") == debts(pool=POOL) == [owed["position"]]
        assert debts(known_at=paid["position"]) == [owed["position"], paid["position"]]
        assert debts(under="research") == debts(pool=OTHER) == debts(until=day(2.5)) == []
        first = read(doors, "/v1/due", **{"from": day(5), "until": day(6)})["items"][0]
        assert (first["at"], first["unit"], first["pool"]) == (owed["recorded_at"], "ops", POOL)
        assert first["sentence"].startswith("founder owes words for this: 4 gpu of h100 were")


def test_at_one_instant_ends_come_before_capacity_and_capacity_before_starts(
    ledger: InMemory, migrated_database: str
) -> None:
    at = day(15)
    ledger.grant("ops", 4, starts_at=at)
    ledger.grant("ops", 4, ends_at=at)
    ask(ledger, quantity=16, ends_at=at)
    ledger.tell("split", pool=POOL, parent="lab", shares=[{"unit": "ops", "amount": 8}],
                effective_at=at, reason="As agreed")  # fmt: skip
    ledger.tell("delegate", to="kim", role="lead", unit="ops", until=at)
    with reading(migrated_database, ledger) as doors:
        kinds = [one[1] for one in due(doors, until=day(16))]
        assert kinds == ["end", "delegation_end", "request_lapse", "capacity", "start",
                         "split_start"]  # fmt: skip


def test_a_row_of_the_page_leads_to_its_grant_its_request_or_to_what_waits(
    ledger: InMemory, migrated_database: str
) -> None:
    grant = ledger.grant("ops", 16, ends_at=day(20))
    request = ask(ledger, quantity=32)
    decide(ledger, request, "deferred", until=day(12))
    given = ledger.ask("set_rules", notice_days=3, reason="As agreed")
    assert given.status == 202, given.body
    with reading(migrated_database, ledger) as doors:
        clocks = {"valid_at": day(2)[:10], "until": day(40)[:10]}
        answer = doors.get("/calendar", params=clocks)
        assert answer.status_code == 200
        rows = re.findall(r'<td><a href="([^"]+)">([^<]+)</a>', answer.text)
        led = {sentence: where for where, sentence in rows}
        assert f"grant={grant}" in led["The grant of 16 gpu of h100 to ops ends"]
        asked = "The request of research/vision for 32 gpu of h100 is to be decided again"
        assert led[asked].startswith("/request?")
        assert f"request={request}" in led[asked]
        waits = "What founder proposes (set rules) lapses unless a second person confirms it"
        assert led[waits].startswith("/proposals")
