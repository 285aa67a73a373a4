"""SIGTERM: what is under way is answered, what was acknowledged is kept, and it ends in time."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from tests.api.gauging import metric, until
from tests.api.test_queue import locked
from tests.support.kin import children, has_ended

ASKERS = 8
LOST = (OSError, HTTPException)


@contextmanager
def serving(address: str, **settings: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """`allot serve` as operators run it, follower included; killed if it is still there."""
    environment = {
        **os.environ, "ALLOT_DATABASE_URL": address, "ALLOT_AUTH": "open",
        **{f"ALLOT_{name}": text for name, text in settings.items()},
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0"],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Asker(threading.Thread):
    """Notes one thing after the other over one connection, until there is no answer."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(daemon=True)
        self._url = urlsplit(url)
        self._number = number
        self.answered: dict[str, int] = {}
        self.unanswered: str | None = None

    def run(self) -> None:
        line = HTTPConnection(self._url.hostname or "", self._url.port, timeout=60)
        for turn in range(1_000_000):
            key = f"{self._number}:{turn}"
            try:
                self.answered[key] = note(line, key)
            except LOST:
                self.unanswered = key
                break
        line.close()


def note(line: HTTPConnection, key: str) -> int:
    """Note something, once; returns the status."""
    body = json.dumps({"about": {"unit": "lab"}, "text": f"words {key}"})
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    line.request("POST", "/v1/notes", body, headers)
    answer = line.getresponse()
    answer.read()
    return answer.status


def kept(address: str) -> dict[str, int]:
    """How often each key has a note in the log."""
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT convert_from(state, 'UTF8')::jsonb ->> 'key', count(*) FROM ledger.events"
            " WHERE topic = 'noted.v1' GROUP BY 1"
        ).fetchall()
    return dict(found)


def read_to_the_end(url: str, path: str, into: list[str]) -> threading.Thread:
    """Read an answer that takes its time; what it ended with stands there afterwards."""

    def read() -> None:
        with (
            httpx2.Client(base_url=url, trust_env=False, timeout=60) as client,
            client.stream("GET", path) as answer,
        ):
            try:
                into.append(str(answer.status_code))
                into.extend(answer.iter_lines())
            except httpx2.TransportError as cut:
                into.append(f"cut: {cut}")

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def reading_both_ways(url: str, stream: list[str], poll: list[str]) -> list[threading.Thread]:
    """Read the feed in both ways that last, once the service has heard of both."""
    threads = [
        read_to_the_end(url, "/v1/events/stream?after=0", stream),
        read_to_the_end(url, "/v1/events?topic=pool-closed.v1&wait=60", poll),
    ]
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
        until(lambda: metric(client, "allot_feed_followers") == 1)
        # A poll begins to answer when it ends; the third is whoever asks this.
        until(lambda: metric(client, "allot_connections") == 3)
    return threads


def until_one_waits(url: str) -> None:
    """Wait until a command waits to be recorded."""
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
        until(lambda: metric(client, "allot_commands_waiting") == 1)


def is_closed(url: str) -> bool:
    """Whether nobody is let in any more."""
    try:
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


def test_under_load_everything_accepted_is_answered_and_everything_acknowledged_is_kept(
    founded_database: str,
) -> None:
    with serving(founded_database, DRAIN_S="20") as (process, url):
        until(lambda: len(children(process.pid)) == 2)
        beside = children(process.pid)
        stream: list[str] = []
        poll: list[str] = []
        reading = reading_both_ways(url, stream, poll)
        askers = [Asker(url, number) for number in range(ASKERS)]
        for asker in askers:
            asker.start()
        until(lambda: sum(len(asker.answered) for asker in askers) > 100)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        for thread in (*askers, *reading):
            thread.join(60)
            assert not thread.is_alive()
    # The follower and the process that decides went with it, and nothing answers there any more.
    assert all(has_ended(pid) for pid in beside)
    with pytest.raises(OSError, match="refused"):
        note(HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=60), "late")

    answered = {key: status for asker in askers for key, status in asker.answered.items()}
    unanswered = {asker.unanswered for asker in askers}
    assert set(answered.values()) == {201}
    # Whoever was accepted was answered: those without an answer were never recorded.
    assert kept(founded_database) == dict.fromkeys(answered, 1)
    # The stream ended in order, after whole events; the poll ended before its time.
    assert stream[0] == "200"
    assert stream[-1] == ""
    assert any(text.startswith("id: ") for text in stream)
    assert poll[0] == "200"
    assert json.loads(poll[1])["events"] == []

    with serving(founded_database) as (_, again):
        line = HTTPConnection("127.0.0.1", urlsplit(again).port or 0, timeout=60)
        told = [note(line, key) for key in sorted(filter(None, unanswered))]
        told += [note(line, key) for key in list(answered)[:20]]
        line.close()
    assert set(told) <= {201}
    everything = {*answered, *filter(None, unanswered)}
    assert kept(founded_database) == dict.fromkeys(everything, 1)


def test_a_second_interrupt_does_not_cut_short_what_is_under_way(
    founded_database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(founded_database, DRAIN_S="20") as (process, url):
        asker = Asker(url, 0)
        with locked(founded_database):
            asker.start()
            until_one_waits(url)
            process.send_signal(signal.SIGINT)
            until(lambda: is_closed(url))
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
        asker.join(60)
        assert process.wait(60) == 130
    assert asker.answered == {"0:0": 201}
    assert "Traceback" not in capfd.readouterr().err


def test_what_was_handed_over_is_kept_though_nobody_may_wait_any_longer(
    founded_database: str,
) -> None:
    with serving(founded_database, DRAIN_S="1") as (process, url):
        asker = Asker(url, 0)
        with locked(founded_database):
            asker.start()
            until_one_waits(url)
            process.send_signal(signal.SIGTERM)
            asker.join(60)
            # It is told at the end of the time that nobody knows yet.
            assert asker.answered == {"0:0": 503}
        assert process.wait(60) == 0
    assert kept(founded_database) == {"0:0": 1}
    with serving(founded_database) as (_, again):
        line = HTTPConnection("127.0.0.1", urlsplit(again).port or 0, timeout=60)
        assert note(line, "0:0") == 201
        line.close()
    assert kept(founded_database) == {"0:0": 1}


@pytest.mark.slow
def test_a_database_that_never_answers_does_not_keep_it_from_ending(founded_database: str) -> None:
    with serving(founded_database, DRAIN_S="1") as (process, url), locked(founded_database):
        asker = Asker(url, 0)
        asker.start()
        until_one_waits(url)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, 1)
        assert time.monotonic() - began < 40
        asker.join(60)
    # What was sent to the database may still be done there: the key tells.
    with serving(founded_database) as (_, again):
        line = HTTPConnection("127.0.0.1", urlsplit(again).port or 0, timeout=60)
        assert note(line, "0:0") == 201
        line.close()
    assert kept(founded_database) == {"0:0": 1}
