"""The queue of commands is bounded: who finds it full is told so, and loses nothing by it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.decisions.desk import Desk
from api.problems import Problem
from ledger.asks import Answer, Ask, Put
from tests.api.asking import PERSON, command, problem, recorded
from tests.api.conftest import opened
from tests.api.gauging import metric, reached, red, until
from tests.support.committing import ask, grant
from tests.support.looping import to_the_end

NOTE = {"about": {"unit": "lab"}, "text": "words"}


@contextmanager
def locked(address: str):
    """While the block lasts, nothing can be appended to the log, as when another judges."""
    with psycopg.connect(address) as connection:
        connection.execute("LOCK TABLE ledger.events IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def asking(
    doors: TestClient, threads: ThreadPoolExecutor, keys: Sequence[str]
) -> list["Future[httpx2.Response]"]:
    """Ask under each key at once; returns when all of them wait."""
    before = metric(doors, "allot_commands_waiting")
    futures = [threads.submit(command, doors, "/v1/notes", NOTE, key=key) for key in keys]
    until(lambda: metric(doors, "allot_commands_waiting") == before + len(keys))
    return futures


def test_a_full_queue_is_told_of_and_a_later_try_by_the_same_key_works(
    founded_database: str,
) -> None:
    with (
        opened(founded_database, waiting_max=3, waiting_s_max=0.1) as doors,
        ThreadPoolExecutor() as threads,
    ):
        head = recorded(command(doors, "/v1/notes", NOTE))
        with locked(founded_database):
            waiting = asking(doors, threads, ["a", "b", "c"])
            refused = command(doors, "/v1/notes", NOTE, key="d")
            said = problem(refused)
            assert (said.status, said.code) == (503, "TooManyWaiting")
            assert "3 commands" in said.detail
            assert refused.headers["Retry-After"] == "1"
            lines = doors.post(
                "/v1/commands",
                content=b'{"key":"e","do":"note","about":{"unit":"lab"},"text":"words"}',
                headers={"Content-Type": "application/x-ndjson"},
            )
            assert '"status":503' in lines.text
            assert reached(doors, "queue") == 2
            until(lambda: "queue" in red(doors))
            assert "a command has waited" in red(doors)["queue"]
            assert metric(doors, "allot_commands_oldest_seconds") > 0.1
            assert metric(doors, "allot_commands_waiting_bytes") > 0
        told = [one.result() for one in waiting]
        assert [answer.status_code for answer in told] == [201, 201, 201]
        again = command(doors, "/v1/notes", NOTE, key="d")
        assert recorded(again) == head + 4
        assert "Idempotency-Replayed" not in again.headers
        assert "queue" not in red(doors)
        assert metric(doors, "allot_commands_waiting") == 0
        assert metric(doors, "allot_commands_waiting_bytes") == 0
        assert 0 <= metric(doors, "allot_last_commit_seconds") < 60


def test_who_stops_waiting_still_counts_until_the_committer_is_done(founded_database: str) -> None:
    with (
        opened(founded_database, waiting_max=1, answer_s=0.3) as doors,
        ThreadPoolExecutor() as threads,
    ):
        with locked(founded_database):
            late = asking(doors, threads, ["late"])[0].result()
            assert (problem(late).status, problem(late).code) == (503, "AnswerLate")
            assert late.headers["Retry-After"] == "1"
            assert reached(doors, "answer_time") == 1
            # It lies in the committer's hands: what nobody listens for takes room all the same.
            assert metric(doors, "allot_commands_waiting") == 1
            assert problem(command(doors, "/v1/notes", NOTE)).code == "TooManyWaiting"
        until(lambda: metric(doors, "allot_commands_waiting") == 0)
        tries: list[httpx2.Response] = []

        def is_answered() -> bool:
            # A slow machine may take longer than so short a limit, and then asks again.
            tries.append(command(doors, "/v1/notes", NOTE, key="late"))
            return tries[-1].status_code != 503

        until(is_answered)
        assert tries[-1].status_code == 201
        assert tries[-1].headers["Idempotency-Replayed"] == "true"


class Slow:
    """A committer that answers when it is told to."""

    def __init__(self) -> None:
        self.handed: list[Callable[[], None]] = []

    def submit(self, ask: Put, done: Callable[[Answer], None]) -> None:
        given = Answer(status=409, body=b"{}", position=1)
        self.handed.append(lambda: done(given))

    def submit_many(self, asks: Sequence[Put], done: Callable[[Sequence[Answer]], None]) -> None:
        self.handed.append(lambda: done([Answer(status=409, body=b"{}", position=1)] * len(asks)))


def test_each_is_told_when_it_has_waited_long_enough_and_no_sooner() -> None:
    longest = 0.05

    async def wait() -> None:
        slow = Slow()
        desk = Desk(slow, answer_s=longest, waiting_max=100, waiting_bytes_max=1000)

        async def late() -> tuple[float, float]:
            began = time.monotonic()
            with pytest.raises(Problem) as told:
                await desk.ask(cast("Ask", None))
            assert told.value.code == "AnswerLate"
            return began, time.monotonic() - began

        async def answered() -> None:
            waits = asyncio.create_task(desk.ask(cast("Ask", None)))
            await asyncio.sleep(0)
            slow.handed.pop()()
            assert (await waits).status == 409

        # Again and again: whoever was told, or answered, keeps nobody else from being told.
        for _ in range(3):
            await answered()
            others: list[asyncio.Task[tuple[float, float]]] = []
            for _ in range(4):
                others.append(asyncio.create_task(late()))
                await asyncio.sleep(longest / 5)
            waited = [await one for one in others]
            assert all(took >= longest * 0.98 for _, took in waited), waited
            assert [began for began, _ in waited] == sorted(began for began, _ in waited)
        assert desk.waiting == len(slow.handed) == 12

    to_the_end(asyncio.wait_for(wait(), 20))


def test_the_queue_is_bounded_by_bytes_too_and_one_large_ask_always_finds_a_place() -> None:
    async def fill() -> None:
        slow = Slow()
        desk = Desk(slow, answer_s=30, waiting_max=100, waiting_bytes_max=1000)
        one = cast("Ask", None)
        large = asyncio.create_task(desk.ask(one, 5000))
        await asyncio.sleep(0)
        assert (desk.waiting, desk.waiting_bytes) == (1, 5000)
        with pytest.raises(Problem) as full:
            await desk.ask(one, 1)
        assert (full.value.code, full.value.limit) == ("TooManyWaiting", "queue")
        assert len(slow.handed) == 1
        slow.handed.pop()()
        await large
        assert (desk.waiting, desk.waiting_bytes, desk.oldest_s) == (0, 0, 0.0)
        some = [asyncio.create_task(desk.ask_in_order([one] * 2, 500)) for _ in range(2)]
        await asyncio.sleep(0)
        assert (desk.waiting, desk.waiting_bytes) == (4, 1000)
        with pytest.raises(Problem):
            await desk.ask_in_order([one], 1)
        for answer in slow.handed:
            answer()
        await asyncio.gather(*some)
        assert (desk.waiting, desk.waiting_bytes) == (0, 0)

    to_the_end(fill())


@pytest.mark.parametrize(
    ("is_dry", "words"),
    [
        (False, "is unknown. Ask again by the same key."),
        (True, "nothing was recorded, as nothing is by asking so. Ask again."),
    ],
)
def test_of_a_dry_run_no_fate_is_unknown_and_no_key_is_asked_for(is_dry: bool, words: str) -> None:
    async def wait() -> None:
        desk = Desk(Slow(), answer_s=0.01, waiting_max=1, waiting_bytes_max=1000)
        one = ask(grant(), dry_run=is_dry)
        first = asyncio.create_task(desk.ask(one))
        await asyncio.sleep(0)
        with pytest.raises(Problem) as full:
            await desk.ask(one)
        assert ("key" in full.value.detail) is not is_dry
        with pytest.raises(Problem) as late:
            await first
        assert late.value.code == "AnswerLate"
        assert late.value.detail.endswith(words)

    to_the_end(wait())


class Refusing(Slow):
    """A committer that cannot pass on what it is given."""

    def submit(self, ask: Put, done: Callable[[Answer], None]) -> None:
        raise OverflowError

    def submit_many(self, asks: Sequence[Put], done: Callable[[Sequence[Answer]], None]) -> None:
        raise OverflowError


def test_what_cannot_be_handed_over_takes_no_place_in_the_queue() -> None:
    async def hand_over() -> None:
        desk = Desk(Refusing(), answer_s=30, waiting_max=100, waiting_bytes_max=1000)
        one = cast("Ask", None)
        with pytest.raises(OverflowError):
            await desk.ask(one, 500)
        with pytest.raises(OverflowError):
            await desk.ask_in_order([one] * 2, 500)
        assert (desk.waiting, desk.waiting_bytes, desk.oldest_s) == (0, 0, 0.0)

    to_the_end(hand_over())


def test_who_asks_is_named_by_the_key_and_nothing_was_recorded_of_who_was_refused(
    founded_database: str,
) -> None:
    with opened(founded_database, waiting_max=1) as doors, ThreadPoolExecutor() as threads:
        with locked(founded_database):
            first = asking(doors, threads, ["first"])[0]
            assert problem(command(doors, "/v1/notes", NOTE, key="second")).status == 503
        assert first.result().status_code == 201
        unknown = doors.get("/v1/receipts", params={"key": "second"}, headers={"Allot-As": PERSON})
        assert problem(unknown).code == "UnknownKey"
