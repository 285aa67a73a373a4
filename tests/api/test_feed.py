"""The feed as its readers see it: pages, long poll, lines, and a live stream that resumes."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import cast

import httpx2
import msgspec
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.feed import tail as tails
from ledger.codec import decode, encode
from tests.api.asking import command, events, furnish, problem, recorded
from tests.api.gauging import until


def note(doors: TestClient | httpx2.Client, key: str, count: int = 1) -> int:
    """Record a decision of so many notes; returns the last position."""
    legs = [{"do": "note", "about": {"unit": "lab"}, "text": f"{key} {i}"} for i in range(count)]
    answer = doors.post(
        "/v1/decisions", content=msgspec.json.encode({"legs": legs}),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return int(answer.headers["Allot-Position"])


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


@contextmanager
def listening(
    served: httpx2.Client, query: str = "", **headers: str
) -> Generator[Iterator[tuple[str, str]]]:
    """The live stream as (id, data), comments as ("", text)."""
    with served.stream("GET", f"/v1/events/stream{query}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield _events(answer)


def _events(answer: httpx2.Response) -> Iterator[tuple[str, str]]:
    number = ""
    for line in answer.iter_lines():
        name, _, text = line.partition(": ")
        if name == "id":
            number = text
        elif name == "data":
            yield number, text
        elif line.startswith(":"):
            yield "", line


def test_the_stream_tells_what_is_recorded_from_now_on(served: httpx2.Client) -> None:
    note(served, "before")
    with listening(served) as stream:
        positions = [note(served, f"live{number}") for number in range(3)]
        told = [next(stream) for _ in positions]
    assert [number for number, _ in told] == [str(position) for position in positions]
    lines = served.get(f"/v1/events?format=jsonl&after={positions[0] - 1}")
    assert [text for _, text in told] == lines.text.splitlines()


def test_the_stream_resumes_after_the_last_event_seen(served: httpx2.Client) -> None:
    last = note(served, "many", 5)
    with listening(served, "?after=0") as stream:
        everything = [next(stream)[0] for _ in range(last)]
    assert everything == [str(position) for position in range(1, last + 1)]
    # A browser repeats the address it began with: the header is the newer of the two.
    with listening(served, "?after=0", **{"Last-Event-ID": str(last - 2)}) as stream:
        assert [next(stream)[0], next(stream)[0]] == [str(last - 1), str(last)]
    answer = served.get("/v1/events/stream", headers={"Last-Event-ID": "nonsense"})
    assert problem(answer).status == 422


def test_a_silent_stream_says_that_it_is_there(served: httpx2.Client) -> None:
    with listening(served) as stream:
        assert next(stream) == ("", ": still here")


def test_a_stream_reaches_far_behind_what_is_kept_in_memory(served: httpx2.Client) -> None:
    last = max(note(served, f"many{number}", 500) for number in range(3))
    with listening(served, "?after=0") as stream:
        assert [next(stream)[0] for _ in range(last)] == [str(p) for p in range(1, last + 1)]


def test_a_grant_is_heard_by_everyone_who_follows(served: httpx2.Client) -> None:
    heard: list[str] = []
    begun = threading.Barrier(9)

    def follow() -> None:
        with listening(served) as stream:
            begun.wait()
            # A comment comes whenever nothing else does for a while.
            heard.append(next(position for position, _ in stream if position))

    followers = [threading.Thread(target=follow) for _ in range(8)]
    for follower in followers:
        follower.start()
    begun.wait()
    position = note(served, "heard")
    for follower in followers:
        follower.join()
    assert heard == [str(position)] * 8
