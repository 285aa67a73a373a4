"""The table of clocks: which read takes which, what each answers by them, and what is refused."""

from typing import Any, Literal, NamedTuple

import pytest
from fastapi.testclient import TestClient

from api.reads.doors import READS
from tests.api.asking import command, problem
from tests.api.laboratory import GRANTED, LOST, MOVED, POOL
from tests.api.looking import asked, head_of, read, some_grant

Valid = Literal["taken", "from", "refused"]
PERIOD = {"from": GRANTED, "to": LOST}
THEN = "2026-04-01T00:00:00.000000Z"


class Row(NamedTuple):
    """A read: how it takes valid_at, whether it takes known_at and org, and what it needs."""

    name: str
    valid_at: Valid
    has_known_at: bool
    has_org: bool
    needs: dict[str, Any]


TABLE = [
    Row("holdings", "taken", True, True, {}),
    Row("capacity", "taken", True, True, {}),
    Row("pools", "taken", True, True, {}),
    Row("units", "taken", True, True, {}),
    Row("delegations", "taken", True, True, {}),
    Row("rules", "taken", True, True, {}),
    Row("rates", "taken", True, True, {}),
    Row("budgets", "taken", True, True, {}),
    Row("grant", "taken", True, False, {}),
    Row("why", "taken", True, False, {}),
    Row("proposals", "taken", True, False, {}),
    Row("requests", "taken", True, False, {}),
    Row("request", "taken", True, False, {}),
    Row("request_why", "taken", True, False, {}),
    Row("pledges", "taken", True, False, {}),
    Row("history", "refused", True, True, {}),
    Row("statement", "refused", True, True, {"pool": POOL, "under": "research", **PERIOD}),
    Row("series", "refused", True, True, PERIOD),
    Row("flows", "refused", True, True, PERIOD),
    Row("differences", "taken", False, False, {"known_from": 20}),
    Row("supply", "from", True, False, {"pool": POOL, "until": "2030-01-01T00:00:00Z"}),
    Row("due", "from", True, False, {"until": "2030-01-01T00:00:00Z"}),
    Row("forecasts", "from", True, False, {}),
]
HEAD_ONLY = ["/v1/events", "/v1/position", "/v1/receipts?key=x"]
BY_NAME = {one.name: one for one in READS}


def path(lab: TestClient, row: Row) -> str:
    """The address of a read."""
    named = BY_NAME[row.name].path
    if "{request}" in named:
        return named.format(request=some_request(lab))
    return named.format(grant=some_grant(lab))


def some_request(lab: TestClient) -> str:
    """The id of a request, which is made when it is not there yet."""
    fields = {"unit": "vision", "pools": [POOL], "quantity": 8, "justification": "It is needed"}
    answer = command(lab, "/v1/requests", fields, key="some request")
    words = {"about": {"unit": "vision"}, "text": "What comes after it is believed later"}
    command(lab, "/v1/notes", words, key="after some request")
    return answer.json()["events"][0]["data"]["request"]


