"""The feed as its readers see it: pages, long poll, lines, and a live stream that resumes."""

import threading
import time
from typing import cast

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.feed import tail as tails
from ledger.codec import decode, encode
from tests.api.asking import command, events, furnish, note, problem, recorded
from tests.api.gauging import until


def tail_of(doors: TestClient) -> tails.Tail:
    """What the process of the doors follows the log by."""
    return cast("FastAPI", doors.app).state.running.tail


def test_pages_lead_from_the_start_to_the_head(doors: TestClient) -> None:
    head = furnish(doors)
    seen: list[int] = []
    after = 0
    while True:
        page = events(doors, after, limit=3)
        assert page.head == head
        if not page.events:
            assert page.next == after == head
            break
        seen += [event.position for event in page.events]
        after = page.next
    assert seen == list(range(1, head + 1))


def test_a_page_reaches_at_least_what_was_recorded_before_it_was_asked_for(
    doors: TestClient,
) -> None:
    for number in range(20):
        position = note(doors, f"n{number}")
        assert events(doors, 0, limit=1).head >= position


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_feed_waits_for_a_position_that_is_asked_for(doors: TestClient, form: str) -> None:
    head = furnish(doors)
    given = {"after": head, "format": form, "min_position": head + 1}
    late = doors.get("/v1/events", params={**given, "wait_s": 0.05})
    assert (problem(late).status, problem(late).code) == (503, "NotReflectedYet")
    assert late.headers["Retry-After"] == "1"
    assert str(head + 1) in problem(late).detail
    answers: list[httpx2.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(doors.get("/v1/events", params={**given, "wait_s": 60}))
    )
    asking.start()
    until(lambda: tail_of(doors).is_followed)
    note(doors, "awaited")
    asking.join()
    assert answers[0].status_code == 200, answers[0].text
    assert "awaited 0" in answers[0].text
    for wrong in ({"min_position": -1}, {"wait_s": 61}, {"wait_s": "x"}):
        assert problem(doors.get("/v1/events", params=wrong)).code == "InvalidField"


def test_an_event_is_the_bytes_as_stored(doors: TestClient) -> None:
    furnish(doors)
    page = doors.get("/v1/events", params={"limit": 1000})
    lines = doors.get("/v1/events", headers={"Accept": "application/jsonl"})
    assert lines.headers["Content-Type"].startswith("application/jsonl")
    stored = lines.content.splitlines()
    assert b'{"events":[' + b",".join(stored) + b'],"next":' in page.content
    for one in stored:
        assert encode(decode(one)) == one


def test_a_page_never_cuts_a_decision(doors: TestClient) -> None:
    head = furnish(doors)
    assert note(doors, "many", 7) == head + 7
    page = events(doors, head, limit=2)
    assert (len(page.events), page.next) == (7, head + 7)
    page = events(doors, head - 1, limit=3)
    assert (len(page.events), page.next) == (1, head)


def test_a_page_reflects_what_was_just_answered(doors: TestClient) -> None:
    furnish(doors)
    for number in range(20):
        position = note(doors, f"n{number}")
        assert events(doors, position - 1).next == position


def test_topics_are_chosen(doors: TestClient) -> None:
    furnish(doors)
    page = events(doors, topic="pool-opened.v1", limit=5)
    assert {type(event).__name__ for event in page.events} == {"PoolOpened"}
    assert page.next == page.head
    lines = doors.get("/v1/events", params={"topic": "pool-opened.v1", "format": "jsonl"})
    assert len(lines.content.splitlines()) == 1
    two = doors.get("/v1/events?topic=pool-opened.v1&topic=unit-created.v1&limit=1").json()
    assert len(two["events"]) >= 1


def test_who_waits_is_answered_when_something_is_recorded(doors: TestClient) -> None:
    head = furnish(doors)
    answers: list[httpx2.Response] = []
    waiting = threading.Thread(
        target=lambda: answers.append(doors.get("/v1/events", params={"after": head, "wait": 30}))
    )
    waiting.start()
    position = note(doors, "woken")
    waiting.join()
    assert [event["position"] for event in answers[0].json()["events"]] == [position]


