"""The live stream as those who follow it see it: from now on, from a position, after a loss."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx2

from tests.api.asking import note, problem


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
    beyond = served.get("/v1/events/stream", headers={"Last-Event-ID": str(last + 99)})
    assert problem(beyond).code == "NotReflectedYet"


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
