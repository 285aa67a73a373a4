"""Why a request stands as it does: who answered, what came of it, who got it instead."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads import instead
from tests.api.asking import problem
from tests.api.looking import read
from tests.api.told import reading
from tests.support.asking import ask, decide, ghost, give, house
from tests.support.correcting import never, quantity
from tests.support.in_memory import InMemory, day

TOLD = """
research/vision asks for 64 gpu of h100 from 2026-01-02 until 2026-04-01; on 2026-01-06 at 00:00 it
is appealed: 0 awarded, 0 granted.
lea asked on 2026-01-02 at 00:00: research/vision asked for 64 gpu of h100 until 2026-04-01, because
"The next encoder".
dee decided on 2026-01-03 at 00:00: The request of research/vision (first for 64 gpu of h100) was
denied, because "The web index comes first".
dee could decide so: dee became decider of lab, by founder on 2026-01-01 at 00:00.
lea decided on 2026-01-05 at 00:00: The answer to the request of research/vision (first for 64 gpu
of h100) was appealed, because "The paper is due in March".
lea could decide so: lea became lead of research/vision, by founder on 2026-01-01 at 00:00.
In h100 research, the nearest above research/vision with a budget, may own 40 gpu; with all below it
it owns 0 and has 0 in hand, which leaves room for 40 over the time asked for.
founder decided on 2026-01-01 at 00:00: h100 was split below lab: research 40, because "The board's
plan".
founder could decide so: founder became decider of lab, by founder on 2026-01-01 at 00:00.
Since it was asked for 48 gpu of h100 went to others: ops (48).
oda decided on 2026-01-04 at 00:00: ops was granted 48 gpu of h100 until 2026-03-02, because "The
web index".
In the queue nobody stands before it, what is recorded leaves room for it on 2026-01-06, it waits
for an answer, dan and founder can answer.
"""


class Story:
    """The lead asks for 64, is denied by dee, appeals, and gets 32 of dan; ops gets 48 instead."""

    def __init__(self) -> None:
        ledger = self.ledger = house()
        self.split = ledger.tell(
            "split", pool="h100", parent="lab", reason="The board's plan",
            shares=[{"unit": "research", "amount": 40}],
        )[0]["position"]  # fmt: skip
        ledger.go_to(day(1))
        self.request = ask(ledger, quantity=64, ends_at=day(90))
        self.asked = len(ledger.events)
        ledger.go_to(day(2))
        decide(ledger, self.request, "denied", reason="The web index comes first")
        self.denied = len(ledger.events)
        ledger.go_to(day(3))
        self.rival = ledger.grant("ops", 48, by="oda", reason="The web index", ends_at=day(60))
        self.given = len(ledger.events)
        ledger.go_to(day(4))
        ledger.tell("appeal", by="lea", request=self.request, reason="The paper is due in March")
        self.appealed = len(ledger.events)


@pytest.fixture
def story() -> Story:
    return Story()


def why(doors: TestClient, request: str, **params: Any) -> dict[str, Any]:
    """The answer, whose sentences are those of its chain."""
    body = read(doors, f"/v1/requests/{request}/why", **params)
    assert body["request"] == request
    assert body["sentences"] == [f"{one['sentence']}." for one in body["chain"]]
    return body


def some(body: dict[str, Any], what: str) -> list[dict[str, Any]]:
    return [one for one in body["chain"] if one["what"] == what]


def test_who_was_refused_reads_why_and_who_got_it(migrated_database: str, story: Story) -> None:
    with reading(migrated_database, story.ledger) as doors:
        body = why(doors, story.request, valid_at=day(5))
    assert body["status"] == "appealed"
    assert " ".join(body["sentences"]) == " ".join(TOLD.split())
    (denial,) = some(body, "decision")
    assert (denial["outcome"], denial["by"], denial["position"], denial["quantity"]) == (
        "denied", "dee", story.denied, 0,
    )  # fmt: skip
    total, rival = some(body, "instead")
    assert (total["quantity"], rival["quantity"], rival["grant"], rival["unit"]) == (
        48, 48, story.rival, "ops",
    )  # fmt: skip


def test_what_was_granted_for_it_stands_with_who_granted_it(
    migrated_database: str, story: Story
) -> None:
    ledger, request = story.ledger, story.request
    decide(ledger, request, "partly", by="dan", reason="Half of it now", rest="closed",
           awarded=[{"pool": "h100", "quantity": 32}])  # fmt: skip
    grant = give(ledger, request, 32, ends_at=day(90), reason="As awarded")
    ledger.tell("correct", **quantity(ledger, len(ledger.events), 24))
    with reading(migrated_database, ledger) as doors:
        body = why(doors, request, valid_at=day(5))
        assert body["status"] == "awarded"
        (made,) = some(body, "grant")
        assert (made["grant"], made["by"], made["quantity"]) == (grant, "oda", 24)
        assert [one["outcome"] for one in some(body, "decision")] == ["denied", "partly"]
        assert [one["unit"] for one in some(body, "instead")[1:]] == ["ops"], "its own is not told"
        before = why(doors, request, known_at=story.denied, valid_at=day(3))
        assert before["status"] == "denied"
        assert some(before, "queue") == [], "nobody waits for what is denied"
        (nobody,) = some(before, "instead")
        assert nobody["sentence"].startswith("Nobody else was given any of h100")


def test_what_never_happened_or_lies_outside_its_time_was_not_got_instead(
    migrated_database: str, story: Story
) -> None:
    ledger = story.ledger
    ledger.tell("correct", **never(ledger, story.given))
    ledger.grant("ops", 8, starts_at=day(90))
    ledger.grant("research/vision", 8, by="oda")
    moved = ledger.grant("ops", 16, ends_at=day(30))
    ledger.tell("extend", grant=moved, ends_at=day(40))
    with reading(migrated_database, ledger) as doors:
        total, longer, given = some(why(doors, story.request), "instead")
        assert (total["quantity"], longer["quantity"], given["quantity"]) == (16, 0, 16)
        assert longer["grant"] == given["grant"] == moved


def test_a_request_that_nobody_made_has_no_why(migrated_database: str, story: Story) -> None:
    with reading(migrated_database, story.ledger) as doors:
        assert problem(doors.get(f"/v1/requests/{ghost()}/why")).code == "UnknownRequest"
        assert problem(doors.get("/v1/requests/x/why")).status == 422
        early = doors.get(f"/v1/requests/{story.request}/why?known_at={story.asked - 1}")
        assert problem(early).code == "UnknownRequest"


def test_a_fulfilled_request_tells_nothing_of_others(migrated_database: str) -> None:
    ledger: InMemory = house()
    request = ask(ledger, quantity=8)
    decide(ledger, request, "approved")
    give(ledger, request, 8)
    with reading(migrated_database, ledger) as doors:
        body = why(doors, request)
        assert body["status"] == "fulfilled"
        assert {one["what"] for one in body["chain"]} == {
            "request", "decision", "delegation", "grant", "budget",
        }  # fmt: skip


def test_what_others_got_is_of_the_time_asked_for_and_not_of_ones_own(
    migrated_database: str,
) -> None:
    ledger = house()
    request = ask(ledger, unit="research", by="dan", quantity=64, starts_at=day(30),
                  ends_at=day(60))  # fmt: skip
    second = 1 / 86_400
    ledger.grant("research/vision", 32)
    ledger.grant("ops", 1, ends_at=day(30))
    ledger.grant("ops", 2, starts_at=day(60))
    told = [ledger.grant("ops", 4, ends_at=day(30 + second)),
            ledger.grant("ops", 8, starts_at=day(60 - second))]  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        others = some(why(doors, request, valid_at=day(1)), "instead")
    assert others[0]["sentence"] == "Since it was asked for 12 gpu of h100 went to others: ops (12)"
    assert [one["grant"] for one in others[1:]] == told[::-1]


@pytest.mark.parametrize(("most", "said"), [(2, "at least 8"), (4, "12")])
def test_of_more_than_is_looked_at_it_is_at_least_so_much(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch, most: int, said: str
) -> None:
    monkeypatch.setattr(instead, "LOOKED_AT", most)
    ledger = house()
    request = ask(ledger, quantity=64)
    for _ in range(3):
        ledger.grant("ops", 4)
    with reading(migrated_database, ledger) as doors:
        others = some(why(doors, request, valid_at=day(1)), "instead")
    assert others[0]["sentence"].startswith(f"Since it was asked for {said} gpu of h100 went")


def test_what_others_only_hold_otherwise_was_not_got_instead(migrated_database: str) -> None:
    ledger = house()
    own = ledger.grant("ops", 16, borrowed=True)
    theirs = ledger.grant("research", 16)
    request = ask(ledger, quantity=64)
    for legs in ({own: 4}, {own: 2, theirs: 8}):
        named = [{"grant": grant, "quantity": count} for grant, count in legs.items()]
        ledger.tell("reallocate", pool="h100", from_=named, to="ops", reason="As agreed")
    with reading(migrated_database, ledger) as doors:
        total, *each = some(why(doors, request, valid_at=day(1)), "instead")
    assert total["sentence"] == "Since it was asked for 8 gpu of h100 went to others: ops (8)"
    assert [one["quantity"] for one in each] == [8]
