"""Following the end of the log: whole decisions, in order, from memory or from the log."""

import asyncio
import json
import threading
from collections.abc import Sequence

import pytest
from starlette.types import Message

from api.feed import tail as tails
from api.feed.falling import Falling
from api.feed.live import Live
from api.feed.tail import Tail
from ledger.log import StoredEvent
from tests.support.looping import to_the_end


class Written:
    """A log of decisions of given sizes."""

    def __init__(self, *sizes: int) -> None:
        self.events: list[StoredEvent] = []
        self.reads = 0
        for size in sizes:
            self.decide(size)

    def decide(self, size: int, text: str = "") -> None:
        for leg in range(size):
            position = len(self.events) + 1
            stored = json.dumps({"leg": [leg, size], "position": position, "t": text}).encode()
            self.events.append(StoredEvent(position=position, topic="noted.v1", stored=stored))

    def read(self, after: int, limit: int) -> Sequence[StoredEvent]:
        self.reads += 1
        return self.events[after : after + limit]

    def head(self) -> int:
        return len(self.events)


def positions(events: Sequence[StoredEvent]) -> list[int]:
    return [event.position for event in events]


@pytest.mark.parametrize("kept", [True, False], ids=["from memory", "from the log"])
def test_a_decision_is_never_cut(kept: bool) -> None:
    async def follow() -> list[list[int]]:
        log = Written() if kept else Written(1, 3, 2, 5)
        tail = Tail(log.read, log.head)
        await tail.begin()
        tail.followers = 1
        for size in (1, 3, 2, 5) if kept else ():
            log.decide(size)
        await tail.catch_up()
        return [positions(await tail.after(after, limit)) for after, limit in asked]

    asked = [(0, 3), (0, 4), (1, 1), (1, 2), (4, 3), (6, 4), (11, 9), (2, 1), (0, 100)]
    assert to_the_end(follow()) == [
        [1], [1, 2, 3, 4], [2, 3, 4], [2, 3, 4], [5, 6], [7, 8, 9, 10, 11], [], [3, 4],
        list(range(1, 12)),
    ]  # fmt: skip


def test_what_is_kept_is_bounded_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tails, "KEPT_EVENTS", 10)

    async def follow() -> None:
        log = Written()
        tail = Tail(log.read, log.head)
        await tail.begin()
        tail.followers = 1
        for _ in range(25):
            log.decide(1)
        await tail.catch_up()
        before = log.reads
        assert positions(await tail.after(15, 100)) == list(range(16, 26))
        assert log.reads == before
        assert positions(await tail.after(14, 5)) == list(range(15, 20))
        assert log.reads == before + 1

    to_the_end(follow())


def test_who_waits_is_woken_by_what_is_appended() -> None:
    async def follow() -> None:
        log = Written(1)
        tail = Tail(log.read, log.head)
        await tail.begin()
        running = asyncio.create_task(tail.run(()))
        waiting = [asyncio.create_task(tail.grown(1, 30)) for _ in range(3)]
        await asyncio.sleep(0)
        log.decide(2)
        tail.wake()
        assert await asyncio.gather(*waiting) == [True, True, True]
        assert positions(await tail.after(1, 10)) == [2, 3]
        assert not await tail.grown(3, 0.01)
        tail.close()
        assert not await tail.grown(3, 30)
        await running

    to_the_end(follow())


def test_what_nobody_follows_is_not_read() -> None:
    async def follow() -> None:
        log = Written(1)
        tail = Tail(log.read, log.head)
        await tail.begin()
        log.decide(2)
        await tail.catch_up()
        assert (tail.head, log.reads) == (3, 0)
        assert positions(await tail.after(1, 10)) == [2, 3]

    to_the_end(follow())


def test_the_rest_of_who_is_not_followed_ends_when_somebody_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tails, "REST_S", 30)

    async def follow() -> None:
        log = Written(1)
        tail = Tail(log.read, log.head)
        await tail.begin()
        resting = asyncio.create_task(tail.rest())
        await asyncio.sleep(0)
        assert not await tail.grown(1, 0.01)
        await asyncio.wait_for(resting, 10)
        tail.followers = 1
        await asyncio.wait_for(tail.rest(), 10)

    to_the_end(follow())


