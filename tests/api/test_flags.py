"""Every flag that an auditor asks for is derived, told and found; requests are found as well."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.store.embedded.server import Server
from projections.history.search import FLAGS
from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import ask, decide, house
from tests.support.asking import give as grant_for
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import FOUNDER, day
from tests.support.postgres import copied

VISION = "research/vision"
DEBT = {"kind": "reclaimed", "reason_code": "incident"}


class Story:
    """A house in which everything happens that a flag is for; `at` tells where, by flag."""

    def __init__(self) -> None:
        self.ledger = house(total=512)
        self.at: dict[str, set[int]] = {flag: set() for flag in FLAGS}
        self.request = ""
        for part in (self._dates, self._plans, self._limits, self._people, self._words, self._ask):
            part()

    def tell(self, do: str, *flags: str, **fields: Any) -> dict[str, Any]:
        """Give a command, whose event has these flags."""
        event = self.ledger.tell(do, **fields)[-1]
        for flag in flags:
            self.at[flag].add(event["position"])
        return event

    def _dates(self) -> None:
        ledger = self.ledger
        ledger.go_to(day(4))
        words = {"reason": "It was told late"}
        self.tell("grant", "backdated", pool="h100", unit="ops", quantity=8, ends_at=day(5),
                  effective_at=day(2), **words)  # fmt: skip
        ended = ledger.events[-1].data.grant  # pyright: ignore[reportAttributeAccessIssue]
        ledger.go_to(day(8))
        self.tell("release", "late", "backdated", effective_at=day(6), **words,
                  grants=[{"grant": ended, "quantity": 8}])  # fmt: skip
        self.tell("grant", "borrowed", pool="h100", unit="ops", quantity=8, borrowed=True)

    def _plans(self) -> None:
        ledger = self.ledger
        held = ledger.grant("ops", 32)
        made = len(ledger.events)
        self.tell("correct", "correction", **quantity(ledger, made, 24))
        self.tell("release", pool="h100", unit="ops", quantity=8, effective_at=day(40))
        self.tell("correct", "correction", "revision", **never(ledger, len(ledger.events)))
        ahead = ledger.grant("ops", 16, starts_at=day(30))
        self.tell("release", grants=[{"grant": ahead, "quantity": 4}], reason="Fewer will do")
        given_up = len(ledger.events)
        ledger.go_to(day(9))
        # It was given up by now, of what has not begun: nothing was different before.
        self.tell("correct", "correction", "revision", **quantity(ledger, given_up, 6))
        self.tell("extend", grant=held, ends_at=day(90), reason="Until spring")
        ended = len(ledger.events)
        self.tell("extend", grant=held, ends_at=day(95))
        changes = {"ends_at": day(8.5)}
        # Another end has taken its place: the one before never counts.
        self.tell("correct", "correction", **instead(ledger, ended, **changes))

    def _limits(self) -> None:
        ledger = self.ledger
        ledger.tell("delegate", to="second", role="operator", unit="lab")
        ledger.tell("set_rules", pool="h100", notice_days=3, reason="As agreed")
        self.at["second_person"].add(len(ledger.events))
        self.tell("release", "override", pool="h100", unit="ops", quantity=1, kind="reclaimed",
                  overrides=["notice"], reason="At once")  # fmt: skip
        ledger.tell("set_rules", pool="h100", notice_days=0, reason="No more")
        self.at["second_person"].add(len(ledger.events))
        ledger.grant("ops", 8)
        made = len(ledger.events)
        self.tell("correct", "correction", "override", "breach", "second_person",
                  acknowledge_breach=True, **quantity(ledger, made, 1024))  # fmt: skip
        self.tell("correct", "correction", **quantity(ledger, made, 8))

    def _people(self) -> None:
        ledger = self.ledger
        ledger.tell("delegate", to="lea", role="operator", unit="lab")
        self.tell("grant", "second_person", "self_dealing", by="lea", pool="h100", unit=VISION,
                  quantity=8)  # fmt: skip
        self.tell("grant", "second_person", by="lea", pool="h100", unit="ops", quantity=8,
                  propose=True)  # fmt: skip

    def _words(self) -> None:
        ledger = self.ledger
        taken = {"pool": "h100", "unit": "ops", "quantity": 1, **DEBT}
        owed = self.tell("release", "reason_debt", by="oda", **taken)["position"]
        self.tell("note", by="lea", about={"position": owed}, text="I think the hall burnt")
        for by in ("oda", "dee"):
            paid = self.tell("release", "late_reason", by="oda", **taken)["position"]
            ledger.go_to(day(12))
            self.tell("note", by=by, about={"position": paid}, text="A cable had melted")

    def _ask(self) -> None:
        ledger = self.ledger
        self.request = ask(ledger, quantity=16)
        decide(ledger, self.request, "denied", reason_code="capacity_loss")
        self.at["reason_debt"].add(len(ledger.events))
        decide(ledger, self.request, "approved")
        grant_for(ledger, self.request, 16)
        ledger.tell("note", about={"request": self.request}, text="At last")
        own = ask(ledger, by=FOUNDER, unit="ops", quantity=8)
        decide(ledger, own, "approved")
        self.tell("grant", "second_person", "self_dealing", pool="h100", unit="ops", quantity=8,
                  request=own)  # fmt: skip


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


@pytest.fixture(scope="module")
def doors(
    postgres_server: Server, migrated_template: str, story: Story
) -> Iterator[TestClient]:  # fmt: skip
    with (
        pytest.MonkeyPatch.context() as patch,
        copied(postgres_server, migrated_template) as address,
    ):
        patch.setenv("ALLOT_DURABILITY", "test")
        with reading(address, story.ledger) as opened:
            yield opened


@pytest.mark.parametrize("flag", FLAGS)
def test_each_flag_finds_what_it_is_for_and_nothing_else(
    doors: TestClient, story: Story, flag: str
) -> None:
    there = story.at[flag]
    assert there, "something has it"
    assert set(rows(doors, "/v1/history", "position", flag=flag)) == there
    others = rows(doors, "/v1/history", "position", q=f"-flag:{flag}", limit=1000)
    assert set(others) == set(range(1, len(story.ledger.events) + 1)) - there
    for item in read(doors, "/v1/history", limit=1000)["items"]:
        assert (flag in item["flags"]) == (item["position"] in there), item["sentence"]


def test_a_debt_is_owed_until_the_note_was_made(doors: TestClient, story: Story) -> None:
    paid = max(story.at["late_reason"])
    owed = rows(doors, "/v1/history", "position", flag="reason_debt", known_at=paid)
    assert paid in owed
    later = rows(doors, "/v1/history", "position", flag="late_reason", known_at=paid + 1)
    assert paid in later


def test_what_a_request_is_about_and_what_is_done_for_it_is_found(
    doors: TestClient, story: Story
) -> None:
    asked = {"request": story.request}
    topics = rows(doors, "/v1/history", "topic", **asked)
    assert topics == [
        "requested.v1", "request-decided.v1", "request-decided.v1", "granted.v1", "noted.v1",
    ]  # fmt: skip
    same = rows(doors, "/v1/history", "position", q=f"request:{story.request} topic:granted.v1")
    assert len(same) == 1
    rest = rows(doors, "/v1/history", "position", q=f"-request:{story.request}", limit=1000)
    assert len(rest) == len(story.ledger.events) - len(topics)


def test_who_leads_above_or_below_who_gains_deals_for_themselves(migrated_database: str) -> None:
    ledger = house(total=512)
    deals: dict[int, bool] = {}
    for unit, gains, is_own in (
        (VISION, "research", True), ("research", VISION, True), (VISION, VISION, True),
        (VISION, "ops", False), ("research", "ops", False),
    ):  # fmt: skip
        person = f"p{len(deals)}"
        ledger.tell("delegate", to=person, role="lead", unit=unit)
        ledger.tell("delegate", to=person, role="operator", unit="lab")
        given = ledger.tell("grant", by=person, pool="h100", unit=gains, quantity=1)
        deals[given[-1]["position"]] = is_own
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/history", "position", flag="self_dealing")
    assert found == [position for position, is_own in deals.items() if is_own]


def test_words_are_owed_for_a_part_only_where_the_rest_is_closed(migrated_database: str) -> None:
    ledger = house(total=512)
    owed: list[int] = []
    for rest in ("waits", "closed"):
        request = ask(ledger, quantity=16)
        decide(ledger, request, "partly", rest=rest, reason_code="incident",
               awarded=[{"pool": "h100", "quantity": 8}])  # fmt: skip
        owed += [len(ledger.events)] if rest == "closed" else []
    with reading(migrated_database, ledger) as doors:
        assert rows(doors, "/v1/history", "position", flag="reason_debt") == owed


def test_who_leads_both_sides_of_a_move_but_not_for_the_pool_deals_for_themselves(
    migrated_database: str,
) -> None:
    ledger = house(total=512)
    ledger.tell("create_unit", unit="research/speech", parent="research")
    ledger.grant(VISION, 64)
    moves: dict[int, bool] = {}
    for pools, is_own in ((["h100"], False), (None, False), (["a100"], True)):
        person = f"p{len(moves)}"
        if pools == ["a100"]:
            ledger.tell("open_pool", pool="a100")
        ledger.tell("delegate", to=person, role="lead", unit="research", pools=pools)
        ledger.tell("delegate", to=person, role="operator", unit="lab")
        moved = ledger.tell("reallocate", by=person, propose=True, pool="h100", reason="Moved",
                            from_=[{"unit": VISION, "quantity": 1}],
                            to="research/speech")  # fmt: skip
        moves[moved[-1]["position"]] = is_own
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/history", "position", flag="self_dealing")
        assert found == [position for position, is_own in moves.items() if is_own]


def test_who_leads_before_or_after_a_decision_deals_for_themselves(migrated_database: str) -> None:
    ledger = house(total=512)
    for role in ("operator", "steward"):
        ledger.tell("delegate", to="pam", role=role, unit="lab")
    ledger.tell("delegate", to="pam", role="lead", unit="research")
    deals: list[int] = []
    for unit, parent in (("ops", "research"), ("ops", "lab"), ("ops", "lab")):
        other = {"do": "move_unit", "unit": unit, "parent": parent}
        if len(deals) == 2:
            other = {"do": "note", "about": {"unit": unit}, "text": "It stays where it is"}
        legs = [{"do": "grant", "pool": "h100", "unit": unit, "quantity": 1}, other]
        told = ledger.tell("decision", by="pam", legs=legs, propose=True, reason="As agreed")
        deals.append(told[-2]["position"])
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/history", "position", flag="self_dealing")
    assert found == deals[:2], "led after the first, before the second, and not at the third"


def test_words_that_two_are_owed_are_said_by_who_decides_over_both(migrated_database: str) -> None:
    ledger = house(total=512)
    ledger.tell("delegate", to="una", role="decider", unit="ops")
    grants = [ledger.grant(unit, 8) for unit in ("ops", VISION)]
    notes: list[int] = []
    for by in ("una", "dee"):
        taken = [{"grant": grant, "quantity": 1} for grant in grants]
        owed = ledger.tell("release", by="oda", grants=taken, **DEBT)[-1]["position"]
        ledger.tell("note", by=by, about={"position": owed}, text="A cable had melted")
        notes.append(owed)
    with reading(migrated_database, ledger) as doors:
        assert rows(doors, "/v1/history", "position", flag="reason_debt") == notes[:1]
        assert rows(doors, "/v1/history", "position", flag="late_reason") == notes[1:]