def test_who_waits_is_answered_though_nobody_followed_before(
    doors: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "REST_S", 60)
    monkeypatch.setattr(tails, "POLL_S", 60)
    tail = tail_of(doors)
    for number in range(3):
        head = note(doors, f"unheard{number}")
        answers: list[httpx2.Response] = []
        asked = {"after": head, "wait": 30}

        def wait(asked: dict[str, int] = asked, into: list[httpx2.Response] = answers) -> None:
            into.append(doors.get("/v1/events", params=asked))

        waiting = threading.Thread(target=wait)
        waiting.start()
        until(lambda: tail.is_followed)
        head = note(doors, f"heard{number}")
        waiting.join(20)
        assert answers
        assert answers[0].json()["next"] == head


def test_a_page_of_a_topic_is_no_longer_than_asked_but_for_whole_decisions(
    doors: TestClient,
) -> None:
    for number in range(3):
        note(doors, f"one {number}")
        note(doors, f"many {number}", 3)
    sizes: list[int] = []
    after = 0
    while page := events(doors, after, topic="noted.v1", limit=5).events:
        after = page[-1].position
        sizes.append(len(page))
    assert sizes == [5, 4, 3]
    sizes = [len(events(doors, topic="noted.v1", limit=limit).events) for limit in (1, 2, 4, 8, 9)]
    assert sizes == [1, 1, 4, 8, 9]


def test_who_waits_for_a_topic_waits_on_until_something_of_it_is_recorded(
    doors: TestClient,
) -> None:
    head = furnish(doors)
    answers: list[httpx2.Response] = []
    asked = {"after": head, "wait": 30, "topic": "unit-created.v1"}
    waiting = threading.Thread(target=lambda: answers.append(doors.get("/v1/events", params=asked)))
    waiting.start()
    for number in range(5):
        note(doors, f"other{number}")
        waiting.join(0.2)
    assert waiting.is_alive()
    made = recorded(command(doors, "/v1/units", {"unit": "awaited"}))
    waiting.join()
    said = answers[0].json()
    assert [event["position"] for event in said["events"]] == [made] == [said["next"]]


def test_who_waits_for_a_topic_in_vain_goes_on_behind_what_was_looked_at(
    doors: TestClient,
) -> None:
    head = furnish(doors)
    writing = threading.Timer(0.5, note, (doors, "other"))
    began = time.monotonic()
    writing.start()
    page = events(doors, head, wait=2, topic="unit-created.v1")
    assert time.monotonic() - began >= 2
    assert (page.events, page.next, page.head) == ((), head + 1, head + 1)
    writing.join()


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_who_has_read_further_than_the_log_comes_is_told(doors: TestClient, form: str) -> None:
    head = furnish(doors)
    given = {"after": head + 1, "format": form, "wait_s": 0.05}
    beyond = doors.get("/v1/events", params=given)
    assert (problem(beyond).status, problem(beyond).code) == (503, "NotReflectedYet")
    assert "not the log that was read before" in problem(beyond).detail
    note(doors, "one more")
    assert doors.get("/v1/events", params=given).status_code == 200


def test_who_waits_in_vain_gets_an_empty_page(doors: TestClient) -> None:
    head = furnish(doors)
    began = time.monotonic()
    page = events(doors, head, wait=1)
    assert time.monotonic() - began >= 1
    assert (page.events, page.next, page.head) == ((), head, head)


@pytest.mark.parametrize(
    "query",
    [
        "after=-1", "after=x", "after=1.5", "after=", "limit=0", "limit=1001", "wait=61", "since=1",
        "topic=nonsense", "after=1&after=2", "format=xml", "format=jsonl&limit=5",
        "after=99999999999999999999", "after=%00", "valid_at=2020-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(doors: TestClient, query: str) -> None:
    assert problem(doors.get(f"/v1/events?{query}")).status == 422


def test_a_feed_of_another_kind_is_not_there(doors: TestClient) -> None:
    answer = doors.get("/v1/events", headers={"Accept": "text/html"})
    assert problem(answer).status == 406
