"""What holds for every read: positions, clocks, caching, and waiting for what was recorded."""

import threading
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from api.reads.asked import Asked
from api.reads.look import Behind, look
from ledger.periods import from_datetime
from ledger.store.roles import FOLLOWER, as_role
from tests.api.asking import command, furnish, grant, problem, recorded
from tests.api.conftest import begin, followed, opened
from tests.api.laboratory import MOVED, POOL, WHOLE
from tests.api.looking import AT_INSTANTS, EVERY, LISTS, asked, head_of, read, rows, some_grant

FAR = "2098-06-01T00:00:00Z"


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
    before = from_datetime(datetime.now(UTC))
    now = read(lab, path)
    head = head_of(lab)
    assert (now["position"], now["known_at"]) == (head, head)
    newest = lab.get(f"/v1/events?after={head - 1}").json()["events"][0]["recorded_at"]
    assert now["valid_at"] >= before > newest
    then = asked(lab, path, valid_at="2026-04-01T02:00:00+02:00", known_at=7)
    body = then.json()
    assert (body["valid_at"], body["known_at"]) == ("2026-04-01T00:00:00.000000Z", 7)
    assert then.headers["Allot-Valid-At"] == body["valid_at"]
    assert then.headers["Allot-Known-At"] == then.headers["Allot-Position"] == "7"


def test_reads_are_counted_by_the_path_as_it_is_declared(lab: TestClient) -> None:
    grant_id = some_grant(lab)
    assert lab.get(f"/v1/grants/{grant_id}").status_code == 200
    told = lab.get("/metrics").text
    assert 'allot_http_answers_total{method="GET",route="/v1/grants/{grant}",status="200"}' in told
    assert grant_id not in told


def test_now_is_never_before_what_was_recorded(migrated_database: str) -> None:
    begin(migrated_database, clock=lambda: datetime(2099, 1, 1, tzinfo=UTC))
    with followed(migrated_database), opened(migrated_database) as ahead:
        answer = read(ahead, "/v1/units")
        assert answer["valid_at"] == "2099-01-01T00:00:00.000000Z"
        assert [unit["unit"] for unit in answer["items"]] == ["lab"]


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
    for what in ("events", "holdings"):
        exported = asked(lab, "/v1/export", what=what, known_at=7)
        assert "immutable" in exported.headers["Cache-Control"]
        for changing in ({}, {"known_at": head}):
            exported = asked(lab, "/v1/export", what=what, **changing)
            assert exported.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/v1/due", "/v1/supply", "/v1/forecasts"])
def test_what_looks_ahead_from_now_on_may_not_be_kept(lab: TestClient, path: str) -> None:
    asked_of = {"known_at": 20, **({"pool": POOL} if path == "/v1/supply" else {})}
    for window, is_kept in (({}, False), ({"until": FAR}, False), ({"valid_at": MOVED}, True),
                            ({"valid_at": MOVED, "until": FAR}, True)):  # fmt: skip
        begin = "valid_at" if path == "/v1/forecasts" else "from"
        named = {begin if name == "valid_at" else name: at for name, at in window.items()}
        kept = asked(lab, path, **asked_of, **named).headers["Cache-Control"]
        assert ("immutable" in kept) == is_kept, window


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


def test_positions_are_told_once_every_read_model_has_what_was_just_recorded(
    reads: TestClient,
) -> None:
    position = furnish(reads)
    for _ in range(8):
        position = recorded(command(reads, "/v1/grants", grant(8)))
        found = reads.get("/v1/position", params={"min_position": position}).json()
        assert found["head"] == position
        assert {one["position"] for one in found["projections"]} == {position}
    late = reads.get("/v1/position", params={"min_position": position + 1, "wait_s": 0})
    assert (problem(late).status, problem(late).code) == (503, "NotReflectedYet")


def test_who_waits_is_answered_once_it_is_recorded(reads: TestClient) -> None:
    position = furnish(reads) + 1
    answers: list[Any] = []
    waiting = threading.Thread(
        target=lambda: answers.append(
            reads.get("/v1/holdings", params={"min_position": position, "wait_s": 60})
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


def test_a_read_whose_tables_are_built_anew_meanwhile_is_asked_again(
    reads: TestClient, founded_database: str
) -> None:
    read(reads, "/v1/capacity")
    request = Request({"type": "http", "path": "/v1/capacity", "query_string": b"", "headers": []})
    pool = cast("FastAPI", reads.app).state.running.pool
    with (
        pytest.raises(Behind),
        look(pool, Asked(request, ())),
        psycopg.connect(as_role(founded_database, FOLLOWER), autocommit=True) as elsewhere,
    ):
        elsewhere.execute("UPDATE projections.state SET built = built + 1 WHERE model = 'capacity'")
    with look(pool, Asked(request, ())) as seen:
        assert seen.reflected == head_of(reads)
