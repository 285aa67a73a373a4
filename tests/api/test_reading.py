"""What holds for every read: clocks, caching, pages, forms, waiting, and how it says no."""

import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from api.reads.doors import READS
from tests.api.asking import command, furnish, grant, problem, recorded
from tests.api.laboratory import BEGAN, MOVED, POOL, WHOLE
from tests.api.looking import asked, read, rows

LISTS = [one.path for one in READS if one.columns]
AT_INSTANTS = ["/v1/holdings", "/v1/capacity", "/v1/pools", "/v1/units", "/v1/delegations",
               "/v1/rules"]  # fmt: skip
EVERY = [*LISTS, "/v1/export?what=events", "/v1/export?what=holdings", "/v1/position"]


def head_of(lab: TestClient) -> int:
    return lab.get("/v1/position").json()["head"]


def some_grant(lab: TestClient) -> str:
    return rows(lab, "/v1/holdings", "grant", group="grant", valid_at=MOVED)[0]


@pytest.mark.parametrize("path", EVERY)
def test_every_answer_says_which_position_it_reflects(lab: TestClient, path: str) -> None:
    head = head_of(lab)
    answer = lab.get(path)
    assert answer.headers["Allot-Position"] == str(head)


@pytest.mark.parametrize("path", [*EVERY, "/v1/events", "/v1/events/stream", "/livez", "/docs"])
def test_a_head_request_is_answered_without_a_body(lab: TestClient, path: str) -> None:
    answer = lab.head(path)
    assert answer.status_code == 200
    assert answer.headers["Allot-Position"].isdecimal()


@pytest.mark.parametrize("path", AT_INSTANTS)
def test_the_clocks_that_were_used_are_named(lab: TestClient, path: str) -> None:
    now = read(lab, path)
    head = head_of(lab)
    assert (now["position"], now["known_at"]) == (head, head)
    newest = lab.get(f"/v1/events?after={head - 1}").json()["events"][0]["recorded_at"]
    assert now["valid_at"] >= newest
    then = asked(lab, path, valid_at="2026-04-01T02:00:00+02:00", known_at=7)
    body = then.json()
    assert (body["valid_at"], body["known_at"]) == ("2026-04-01T00:00:00.000000Z", 7)
    assert then.headers["Allot-Valid-At"] == body["valid_at"]
    assert then.headers["Allot-Known-At"] == then.headers["Allot-Position"] == "7"


def test_the_books_as_they_stood_do_not_know_what_came_later(lab: TestClient) -> None:
    (moved,) = rows(lab, "/v1/history", "position", topic="reallocated.v1")
    before = rows(lab, "/v1/holdings", "unit", "quantity", valid_at=MOVED, known_at=moved - 1)
    after = rows(lab, "/v1/holdings", "unit", "quantity", valid_at=MOVED, known_at=moved)
    assert dict(before)["vision"] == 48
    assert dict(after)["vision"] == 32


def test_inside_a_decision_known_at_means_its_end(lab: TestClient) -> None:
    first, second, third = rows(lab, "/v1/history", "position", topic="noted.v1")
    for inside in (first, second, third):
        assert read(lab, "/v1/holdings", known_at=inside)["known_at"] == third
    assert read(lab, "/v1/holdings", known_at=0)["items"] == []


def test_a_time_means_the_last_decision_recorded_by_then(lab: TestClient) -> None:
    events = lab.get("/v1/events?limit=1000").json()["events"]
    for event in events:
        last = event["position"] + event["leg"][1] - event["leg"][0] - 1
        at = event["recorded_at"]
        assert read(lab, "/v1/pools", known_at=at)["known_at"] == last
    long_ago = read(lab, "/v1/pools", known_at="2000-01-01T00:00:00Z")
    assert (long_ago["known_at"], long_ago["items"]) == (0, [])


@pytest.mark.parametrize("known_at", [10**9, 2**53 - 1, "2999-01-01T00:00:00Z"])
def test_nothing_is_known_of_the_future(lab: TestClient, known_at: int | str) -> None:
    for path in (*LISTS, "/v1/export?what=events"):
        joined = "&" if "?" in path else "?"
        said = problem(lab.get(f"{path}{joined}known_at={known_at}"))
        assert (said.status, said.code) == (422, "InvalidField")
        assert "future" in said.detail


