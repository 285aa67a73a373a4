"""The process that decides, beside the doors: what becomes of commands when it ends or hangs."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx2
import pytest
import uvloop

from api.decisions.apart import SILENT_S, TOGETHER, CommitterApart
from ledger.asks import Answer
from ledger.commands import Note, Subject
from tests.api.gauging import metric, red, until
from tests.api.test_queue import locked
from tests.api.test_stopping import LOST, kept, note
from tests.cli.running import base_environ, begin, ended, line_of
from tests.support.committing import ask, grant
from tests.support.kin import decider, has_ended
from tests.support.looping import to_the_end

TURNS = 3
"""So often something is asked of a process that has ended: the end is heard of in the second."""


class Apart:
    """`allot serve`, and which of the processes beside it decides."""

    def __init__(self, pid: int, url: str, doors: httpx2.Client) -> None:
        self.pid = pid
        self.url = url
        self.doors = doors

    def decider(self) -> int | None:
        """The process that decides; None while there is none."""
        return decider(self.pid)

    def decides(self) -> bool:
        """Whether commands are taken."""
        return "committer" not in red(self.doors)

    def note(self, key: str) -> int:
        """Note something over a connection of its own; returns the status."""
        line = HTTPConnection("127.0.0.1", urlsplit(self.url).port or 0, timeout=60)
        try:
            return note(line, key)
        finally:
            line.close()

    def noting(self, key: str) -> tuple[threading.Thread, list[int]]:
        """Begin to note something; returns when it waits for its answer."""
        told: list[int] = []

        def ask() -> None:
            with contextlib.suppress(*LOST):
                told.append(self.note(key))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        until(lambda: metric(self.doors, "allot_commands_waiting") == 1)
        return asking, told


@contextmanager
def served(address: str) -> Generator[Apart]:
    """The service without its follower, once it takes commands; killed if it is still there."""
    environ = {
        **base_environ(), "ALLOT_DATABASE_URL": address, "ALLOT_AUTH": "open",
        "ALLOT_DURABILITY": "test",
    }  # fmt: skip
    process = begin("serve", "--port", "0", "--no-follower", environ=environ)
    url = line_of(process)
    try:
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as doors:
            service = Apart(process.pid, url, doors)
            until(service.decides)
            yield service
    finally:
        ended(process)


def pid_of(service: Apart) -> int:
    """The process that decides, of which there is one."""
    pid = service.decider()
    assert pid is not None
    return pid


def test_it_is_started_again_and_nothing_is_lost_or_stored_twice(founded_database: str) -> None:
    with served(founded_database) as service:
        assert service.note("before") == 201
        first = pid_of(service)
        os.kill(first, signal.SIGKILL)
        until(lambda: service.decider() not in (None, first))
        until(service.decides)
        assert [service.note(key) for key in ("before", "after")] == [201, 201]
    assert kept(founded_database) == {"before": 1, "after": 1}


def test_who_waits_when_it_ends_is_told_that_nobody_knows_and_asks_by_the_key(
    founded_database: str,
) -> None:
    with served(founded_database) as service:
        with locked(founded_database):
            asking, told = service.noting("k")
            os.kill(pid_of(service), signal.SIGKILL)
            asking.join(60)
        assert told == [503]
        until(service.decides)
        assert service.note("k") == 201
        assert metric(service.doors, "allot_commands_waiting") == 0
    assert kept(founded_database) == {"k": 1}


def test_while_there_is_none_commands_are_refused_at_once_and_the_service_says_so(
    founded_database: str,
) -> None:
    with served(founded_database) as service:
        os.kill(pid_of(service), signal.SIGKILL)
        until(lambda: not service.decides())
        why = red(service.doors).get("committer")
        status = service.note("k")
        assert (why, status) == ("its process has ended", 503) or service.decides()
        until(service.decides)
        assert service.note("k") == 201
    assert kept(founded_database) == {"k": 1}


def test_a_silence_turns_readiness_red_until_it_is_heard_again(founded_database: str) -> None:
    with served(founded_database) as service:
        hanging = pid_of(service)
        began = time.monotonic()
        os.kill(hanging, signal.SIGSTOP)
        try:
            until(lambda: "said nothing" in red(service.doors).get("committer", ""))
            assert time.monotonic() - began > SILENT_S - 1
        finally:
            os.kill(hanging, signal.SIGCONT)
        until(service.decides)
        assert service.decider() == hanging


def test_a_signal_that_everybody_gets_does_not_end_it(founded_database: str) -> None:
    with served(founded_database) as service:
        deciding = pid_of(service)
        for told in (signal.SIGTERM, signal.SIGINT):
            os.kill(deciding, told)
            assert service.note(told.name) == 201
        assert service.decider() == deciding


def test_it_ends_with_the_doors_however_they_end(founded_database: str) -> None:
    with served(founded_database) as service:
        deciding = pid_of(service)
        with locked(founded_database):
            service.noting("k")
            os.kill(service.pid, signal.SIGKILL)
        # What had reached it is stored, though nobody is there to be told.
        until(lambda: has_ended(deciding))
    assert kept(founded_database) == {"k": 1}
    with served(founded_database) as again:
        assert again.note("k") == 201
    assert kept(founded_database) == {"k": 1}


def test_what_is_asked_between_its_end_and_the_news_of_it_is_answered(
    founded_database: str,
) -> None:
    answers = to_the_end(_asked_past_its_end(founded_database), uvloop.run)
    assert {answer.status for answer in answers} == {503}
    assert len(answers) == TOGETHER * TURNS


def _kill(pid: int) -> None:
    """Kill a process, and wait until it is dead; whoever began it still has to bury it."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


async def _asked_past_its_end(address: str) -> list[Answer]:
    """Kill the process, and ask on in each turn of the loop until all are answered."""
    apart = CommitterApart(address)
    answers: list[Answer] = []
    is_over = asyncio.Event()

    def note_down(answer: Answer) -> None:
        answers.append(answer)
        if len(answers) == TOGETHER * TURNS:
            is_over.set()

    await apart.start()
    try:
        until(lambda: decider(os.getpid()) is not None)  # its name shows a while after it began
        deciding = decider(os.getpid())
        assert deciding is not None
        _kill(deciding)  # the loop stands still meanwhile, so that it has not heard
        for turn in range(TURNS):
            for place in range(TOGETHER):
                apart.submit(ask(grant(), f"{turn} {place}"), note_down)
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await is_over.wait()
    finally:
        await apart.stop()
    return answers


def test_what_cannot_be_written_for_it_is_not_waited_for(founded_database: str) -> None:
    answers = to_the_end(_asked_beside_what_cannot_be_written(founded_database), uvloop.run)
    assert [answer.status for answer in answers] == [404]


async def _asked_beside_what_cannot_be_written(address: str) -> list[Answer]:
    """Ask what MessagePack has no word for, and something else; returns all answers."""
    apart = CommitterApart(address)
    answers: list[Answer] = []
    await apart.start()
    try:
        unheard_of = Note(about=Subject(unit="lab"), text="words", seen=2**64)
        with pytest.raises(OverflowError):
            apart.submit(ask(unheard_of), answers.append)
        apart.submit(ask(grant()), answers.append)
    finally:
        await apart.stop()
    return answers
