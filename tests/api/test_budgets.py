"""Budgets over HTTP: what units may hold, what they hold with all below them, what room is left."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.looking import asked, read
from tests.api.told import reading
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"
WORDS = {"reason": "Decided by the board"}
NEXT_YEAR = day(365)


def house(total: int = 200) -> InMemory:
    """A division with two teams, beside another division."""
    ledger = lab("research", "ops", total=total)
    for team in ("vision", "speech"):
        ledger.tell("create_unit", unit=f"research/{team}", parent="research")
    return ledger


def split(ledger: InMemory, parent: str, *shares: dict[str, Any], **fields: Any) -> int:
    """Decide a split; returns its position."""
    told = ledger.tell("split", pool=POOL, parent=parent, shares=list(shares), **WORDS, **fields)
    return told[0]["position"]


def budgets(doors: TestClient, **params: Any) -> dict[str, dict[str, Any]]:
    """The budgets of one pool by unit."""
    return {one["unit"]: one for one in read(doors, "/v1/budgets", **params)["items"]}


def some(row: dict[str, Any], *fields: str) -> tuple[Any, ...]:
    return tuple(row[field] for field in fields)


HELD = ("title", "inhand", "kept", "lent", "borrowed", "room")


def test_a_budget_says_what_its_unit_and_all_below_own_have_and_keep(
    migrated_database: str,
) -> None:
    ledger = house()
    at = split(ledger, "lab", {"unit": "research", "floor": 16, "amount": 64, "cap": 96},
               {"unit": "ops", "cap": 40})  # fmt: skip
    ledger.grant("research/vision", 40)
    ledger.grant("research/speech", 8, borrowed=True)
    ledger.tell("lend", pool=POOL, from_={"unit": "research/vision"}, quantity=12, to="ops",
                returns_at=day(30))  # fmt: skip
    ledger.tell("lend", pool=POOL, from_={"unit": "research/vision"}, quantity=4,
                to="research/speech", returns_at=day(30))  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        found = budgets(doors, valid_at=day(1))
        assert list(found) == ["ops", "research"]
        research = found["research"]
        assert some(research, "floor", "amount", "cap", "split") == (16, 64, 96, at)
        assert some(research, *HELD) == (40, 36, 28, 12, 12, 24)
        assert some(research, "over", "overdue", "promised", "over_split") == (
            False, False, 0, False,
        )  # fmt: skip
        assert some(found["ops"], "amount", *HELD) == (None, 0, 12, 0, 0, 12, 28)
        assert some(budgets(doors, valid_at=day(40))["research"], *HELD) == (40, 48, 40, 0, 8, 24)
        assert budgets(doors, valid_at=day(1), under="research").keys() == {"research"}
        assert budgets(doors, valid_at=day(1), under="research/vision") == {}
        assert budgets(doors, valid_at=day(-1)) == {}


def test_the_room_of_a_window_is_the_least_in_it(migrated_database: str) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 64, "cap": 80})
    split(ledger, "lab", {"unit": "research", "amount": 48}, effective_at=day(20))
    ledger.grant("research/vision", 24, ends_at=day(30))
    ledger.grant("research/speech", 16, starts_at=day(10), ends_at=day(15))
    ledger.grant("research/speech", 20, starts_at=day(12), ends_at=day(14), borrowed=True)
    with reading(migrated_database, ledger) as doors:

        def room(**window: Any) -> int | None:
            return budgets(doors, valid_at=day(1), **window)["research"]["room"]

        assert room() == 40
        assert room(until=day(10)) == 40
        assert room(until=day(11)) == 24
        assert room(until=day(13)) == 20
        assert room(until=day(31)) == 20
        assert room(until=day(31), under="research") == 20
        late = budgets(doors, valid_at=day(15), until=day(21))["research"]
        assert some(late, "amount", "room") == (64, 24)
        assert budgets(doors, valid_at=day(29), until=day(31))["research"]["room"] == 24
        assert doors.get("/v1/budgets", params={"until": "2026-01-01T00:00:00Z"}).status_code == 422


def test_who_is_over_overdue_or_has_promised_too_much_is_listed(migrated_database: str) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 64}, until=day(10))
    split(ledger, "research", {"unit": "research/vision", "amount": 40},
          {"unit": "research/speech", "amount": 24})  # fmt: skip
    ledger.grant("research/vision", 40)
    split(ledger, "lab", {"unit": "research", "amount": 32}, until=day(5))
    with reading(migrated_database, ledger) as doors:
        fields = ("amount", "promised", "over_split", "over", "overdue", "room")
        early = budgets(doors, valid_at=day(2))
        assert some(early["research"], *fields) == (32, 64, True, True, False, 0)
        assert some(early["research/vision"], *fields) == (40, 0, False, False, False, 0)
        then = budgets(doors, valid_at=day(6))["research"]
        assert some(then, *fields) == (64, 64, False, False, False, 24)
        late = budgets(doors, valid_at=day(11))["research"]
        assert some(late, *fields) == (64, 64, False, False, True, 24)


def test_a_cap_is_exceeded_by_what_is_in_hand_and_not_by_what_is_owned(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "cap": 40})
    ledger.grant("research/vision", 40)
    ledger.tell("lend", pool=POOL, from_={"unit": "research/vision"}, quantity=12, to="ops",
                returns_at=day(10))  # fmt: skip
    split(ledger, "lab", {"unit": "research", "cap": 28}, effective_at=day(2))
    split(ledger, "lab", {"unit": "research", "cap": 27}, effective_at=day(4))
    with reading(migrated_database, ledger) as doors:
        for at, cap, in_hand, is_over in ((1, 40, 28, False), (3, 28, 28, False),
                                          (5, 27, 28, True), (11, 27, 40, True)):  # fmt: skip
            found = budgets(doors, valid_at=day(at))["research"]
            assert some(found, "cap", "title", "inhand", "over") == (cap, 40, in_hand, is_over)


def test_what_is_promised_below_a_cap_alone_is_promised_above_it_too(
    migrated_database: str,
) -> None:
    ledger = house()
    ledger.tell("create_unit", unit="research/video", parent="research/vision")
    split(ledger, "lab", {"unit": "research", "amount": 64})
    split(ledger, "research", {"unit": "research/vision", "cap": 50},
          {"unit": "research/speech", "amount": 30})  # fmt: skip
    split(ledger, "research/vision", {"unit": "research/video", "amount": 20})
    split(ledger, "lab", {"unit": "research", "amount": 49}, effective_at=day(5))
    with reading(migrated_database, ledger) as doors:
        for at, is_over in ((1, False), (5, True)):
            found = budgets(doors, valid_at=day(at))
            assert some(found["research/vision"], "promised", "over_split") == (20, False)
            assert some(found["research"], "promised", "over_split") == (50, is_over)


def test_pages_of_a_past_by_the_tree_of_now_are_all_by_that_tree(migrated_database: str) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 64}, {"unit": "ops", "amount": 30})
    ledger.grant("research/vision", 16)
    known = len(ledger.events)
    ledger.go_to(day(10))
    ledger.tell("move_unit", unit="research/vision", parent="ops")
    clocks = {"valid_at": day(5), "known_at": known, "limit": 1}
    with reading(migrated_database, ledger) as doors:
        for org, titles in (("now", (16, 0)), ("then", (0, 16))):
            first = read(doors, "/v1/budgets", org=org, **clocks)
            last = read(doors, "/v1/budgets", cursor=first["next"], limit=1)
            rows = [*first["items"], *last["items"]]
            assert [some(row, "unit", "title") for row in rows] == [
                ("ops", titles[0]), ("research", titles[1]),
            ]  # fmt: skip


def test_a_unit_that_moved_counts_where_it_stood_or_where_it_stands(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 64}, {"unit": "ops", "amount": 30})
    ledger.grant("research/vision", 40)
    ledger.go_to(day(10))
    ledger.tell("move_unit", unit="research/vision", parent="ops")
    with reading(migrated_database, ledger) as doors:
        before = {"valid_at": day(5)}
        assert budgets(doors, **before)["research"]["title"] == 40
        assert budgets(doors, **before, org="now")["ops"]["title"] == 40
        after = budgets(doors, valid_at=day(11))
        assert some(after["research"], "title", "over", "room") == (0, False, 64)
        assert some(after["ops"], "title", "over", "room") == (40, True, 0)
        window = budgets(doors, **before, until=day(11))
        assert (window["research"]["room"], window["ops"]["room"]) == (24, 0)
        known = len(ledger.events) - 1
        assert budgets(doors, valid_at=day(11), known_at=known)["ops"]["title"] == 0
        assert budgets(doors, **before, until=day(11), under="ops")["ops"]["room"] == 0


def test_a_cleared_budget_is_none_and_a_corrected_one_was_always_so(
    migrated_database: str,
) -> None:
    ledger = house()
    first = split(ledger, "lab", {"unit": "research", "amount": 46}, {"unit": "ops", "amount": 9})
    second = split(ledger, "lab", {"unit": "ops"}, effective_at=day(3))
    fact = ledger.facts()[first - 1]
    data = fact["data"] | {"shares": [{"unit": "research", "amount": 64}]}
    ledger.tell("correct", corrects=first, **WORDS,
                replacement={"effective_at": fact["effective_at"], "data": data})  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        assert budgets(doors, valid_at=day(4)).keys() == {"research"}
        now = budgets(doors, valid_at=day(1))
        assert some(now["research"], "amount", "split") == (64, first)
        assert now.keys() == {"research"}
        then = budgets(doors, valid_at=day(1), known_at=second)
        assert {unit: one["amount"] for unit, one in then.items()} == {"research": 46, "ops": 9}


def test_a_unit_that_is_closed_has_no_budget(migrated_database: str) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 64}, {"unit": "ops", "amount": 30})
    ledger.go_to(day(10))
    ledger.tell("close_unit", unit="ops", reason="They all left")
    with reading(migrated_database, ledger) as doors:
        assert budgets(doors, valid_at=day(9)).keys() == {"ops", "research"}
        assert budgets(doors, valid_at=day(11)).keys() == {"research"}


def test_budgets_come_page_by_page_and_as_csv_and_are_kept_when_nothing_can_change(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 64}, {"unit": "ops", "amount": 30})
    known = len(ledger.events)
    ledger.grant("research/vision", 40)
    with reading(migrated_database, ledger) as doors:
        first = read(doors, "/v1/budgets", limit=1, valid_at=day(1))
        assert [one["unit"] for one in first["items"]] == ["ops"]
        second = read(doors, "/v1/budgets", cursor=first["next"])
        assert [one["unit"] for one in second["items"]] == ["research"]
        assert second["next"] is None
        table = asked(doors, "/v1/budgets", format="csv", valid_at=day(1)).text.splitlines()
        assert table[0].startswith("unit,pool,floor,amount,cap,title,inhand,kept")
        assert table[1].startswith("ops,h100,,30,,0,0,0")
        fixed = asked(doors, "/v1/budgets", valid_at=day(1), known_at=known)
        assert "immutable" in fixed.headers["Cache-Control"]
        now = asked(doors, "/v1/budgets", valid_at=day(1), known_at=known, org="now")
        assert "immutable" not in now.headers["Cache-Control"]
        for unknown in ({"pool": "a100"}, {"under": "nobody"}):
            assert doors.get("/v1/budgets", params=unknown).status_code == 404


def test_what_comes_back_in_a_window_takes_up_room(migrated_database: str) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "cap": 50}, {"unit": "ops", "amount": 9, "cap": 30})
    ledger.grant("research/vision", 40)
    ledger.tell("lend", pool=POOL, from_={"unit": "research/vision"}, quantity=12, to="ops",
                returns_at=day(10))  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        for until, research, ops in ((day(10), 22, 9), (day(11), 10, 9)):
            found = budgets(doors, valid_at=day(1), until=until)
            assert (found["research"]["room"], found["ops"]["room"]) == (research, ops)
            alone = budgets(doors, valid_at=day(1), until=until, under="research")
            assert alone["research"]["room"] == research
        assert budgets(doors, valid_at=day(10))["research"]["inhand"] == 40