def test_the_table_is_about_every_read() -> None:
    assert {row.name for row in TABLE} == BY_NAME.keys()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_read_takes_the_instant_it_is_said_to_take(lab: TestClient, row: Row) -> None:
    url = path(lab, row)
    given = {**row.needs, "valid_at": MOVED}
    if row.valid_at == "refused":
        said = problem(lab.get(url, params=given))
        assert (said.status, said.code) == (422, "InvalidField")
        return
    body = read(lab, url, **given)
    assert THEN in (body.get("valid_at"), body.get("from"))
    if row.valid_at == "from":
        assert read(lab, url, **row.needs, **{"from": MOVED}) == body
        said = problem(lab.get(url, params={**given, "from": LOST}))
        assert (said.status, said.code) == (422, "InvalidField")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_read_answers_by_what_was_known_at_a_position(lab: TestClient, row: Row) -> None:
    url, head = path(lab, row), head_of(lab)
    if not row.has_known_at:
        said = problem(lab.get(url, params={**row.needs, "known_at": head}))
        assert (said.status, said.code) == (422, "InvalidField")
        return
    then = asked(lab, url, **row.needs, known_at=head - 1)
    assert then.json()["known_at"] == then.json()["position"] == head - 1
    assert then.headers["Allot-Known-At"] == str(head - 1)
    for later in (head + 1, "2999-01-01T00:00:00Z"):
        said = problem(lab.get(url, params={**row.needs, "known_at": later}))
        assert (said.status, said.code) == (422, "InvalidField")
        assert "future" in said.detail
    said = problem(lab.get(url, params={**row.needs, "known_at": "then"}))
    assert (said.status, said.code) == (422, "InvalidField")
    assert said.detail.startswith("known_at is a position or a time: 'then' is not")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_read_takes_the_tree_it_is_said_to_take(lab: TestClient, row: Row) -> None:
    url = path(lab, row)
    answer = lab.get(url, params={**row.needs, "org": "now"})
    if not row.has_org:
        assert (problem(answer).status, problem(answer).code) == (422, "InvalidField")
        return
    assert answer.status_code == 200
    assert answer.json().get("org", "now") == "now"
    assert read(lab, url, **row.needs).get("org", "then") == "then"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_an_answer_whose_clocks_are_all_named_never_changes(lab: TestClient, row: Row) -> None:
    url, head = path(lab, row), head_of(lab)
    known = "known_at" if row.has_known_at else "known_to"
    fixed = {**row.needs, known: head - 1}
    if row.valid_at != "refused":
        fixed["valid_at"] = MOVED
    if row.valid_at == "from" and "until" not in fixed:
        fixed["until"] = "2030-01-01T00:00:00Z"
    answer = asked(lab, url, **fixed)
    assert "immutable" in answer.headers["Cache-Control"]
    again = lab.get(url, params={"min_position": head, "wait_s": 60, **fixed})
    assert (again.content, again.headers["ETag"]) == (answer.content, answer.headers["ETag"])
    clocks = {known, "valid_at"} & fixed.keys()
    for left_out in clocks:
        changing = {name: value for name, value in fixed.items() if name != left_out}
        assert asked(lab, url, **changing).headers["Cache-Control"] == "private, no-cache"
    at_head = asked(lab, url, **{**fixed, known: head})
    assert at_head.headers["Cache-Control"] == "private, no-cache", "nothing was recorded since"
    if row.has_org:
        of_now = asked(lab, url, **fixed, org="now")
        assert of_now.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("url", HEAD_ONLY)
def test_what_is_of_the_head_alone_takes_no_clock(lab: TestClient, url: str) -> None:
    joined = "&" if "?" in url else "?"
    for clock in (f"valid_at={MOVED}", "known_at=3", "org=now"):
        said = problem(lab.get(f"{url}{joined}{clock}"))
        assert (said.status, said.code) == (422, "InvalidField"), clock


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_an_unknown_pool_or_unit_is_not_found(lab: TestClient, row: Row) -> None:
    url = path(lab, row)
    taken = {one.name for one in BY_NAME[row.name].parameters}
    needs = {name: value for name, value in row.needs.items() if name not in ("under", "pool")}
    for name, code in (("pool", "UnknownPool"), ("unit", "UnknownUnit"), ("under", "UnknownUnit")):
        if name not in taken:
            continue
        kept = {} if name == "pool" or "pool" not in row.needs else {"pool": POOL}
        if row.name == "statement" and name == "pool":
            kept = {"unit": "vision"}
        said = problem(lab.get(url, params={**needs, **kept, name: "nobody"}))
        assert (said.status, said.code) == (404, code)


ALWAYS = {"units", "rules", "requests"}
"""The root and the first rules are there from the beginning of time; of requests time tells age."""


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.valid_at != "refused" and row.name not in ALWAYS],
    ids=lambda row: row.name,
)
def test_before_anything_is_true_there_is_nothing(lab: TestClient, row: Row) -> None:
    url = path(lab, row)
    if row.name == "grant":
        assert read(lab, url, valid_at="1999-01-01T00:00:00Z")["hold"] == 0
        return
    needs = {**row.needs, "until": "1999-02-01T00:00:00Z"} if "until" in row.needs else row.needs
    body = read(lab, url, **needs, valid_at="1999-01-01T00:00:00Z")
    assert body.get("items", []) == []
    if row.name == "supply":
        assert [one["free"] for one in body["certain"]] == [0]