def test_an_answer_that_can_never_change_may_be_kept(lab: TestClient) -> None:
    head = head_of(lab)
    fixed: dict[str, Any] = {"valid_at": MOVED, "known_at": 7}
    for path in AT_INSTANTS:
        assert "immutable" in asked(lab, path, **fixed).headers["Cache-Control"]
        for changing in (
            {},
            {"valid_at": MOVED},
            {"known_at": 7},
            {"valid_at": MOVED, "known_at": head},
            {**fixed, "org": "now"},
        ):
            kept = asked(lab, path, **changing).headers["Cache-Control"]
            assert kept == "private, no-cache" or ("org" in changing and "org" not in
                                                   read(lab, path, **changing))  # fmt: skip
    for path in ("/v1/series", "/v1/flows"):
        assert "immutable" in asked(lab, path, known_at=7, **WHOLE).headers["Cache-Control"]
        assert asked(lab, path, known_at=7).headers["Cache-Control"] == "private, no-cache"
    assert "immutable" in asked(lab, "/v1/history", known_at=7).headers["Cache-Control"]
    assert asked(lab, "/v1/history").headers["Cache-Control"] == "private, no-cache"
    exported = asked(lab, "/v1/export", what="events", known_at=7)
    assert "immutable" in exported.headers["Cache-Control"]


@pytest.mark.parametrize("path", [*AT_INSTANTS, "/v1/export?what=holdings"])
def test_who_has_an_answer_already_is_told_so(lab: TestClient, path: str) -> None:
    joined = "&" if "?" in path else "?"
    url = f"{path}{joined}{urlencode({'valid_at': MOVED, 'known_at': 9})}"
    first = lab.get(url)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = lab.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Allot-Position"):
            assert again.headers[name] == first.headers[name]
    assert lab.get(url, headers={"If-None-Match": '"other"'}).content == first.content
    other = lab.get(url.replace("known_at=9", "known_at=10"))
    form = lab.get(url, headers={"Accept": "text/csv"})
    assert tag not in (other.headers["ETag"], form.headers["ETag"])


def test_pages_lead_through_the_whole_list_as_it_was_on_the_first(reads: TestClient) -> None:
    position = furnish(reads)
    for unit in "abcdefg":
        command(reads, "/v1/units", {"unit": unit})
    position += 7
    page = read(reads, "/v1/units", limit=3, min_position=position)
    seen = [item["unit"] for item in page["items"]]
    recorded(command(reads, "/v1/units", {"unit": "bb"}))
    recorded(command(reads, "/v1/units", {"unit": "zz"}))
    while page["next"] is not None:
        page = read(reads, "/v1/units", cursor=page["next"], limit=2)
        assert page["known_at"] == position
        seen += [item["unit"] for item in page["items"]]
    assert seen == ["a", "b", "c", "d", "e", "f", "g", "lab", "reasoning", "vision"]
    assert "bb" in rows(reads, "/v1/units", "unit")


def test_the_link_of_a_page_leads_to_the_next_in_every_form(lab: TestClient) -> None:
    for form in ("json", "jsonl", "csv"):
        answer = asked(lab, "/v1/holdings", format=form, limit=1, valid_at=MOVED, under="lab")
        pages = [answer]
        while "next" in pages[-1].links:
            pages.append(lab.get(pages[-1].links["next"]["url"]))
            assert pages[-1].status_code == 200, pages[-1].text
        assert len(pages) == 4
        assert len({page.headers["Content-Type"] for page in pages}) == 1
        whole = asked(lab, "/v1/holdings", format=form, valid_at=MOVED, under="lab")
        if form == "jsonl":
            assert b"".join(page.content for page in pages) == whole.content
        assert "next" not in whole.links


@pytest.mark.parametrize("path", LISTS)
def test_every_list_comes_in_pages(lab: TestClient, path: str) -> None:
    params: dict[str, Any] = WHOLE if path in ("/v1/series", "/v1/flows") else {}
    whole = read(lab, path, **params)["items"]
    page = read(lab, path, limit=1, **params)
    seen = list(page["items"])
    while page["next"] is not None:
        page = read(lab, path, limit=1, cursor=page["next"], **params)
        assert len(page["items"]) == 1
        seen += page["items"]
    assert seen == whole


