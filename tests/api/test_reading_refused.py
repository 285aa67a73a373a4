"""How a read says no: unknown ids, odd values, parameters that there are not."""

import pytest
from fastapi.testclient import TestClient

from api.reads.doors import READS
from tests.api.asking import problem
from tests.api.laboratory import LOST, MOVED, POOL
from tests.api.looking import rows, some_grant

AHEAD = ("/v1/due?", f"/v1/supply?pool={POOL}&")


@pytest.mark.parametrize("path", [one.path for one in READS])
def test_an_unknown_or_doubled_parameter_is_refused(lab: TestClient, path: str) -> None:
    url = path.format(grant=some_grant(lab), request="0192f0c1-7a10-7c3e-8b54-000000000009")
    for query in ("colour=red", "Pool=x", "limit=1&limit=2", "known_at=1&known_at=1", "dry_run="):
        said = problem(lab.get(f"{url}?{query}"))
        assert (said.status, said.code) == (422, "InvalidField"), query


ODD_IDS = ["%00", "%25", "..", ".", "a/../b", "/", "a//b", "-a", "a b", "x" * 201, "", "%ff", "é",
           "a%0d%0ab", "a'b", '"']  # fmt: skip


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_id_that_nothing_can_have_is_refused(lab: TestClient, odd: str) -> None:
    for path, name in (
        ("/v1/holdings", "pool"), ("/v1/holdings", "unit"), ("/v1/holdings", "under"),
        ("/v1/capacity", "pool"), ("/v1/units", "under"), ("/v1/delegations", "unit"),
        ("/v1/history", "unit"), ("/v1/series", "pool"), ("/v1/flows", "pool"),
    ):  # fmt: skip
        said = problem(lab.get(f"{path}?{name}={odd}"))
        assert (said.status, said.code) == (422, "InvalidField"), (path, name)


def test_an_unknown_id_is_not_found_and_a_known_one_without_anything_is_empty(
    lab: TestClient,
) -> None:
    for path, name, code in (
        ("/v1/holdings", "pool", "UnknownPool"), ("/v1/holdings", "unit", "UnknownUnit"),
        ("/v1/holdings", "under", "UnknownUnit"), ("/v1/capacity", "pool", "UnknownPool"),
        ("/v1/units", "under", "UnknownUnit"), ("/v1/delegations", "unit", "UnknownUnit"),
        ("/v1/history", "unit", "UnknownUnit"), ("/v1/history", "pool", "UnknownPool"),
        ("/v1/series", "under", "UnknownUnit"), ("/v1/flows", "pool", "UnknownPool"),
    ):  # fmt: skip
        for odd in ("null", "Phoenix", "research-ops"):
            said = problem(lab.get(f"{path}?{name}={odd}"))
            assert (said.status, said.code) == (404, code), (path, name)
    long_ago = "1999-01-01T00:00:00Z"
    assert rows(lab, "/v1/holdings", "unit", unit="idle") == []
    for name, known in (("pool", POOL), ("unit", "vision"), ("under", "research")):
        assert rows(lab, "/v1/holdings", "unit", valid_at=long_ago, **{name: known}) == []
    assert rows(lab, "/v1/capacity", "pool", valid_at=long_ago, pool=POOL) == []
    said = problem(lab.get("/v1/holdings", params={"unit": "vision", "known_at": 6}))
    assert said.code == "UnknownUnit"


@pytest.mark.parametrize(
    "query",
    [
        "valid_at=2026-01-01", "valid_at=2026-01-01T00:00:00", "valid_at=now", "valid_at=0",
        "valid_at=2026-01-01T00:00:60Z", "valid_at=2026-01-01T00:00:00.1234567Z", "valid_at=",
        "valid_at=10000-01-01T00:00:00Z", "known_at=-1", "known_at=1.0", "known_at=1e3",
        "known_at=99999999999999999999", "group=team", "org=later", "limit=0", "limit=1001",
        "limit=1.5", "wait_s=-1", "wait_s=nan", "wait_s=inf", "wait_s=61", "min_position=-1",
        "min_position=1.5", "min_position=x",
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused(lab: TestClient, query: str) -> None:
    said = problem(lab.get(f"/v1/holdings?{query}"))
    assert (said.status, said.code) == (422, "InvalidField")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/series?from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z", "/v1/series?every=0d",
        "/v1/series?every=1h&from=1970-01-01T00:00:00Z", "/v1/series?every=1y",
        "/v1/flows?from=2027-02-01T00:00:00Z&to=2026-02-01T00:00:00Z", "/v1/series?valid_at=x",
        "/v1/history?valid_at=2026-01-01T00:00:00Z", "/v1/history?q=", "/v1/history?flag=red",
        "/v1/history?topic=granted", "/v1/history?grant=x", "/v1/history?decision=X", "/v1/export",
        "/v1/history?q=nothing:x", '/v1/history?q="open', "/v1/history?q=%00", "/v1/grants/x",
        "/v1/history?clock=wall", "/v1/history?order=up", "/v1/export?what=entries",
        "/v1/export?what=events&valid_at=2026-01-01T00:00:00Z", "/v1/delegations?person=a%01",
        "/v1/export?what=events&format=json", "/v1/grants/%00",
        *(f"{path}from={MOVED}&until={MOVED}" for path in AHEAD),
        *(f"{path}from={MOVED}&valid_at={LOST}" for path in AHEAD),
        f"/v1/budgets?valid_at={MOVED}&until={MOVED}", f"/v1/history?from={MOVED}&to={MOVED}",
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(lab: TestClient, path: str) -> None:
    said = problem(lab.get(path))
    assert (said.status, said.code) == (422, "InvalidField")


@pytest.mark.parametrize("name", ["by", "q"])
def test_a_text_has_up_to_a_thousand_characters(lab: TestClient, name: str) -> None:
    assert rows(lab, "/v1/history", "position", **{name: "x" * 1000}) == []
    for wrong in ("", "x" * 1001):
        said = problem(lab.get("/v1/history", params={name: wrong}))
        assert (said.status, said.code) == (422, "InvalidField")


def test_an_unescaped_plus_is_explained(lab: TestClient) -> None:
    said = problem(lab.get("/v1/holdings?valid_at=2026-01-01T00:00:00+02:00"))
    assert "%2B" in said.detail
    good = lab.get("/v1/holdings?valid_at=2026-01-01T00:00:00%2B02:00")
    assert good.json()["valid_at"] == "2025-12-31T22:00:00.000000Z"


def test_a_method_that_a_read_does_not_have_is_told_with_those_it_has(lab: TestClient) -> None:
    answer = lab.delete("/v1/pools")
    assert problem(answer).status == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert lab.post("/v1/holdings").headers["Allow"] == "GET, HEAD"
    assert lab.delete("/").headers["Allow"] == "GET, HEAD"