def test_who_comes_while_it_is_looked_how_far_the_log_is_hears_of_it() -> None:
    async def follow() -> bool:
        log = Written(1)
        looked, came = threading.Event(), threading.Event()

        def head() -> int:
            looked.set()
            assert came.wait(10)
            return log.head()

        tail = Tail(log.read, head)
        tail.head = 1
        looking = asyncio.create_task(tail.catch_up())
        await asyncio.to_thread(looked.wait, 10)
        waiting = asyncio.create_task(tail.grown(1, 10))
        await asyncio.sleep(0)
        log.decide(1)
        came.set()
        await looking
        return await waiting

    assert to_the_end(follow())


def test_a_log_that_cannot_be_read_is_told_and_tried_again() -> None:
    async def follow() -> list[str | None]:
        log = Written(1)
        troubles: list[str | None] = []

        def read(after: int, limit: int) -> Sequence[StoredEvent]:
            troubles.append(tail.trouble)
            if len(troubles) == 1:
                tail.wake()
                raise ConnectionError("gone")
            tail.is_closing = True
            return log.read(after, limit)

        tail = Tail(read, log.head)
        await tail.begin()
        tail.followers = 1
        log.decide(1)
        tail.wake()
        running = asyncio.create_task(tail.run(ConnectionError))
        await running
        return [*troubles, tail.trouble]

    assert to_the_end(follow()) == [None, "gone", None]


@pytest.mark.parametrize("length", [3, 5, 8], ids=["shorter", "as long", "longer"])
@pytest.mark.parametrize("is_followed", [True, False], ids=["followed", "not followed"])
def test_another_log_in_its_place_is_read_from_its_own_end_on(
    length: int, is_followed: bool
) -> None:
    async def follow() -> None:
        log = Written(1, 1, 1)
        tail = Tail(log.read, log.head)
        await tail.begin()
        tail.followers = 1
        log.decide(1)
        log.decide(1)
        await tail.catch_up()
        assert positions(await tail.after(2, 10)) == [3, 4, 5]
        tail.followers = int(is_followed)
        log.events.clear()
        for _ in range(length):
            log.decide(1, "other")
        await tail.catch_up()
        assert tail.head == length
        assert tail.log_number == (2 if is_followed else 1)
        tail.followers = 1
        log.decide(1, "new")
        await tail.catch_up()
        assert [json.loads(one.stored)["t"] for one in await tail.after(0, 10)] == [
            *["other"] * length, "new",
        ]  # fmt: skip
        assert tail.head == length + 1

    to_the_end(follow())


def test_who_reads_behind_the_end_of_a_shorter_log_waits_and_does_not_ask_again_at_once() -> None:
    async def follow() -> None:
        log = Written(1, 1, 1, 1, 1)
        tail = Tail(log.read, log.head)
        await tail.begin()
        del log.events[2:]
        assert not await tail.after(3, 10)
        assert tail.head == 2
        before = log.reads
        assert not await tail.grown(3, 0.2)
        assert log.reads == before

    to_the_end(follow())


def test_who_follows_a_log_that_is_replaced_hears_no_more_and_is_to_resume() -> None:
    async def follow() -> list[bytes]:
        log = Written(1, 1)
        tail = Tail(log.read, log.head)
        await tail.begin()
        falling = Falling(lambda before: before, tail)
        live = Live(tail, falling, 0, frozenset(), keep_alive_s=60, may_go_on=_yes)
        sent: list[bytes] = []
        heard = asyncio.Event()

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))
            heard.set()

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        listening = asyncio.create_task(live({"type": "http", "method": "GET"}, receive, send))
        while b"id: 2" not in b"".join(sent):
            heard.clear()
            await asyncio.wait_for(heard.wait(), 10)
        await tail.catch_up()
        log.events.clear()
        for _ in range(5):
            log.decide(1, "other")
        await tail.catch_up()
        await asyncio.wait_for(listening, 10)
        return sent

    told = b"".join(to_the_end(follow()))
    assert b"other" not in told


async def _yes() -> bool:
    return True
