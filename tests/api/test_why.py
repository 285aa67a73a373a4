"""Why over HTTP: who decided, by what right, whence the units came, and who took them since."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads.chain import MOST
from tests.api.asking import problem
from tests.api.looking import read
from tests.api.told import reading
from tests.support.correcting import quantity
from tests.support.division import VISION, give
from tests.support.in_memory import day, lab

POOL = "h100"
FLAGSHIP = "research/flagship"


class Story:
    """Research gets 256; an operator grants vision 128; another moves 64 of it to the flagship."""

    def __init__(self) -> None:
        ledger = self.ledger = lab("research", total=512)
        for unit in (VISION, FLAGSHIP):
            ledger.tell("create_unit", unit=unit, parent="research")
        self.head = give(ledger, "dora", "decider", "lab")
        self.ada = give(ledger, "ada", "operator", "research", by="dora")
        self.bo = give(ledger, "bo", "operator", "lab")
        self.split = ledger.tell(
            "split", by="dora", pool=POOL, parent="lab", reason="The board's plan",
            shares=[{"unit": "research", "floor": 32, "amount": 200, "cap": 250}],
        )[0]["position"]  # fmt: skip
        ledger.go_to(day(3))
        self.grant = ledger.grant(
            VISION, 128, by="ada", reason="The encoder runs until summer", ends_at=day(200)
        )
        self.granted = len(ledger.events)
        ledger.go_to(day(20))
        moved = ledger.tell(
            "reallocate", by="bo", pool=POOL, from_=[{"grant": self.grant, "quantity": 64}],
            to=FLAGSHIP, ends_at=day(200), reason="The flagship comes first",
            reason_code="strategic_priority",
        )[0]  # fmt: skip
        self.moved, self.won = moved["position"], moved["data"]["to_grant"]


@pytest.fixture
def story() -> Story:
    return Story()


def why(doors: TestClient, grant: str, **params: Any) -> list[dict[str, Any]]:
    """The chain, whose sentences are those that the answer lists."""
    body = read(doors, f"/v1/grants/{grant}/why", **params)
    assert body["grant"] == grant
    assert body["sentences"] == [f"{one['sentence']}." for one in body["chain"]]
    return body["chain"]


def some(chain: list[dict[str, Any]], what: str, *, later: bool = False) -> list[dict[str, Any]]:
    return [one for one in chain if one["what"] == what and one["later"] == later]


def test_who_was_given_compute_reads_who_decided_and_by_what_right(
    migrated_database: str, story: Story
) -> None:
    with reading(migrated_database, story.ledger) as doors:
        chain = why(doors, story.grant, valid_at=day(21))
    (itself,), (decision,) = some(chain, "grant"), some(chain, "decision")
    assert (itself["position"], itself["unit"], itself["quantity"]) == (story.granted, VISION, 64)
    assert "owns 64 of it" in itself["sentence"]
    assert (decision["by"], decision["at"], decision["position"]) == ("ada", day(3), story.granted)
    assert decision["authority"] == [story.ada]
    assert decision["sentence"] == (
        "ada decided on 2026-01-04 at 00:00: research/vision was granted 128 gpu of h100 until "
        '2026-07-20, because "The encoder runs until summer"'
    )
    (budget,), (split,) = some(chain, "budget"), some(chain, "split")
    assert (budget["unit"], budget["quantity"], budget["position"]) == (
        "research", 200, story.split,
    )  # fmt: skip
    assert (split["by"], split["reason"], split["authority"]) == (
        "dora", "The board's plan", [story.head],
    )  # fmt: skip
    rights = {one["delegation"]: one for one in some(chain, "delegation")}
    assert list(rights) == [story.head, story.ada]
    assert (rights[story.ada]["by"], rights[story.ada]["unit"]) == ("dora", "research")
    assert rights[story.ada]["sentence"] == (
        "ada could decide so: ada became operator of research, by dora on 2026-01-01 at 00:00"
    )
    (source,) = some(chain, "source")
    assert source["sentence"].startswith("All of it was free in the pool: founder recorded")


def test_who_lost_compute_reads_who_took_it_in_which_words_and_by_what_right(
    migrated_database: str, story: Story
) -> None:
    with reading(migrated_database, story.ledger) as doors:
        chain = why(doors, story.grant, valid_at=day(21))
        (taken,) = some(chain, "decision", later=True)
        assert (taken["by"], taken["at"], taken["position"]) == ("bo", day(20), story.moved)
        assert taken["reason"] == "The flagship comes first"
        assert taken["reason_code"] == "strategic_priority"
        (right,) = some(chain, "delegation", later=True)
        assert (right["delegation"], right["unit"], right["by"]) == (story.bo, "lab", "founder")
        before = why(doors, story.grant, valid_at=day(21), known_at=story.moved - 1)
        assert not any(one["later"] for one in before)
        assert some(before, "grant")[0]["quantity"] == 128


def test_what_was_moved_came_from_a_grant_that_somebody_had_made(
    migrated_database: str, story: Story
) -> None:
    with reading(migrated_database, story.ledger) as doors:
        chain = why(doors, story.won, valid_at=day(21))
    (decision,), (source,) = some(chain, "decision"), some(chain, "source")
    assert (decision["by"], decision["position"]) == ("bo", story.moved)
    assert [one["delegation"] for one in some(chain, "delegation")] == [story.head, story.bo]
    assert (source["grant"], source["unit"], source["quantity"]) == (story.grant, VISION, 64)
    assert (source["by"], source["at"], source["position"]) == ("ada", day(3), story.granted)
    assert source["sentence"] == (
        '64 gpu of h100 came from research/vision, because "The flagship comes first", out of its '
        "grant: ada decided on 2026-01-04 at 00:00: research/vision was granted 128 gpu of h100 "
        "until 2026-07-20"
    )


def test_room_in_the_pool_is_who_gave_back_last_and_why(
    migrated_database: str, story: Story
) -> None:
    ledger = story.ledger
    ended = ledger.grant(FLAGSHIP, 60, ends_at=day(30))
    ledger.go_to(day(31))
    gave = ledger.tell(
        "release", by="ada", grants=[{"grant": story.grant, "quantity": 40}],
        reason="The encoder is trained", reason_code="project_finished",
    )[0]["position"]  # fmt: skip
    ledger.go_to(day(32))
    won = ledger.grant("research", 90, by="ada")
    with reading(migrated_database, ledger) as doors:
        found = some(why(doors, won), "source")
        assert [(one["quantity"], one["unit"], one["grant"], one["by"]) for one in found] == [
            (40, VISION, story.grant, "ada"), (60, FLAGSHIP, ended, "founder"),
        ]  # fmt: skip
        assert found[0]["position"] == gave
        assert found[0]["reason"] == "The encoder is trained"
        assert "came back from research/flagship on 2026-01-31" in found[1]["sentence"]
        of_the_loser = why(doors, story.grant)
        assert [one["position"] for one in some(of_the_loser, "source")] == [8]
        rights = [one["delegation"] for one in of_the_loser if one["what"] == "delegation"]
        assert rights == [story.head, story.ada, story.bo], "each is told once"


def test_room_made_in_the_same_decision_is_the_source(migrated_database: str, story: Story) -> None:
    events = story.ledger.tell("decision", by="bo", reason="They change places", legs=[
        {"do": "release", "kind": "reclaimed", "grants": [{"grant": story.grant, "quantity": 16}]},
        {"do": "grant", "pool": POOL, "unit": "lab", "quantity": 16},
    ])  # fmt: skip
    with reading(migrated_database, story.ledger) as doors:
        chain = why(doors, events[1]["data"]["grant"])
        (source,) = some(chain, "source")
        assert source["position"] == events[0]["position"]
        assert source["sentence"] == (
            "In the same decision room was made: 16 gpu of h100 were reclaimed from research/vision"
        )
        assert [one["position"] for one in some(chain, "decision")] == [
            events[1]["position"], events[0]["position"],
        ]  # fmt: skip
        assert "No budget limited lab" in some(chain, "budget")[0]["sentence"]


def test_a_loan_came_from_its_lender(migrated_database: str, story: Story) -> None:
    lent = story.ledger.tell("lend", by="ada", pool=POOL, from_={"grant": story.grant},
                             quantity=8, to=FLAGSHIP, returns_at=day(60))[0]  # fmt: skip
    with reading(migrated_database, story.ledger) as doors:
        chain = why(doors, lent["data"]["to_grant"])
        (source,) = some(chain, "source")
        assert (source["grant"], source["quantity"]) == (story.grant, 8)
        assert source["sentence"].startswith("8 gpu of h100 were lent by research/vision")
        assert "this grant is borrowed" in some(chain, "budget")[0]["sentence"]


def test_a_grant_that_answers_a_request_leads_to_who_asked_and_who_awarded(
    migrated_database: str, story: Story
) -> None:
    ledger = story.ledger
    give(ledger, "lea", "lead", VISION)
    asked = ledger.tell("request", by="lea", unit=VISION, pools=[POOL], quantity=48,
                        justification="The decoder has to follow")[0]  # fmt: skip
    request = asked["data"]["request"]
    answer = ledger.tell("decide_request", by="dora", request=request, outcome="partly",
                         awarded=[{"pool": POOL, "quantity": 32}], rest="waits",
                         reason="A part for now")[0]  # fmt: skip
    grant = ledger.grant(VISION, 16, by="bo", request=request)
    with reading(migrated_database, ledger) as doors:
        chain = why(doors, grant)
        first, second = some(chain, "request")
        assert (first["position"], first["by"]) == (asked["position"], "lea")
        assert first["sentence"].endswith('because "The decoder has to follow"')
        assert (second["position"], second["by"], second["reason"]) == (
            answer["position"], "dora", "A part for now",
        )  # fmt: skip
        assert {one["request"] for one in (first, second)} == {request}
        given = {one["delegation"] for one in some(chain, "delegation")}
        assert {story.head, story.bo} <= given


def test_a_correction_that_stands_is_told_and_the_one_before_it_is_not(
    migrated_database: str, story: Story
) -> None:
    ledger = story.ledger
    first = ledger.tell("correct", **quantity(ledger, story.granted, 120))[0]["position"]
    second = ledger.tell("correct", **quantity(ledger, story.granted, 112))[0]["position"]
    with reading(migrated_database, ledger) as doors:
        chain = why(doors, story.grant, valid_at=day(21))
        later = [one["position"] for one in some(chain, "decision", later=True)]
        assert (first in later, second in later) == (False, True)
        assert some(chain, "decision")[0]["corrected_by"] == second
        assert "a grant of 112 gpu" in some(chain, "grant")[0]["sentence"]
        then = why(doors, story.grant, known_at=first)
        assert some(then, "decision")[0]["corrected_by"] == first


def test_a_grant_that_nobody_knows_has_no_why(migrated_database: str, story: Story) -> None:
    with reading(migrated_database, story.ledger) as doors:
        early = {"known_at": story.granted - 1}
        said = problem(doors.get(f"/v1/grants/{story.grant}/why", params=early))
        assert (said.status, said.code) == (404, "UnknownGrant")
        assert problem(doors.get("/v1/grants/x/why")).status == 422


@pytest.mark.parametrize(("beyond", "rest"), [
    (0, []), (1, ["1 more event is of the same decision"]),
    (5, ["5 more events are of the same decision"]),
])  # fmt: skip
def test_of_a_decision_of_many_events_the_rest_is_counted(
    migrated_database: str, story: Story, beyond: int, rest: list[str]
) -> None:
    legs = [{"do": "grant", "pool": POOL, "unit": "lab", "quantity": 1}] * (1 + MOST + beyond)
    told = story.ledger.tell("decision", by="bo", legs=legs)
    with reading(migrated_database, story.ledger) as doors:
        chain = why(doors, told[0]["data"]["grant"])
    decisions = some(chain, "decision")
    assert [one["sentence"] for one in decisions[1 + MOST :]] == rest
    assert all("position" in one for one in decisions[: 1 + MOST])


def test_without_words_the_code_is_told_unless_it_says_nothing(
    migrated_database: str, story: Story
) -> None:
    codes = {"other": "", "project_started": ", because of project started"}
    grants = {code: story.ledger.grant("lab", 1, by="bo", reason_code=code) for code in codes}
    with reading(migrated_database, story.ledger) as doors:
        for code, grant in grants.items():
            (decision,) = some(why(doors, grant), "decision")
            assert decision["sentence"].endswith(f"lab was granted 1 gpu of h100{codes[code]}")


def test_who_decided_for_somebody_is_told_with_whom(migrated_database: str, story: Story) -> None:
    grant = story.ledger.grant("lab", 1, by="bo", on_behalf_of="vera@lab")
    with reading(migrated_database, story.ledger) as doors:
        (decision,) = some(why(doors, grant), "decision")
    assert (decision["by"], decision["on_behalf_of"]) == ("bo", "vera@lab")
    assert decision["sentence"].startswith("bo for vera@lab decided on 2026-01-21 at 00:00: ")


def test_a_split_that_had_ended_is_told_to_have(migrated_database: str) -> None:
    ledger = lab("research", total=64)
    ledger.tell("split", pool=POOL, parent="lab", reason="For ten days", until=day(10),
                shares=[{"unit": "research", "amount": 32}])  # fmt: skip
    grants = [ledger.grant("research", 8, starts_at=day(at)) for at in (9, 10)]
    with reading(migrated_database, ledger) as doors:
        said = [some(why(doors, one), "budget")[0]["sentence"] for one in grants]
    assert said[0] == "In h100 research may own 32 gpu"
    assert said[1] == f"{said[0]}, by a split that had ended"
