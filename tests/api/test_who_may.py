"""Who may, over HTTP: what is not somebody's to decide is 403, and a sentence says whose it is."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.asking import PERSON, command, furnish, problem, recorded

POOL = "phoenix/h100"
OPERATOR, LEAD, ASKER = "operator@lab", "lea@lab", "ann@lab"
HELD = {
    OPERATOR: "operator over lab",
    LEAD: "lead over vision",
    "eve@lab": "without any delegation",
}
WORDS = {"reason": "As agreed"}
MOVE: dict[str, Any] = {
    "pool": POOL, "from": [{"unit": "vision", "quantity": 8}], "to": "reasoning",
}  # fmt: skip
REFUSED: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("eve@lab", "grants", {"pool": POOL, "unit": "vision", "quantity": 8},
     f"decider or operator over vision for {POOL}"),
    (LEAD, "grants", {"pool": POOL, "unit": "vision", "quantity": 8},
     f"decider or operator over vision for {POOL}"),
    (LEAD, "reallocations", {**MOVE, **WORDS}, f"decider or operator over vision for {POOL}"),
    (LEAD, "releases", {"pool": POOL, "unit": "reasoning", "quantity": 8},
     f"lead or decider or operator or importer over reasoning for {POOL}"),
    (OPERATOR, "releases", {"pool": POOL, "unit": "vision", "quantity": 8, "kind": "unstated"},
     f"importer over vision for {POOL}"),
    (OPERATOR, "splits", {"pool": POOL, "parent": "lab", "shares": [{"unit": "vision"}]},
     f"decider over lab for {POOL}"),
    (OPERATOR, "pledges", {"to_unit": "vision", "pools": [POOL], "quantity": 8,
                           "until": "2090-01-01T00:00:00Z"}, f"decider over lab for {POOL}"),
    (OPERATOR, "pools", {"pool": "phoenix/a100"}, "steward over lab for phoenix/a100"),
    (OPERATOR, "units", {"unit": "speech"}, "steward over lab"),
    (OPERATOR, "rules", {"notice_days": 3}, "steward over lab"),
    (LEAD, "capacity", {"pool": POOL, "kind": "counted", "total": 640},
     f"steward or operator over lab for {POOL}"),
    (OPERATOR, "delegations", {"to": "eve@lab", "role": "lead", "unit": "vision"},
     "steward or decider over vision"),
)  # fmt: skip


def test_what_is_not_ones_to_decide_is_refused_in_words_that_say_whose_it_is(
    doors: TestClient,
) -> None:
    furnish(doors)
    recorded(command(doors, "/v1/delegations", {"to": LEAD, "role": "lead", "unit": "vision"}))
    recorded(command(doors, "/v1/grants", {"pool": POOL, "unit": "vision", "quantity": 16}))
    position = recorded(
        command(doors, "/v1/grants", {"pool": POOL, "unit": "reasoning", "quantity": 16})
    )
    for person, path, fields, needed in REFUSED:
        answer = command(doors, f"/v1/{path}", fields, headers={"Allot-As": person})
        said = problem(answer)
        assert (said.status, said.code) == (403, "NotYoursToDecide"), (person, path, said)
        assert said.detail == f"This needs {needed}; {person} is {HELD[person]}"
        assert said.position == position, "nothing was recorded"


@pytest.mark.parametrize("by", [ASKER, PERSON])
def test_nobody_answers_what_they_asked_for(doors: TestClient, by: str) -> None:
    furnish(doors)
    recorded(command(doors, "/v1/delegations", {"to": ASKER, "role": "decider", "unit": "lab"}))
    asked = {"unit": "vision", "pools": [POOL], "quantity": 8, "justification": "A first run"}
    answer = command(doors, "/v1/requests", asked, headers={"Allot-As": ASKER})
    request = answer.json()["events"][0]["data"]["request"]
    approve = {"request": request, "outcome": "approved"}
    answer = command(doors, "/v1/requests/decide", approve, headers={"Allot-As": by})
    if by == PERSON:
        recorded(answer)
        return
    said = problem(answer)
    assert (said.status, said.code) == (403, "OwnRequest")
    assert said.detail == f"{ASKER} asked for this: another decider answers"