def test_a_cursor_that_was_not_given_here_is_refused(lab: TestClient) -> None:
    page = read(lab, "/v1/holdings", limit=1, valid_at=MOVED, pool=POOL)
    cursor = page["next"]
    for path, query in (
        ("/v1/holdings", {"cursor": cursor[:-1]}),
        ("/v1/holdings", {"cursor": cursor + "A"}),
        ("/v1/holdings", {"cursor": cursor[:40] + cursor[40].swapcase() + cursor[41:]}),
        ("/v1/holdings", {"cursor": cursor[:-9] + cursor[-10:]}),
        ("/v1/holdings", {"cursor": ""}),
        ("/v1/holdings", {"cursor": "é"}),
        ("/v1/holdings", {"cursor": "x" * 20_000}),
        ("/v1/units", {"cursor": cursor}),
        ("/v1/holdings", {"cursor": cursor, "valid_at": BEGAN}),
        ("/v1/holdings", {"cursor": cursor, "under": "research"}),
        ("/v1/holdings", {"cursor": cursor, "known_at": 7}),
    ):  # fmt: skip
        said = problem(lab.get(path, params=query))
        assert (said.status, said.code) == (422, "InvalidField")
    same = read(lab, "/v1/holdings", cursor=cursor, valid_at=MOVED, pool=POOL, limit=5)
    assert len(same["items"]) == 3


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("text/*", "text/csv; charset=utf-8; header=present"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8; header=present"),
        ("application/jsonl", "application/jsonl"),
        ("application/x-ndjson", "application/jsonl"),
        ("application/json;q=0, application/*", "application/jsonl"),
    ],
)
def test_a_list_comes_in_the_form_that_is_liked_best(
    lab: TestClient, accept: str, form: str
) -> None:
    answer = lab.get("/v1/units", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, form)
    assert "Accept" in answer.headers["Vary"]


def test_a_form_that_there_is_not_is_refused(lab: TestClient) -> None:
    for accept in ("text/html", "image/*", "application/json;q=0", "application/json;q=x"):
        said = problem(lab.get("/v1/units", headers={"Accept": accept}))
        assert (said.status, said.code) == (406, "NotAcceptable")
    assert problem(lab.get("/v1/units?format=parquet")).status == 422
    only = problem(lab.get(f"/v1/grants/{some_grant(lab)}", headers={"Accept": "text/csv"}))
    assert only.status == 406


def test_no_cell_of_a_csv_is_a_formula(lab: TestClient) -> None:
    text = asked(lab, "/v1/history", topic="noted.v1", format="csv").text
    assert ",'=1+1," in text
    assert ",=1+1" not in text
    assert '"=1+1"' in asked(lab, "/v1/history", topic="noted.v1", format="jsonl").text


def test_what_was_just_recorded_is_in_the_answer_that_waits_for_it(reads: TestClient) -> None:
    furnish(reads)
    for _ in range(8):
        answer = command(reads, "/v1/grants", grant(8))
        position = recorded(answer)
        found = reads.get("/v1/holdings", params={"min_position": position}).json()
        assert found["position"] >= position
        history = reads.get("/v1/history", params={"min_position": position, "order": "desc"})
        assert history.json()["items"][0]["position"] == position
    assert rows(reads, "/v1/holdings", "quantity", unit="vision") == [64]


def test_who_waits_is_answered_once_it_is_recorded(reads: TestClient) -> None:
    position = furnish(reads) + 1
    answers: list[Any] = []
    waiting = threading.Thread(
        target=lambda: answers.append(
            reads.get("/v1/holdings", params={"min_position": position, "wait_s": 30})
        )
    )
    waiting.start()
    recorded(command(reads, "/v1/grants", grant(8)))
    waiting.join()
    assert answers[0].json()["items"][0]["quantity"] == 8


def test_what_is_not_reflected_in_time_is_to_be_asked_again(lab: TestClient) -> None:
    for path in (*LISTS, "/v1/export?what=events"):
        joined = "&" if "?" in path else "?"
        answer = lab.get(f"{path}{joined}min_position={10**9}&wait_s=0")
        assert (problem(answer).status, problem(answer).code) == (503, "NotReflectedYet")
        assert answer.headers["Retry-After"] == "1"


def test_without_a_follower_known_at_waits_as_well(doors: TestClient) -> None:
    position = furnish(doors)
    late = doors.get("/v1/holdings", params={"known_at": position, "wait_s": 0.05})
    assert problem(late).code == "NotReflectedYet"
    now = doors.get("/v1/pools")
    assert (now.json()["position"], now.json()["items"]) == (0, [])
    newest = doors.get(f"/v1/events?after={position - 1}").json()["events"][0]["recorded_at"]
    late = doors.get("/v1/pools", params={"known_at": newest, "wait_s": 0.05})
    assert problem(late).code == "NotReflectedYet"


@pytest.mark.parametrize("path", [one.path for one in READS])
def test_an_unknown_or_doubled_parameter_is_refused(lab: TestClient, path: str) -> None:
    url = path.format(grant=some_grant(lab))
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
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(lab: TestClient, path: str) -> None:
    said = problem(lab.get(path))
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
