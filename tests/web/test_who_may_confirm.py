"""Who may confirm what waits for a second person: nobody is left out, however far away they act."""

import re

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.web.sessions import COOKIE, Sessions
from tests.api.conftest import opened
from tests.cli.running import FOUNDER
from tests.web.lab import H100, day
from tests.web.levels import HUGO, LEO, OLGA, SECRET, VERA, Levels, hidden, signed_in

GIVEN = {"pool": H100, "unit": "research/vision", "quantity": 16, "reason": "As agreed"}


def lent(levels: Levels) -> str:
    """A loan that waits: from a grant of Vision, named by that alone, to products."""
    grant = levels.tell(VERA, "/grants", **GIVEN)["grant"]
    loan = {"pool": H100, "from": {"grant": grant}, "quantity": 8, "to": "products",
            "returns_at": day(30), "reason": "Lent", "propose": True}  # fmt: skip
    return levels.tell(OLGA, "/loans", **loan)["proposal"]


def told(client: httpx2.Client | TestClient, levels: Levels, proposal: str) -> tuple[str, str]:
    """The page of a proposal, and what it says of who may confirm it."""
    asked: dict[str, str | int] = {"proposal": proposal, "min_position": levels.head()}
    page = client.get("/proposal", params=asked)
    assert page.status_code == 200
    section = page.text[page.text.index("What confirming") : page.text.index("What you can do")]
    return page.text, re.sub(r"<[^>]*>|\s+", " ", section)


def test_who_lends_from_a_grant_may_confirm_it_and_is_named(three_levels: Levels) -> None:
    proposal = lent(three_levels)
    with signed_in(three_levels, HUGO) as hugo:
        page, said = told(hugo, three_levels, proposal)
        assert hugo.post("/act", data=hidden(page, "/act", "Confirm it")).status_code == 200
    assert re.search(rf"May confirm it:.*{HUGO}", said)


def test_words_that_are_the_id_of_a_unit_leave_nobody_out(three_levels: Levels) -> None:
    three_levels.tell(FOUNDER, "/units", unit="maintenance", parent="products")
    grant = three_levels.tell(VERA, "/grants", **GIVEN)["grant"]
    back = {"grants": [{"grant": grant, "quantity": 8}], "kind": "reclaimed",
            "reason_code": "maintenance", "reason": "maintenance", "propose": True}  # fmt: skip
    proposal = three_levels.tell(OLGA, "/releases", **back)["proposal"]
    with signed_in(three_levels, HUGO) as hugo:
        _, said = told(hugo, three_levels, proposal)
    assert re.search(rf"May confirm it:.*{HUGO}", said)


def test_that_nobody_else_may_is_not_said_of_more_people_than_were_asked(
    three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The nearest to Vision is its lead, who may not split what the lab has.
    monkeypatch.setattr("api.web.confirming.ASKED_MAX", 1)
    monkeypatch.setattr("api.web.confirming._units", lambda *_: {"research/vision"})
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    split = {"pool": H100, "parent": "lab", "reason": "As agreed", "propose": True}
    shares = [{"unit": "products", "amount": 64}]
    proposal = three_levels.tell(VERA, "/splits", **split, shares=shares)["proposal"]
    address = three_levels.doors.environ["ALLOT_DATABASE_URL"]
    with opened(address, auth="token", session_secret=SECRET) as doors:
        doors.cookies.set(COOKIE, Sessions(SECRET.encode()).seal(three_levels.tokens[LEO]))
        _, said = told(doors, three_levels, proposal)
    assert "None of those nearest to it may confirm it now" in said
    assert "Nobody but" not in said


def test_that_nobody_else_may_is_said_once_all_were_asked(three_levels: Levels) -> None:
    made = {"to": LEO, "role": "steward", "unit": "lab", "reason": "As agreed", "propose": True}
    proposal = three_levels.tell(FOUNDER, "/delegations", **made)["proposal"]
    with signed_in(three_levels, HUGO) as hugo:
        _, said = told(hugo, three_levels, proposal)
    assert f"Nobody but {FOUNDER}, who made it, may do this now" in said
