"""The serving process: it answers what is under way when it is told to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from api.serving import FollowerProcess
from api.settings import Settings
from tests.api.gauging import until
from tests.support.files import open_at_most

SERVE = """
import sys
from api.serving import serve
from api.settings import Settings
serve(Settings(), with_follower=False, ready=lambda url: print(url, flush=True))
"""


@pytest.fixture
def service(founded_database: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service of its own that was begun with few files to open, and its address."""
    environment = {
        **os.environ, "ALLOT_DATABASE_URL": founded_database, "ALLOT_AUTH": "open",
        "ALLOT_PORT": "0", "ALLOT_DURABILITY": "test", "ALLOT_BODY_S": "1",
    }  # fmt: skip
    with open_at_most(256):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE], env=environment, stdout=subprocess.PIPE, text=True
        )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def headers(key: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "Idempotency-Key": key}


NOTE = json.dumps({"about": {"unit": "lab"}, "text": "words"})


def test_sigterm_answers_what_is_under_way_and_ends(
    service: tuple[subprocess.Popen[str], str], founded_database: str
) -> None:
    process, url = service
    answered: list[int] = []
    begun = threading.Barrier(9)

    def ask(number: int) -> None:
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
            client.get("/livez")
            begun.wait()
            for turn in range(10_000):
                try:
                    answer = client.post(
                        "/v1/notes", content=NOTE, headers=headers(f"{number}-{turn}")
                    )
                except httpx2.TransportError:
                    return
                answered.append(answer.status_code)

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for asker in askers:
        asker.start()
    begun.wait()
    while len(answered) < 100:
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    for asker in askers:
        asker.join()
    assert process.wait(timeout=60) in (0, -signal.SIGTERM)
    assert set(answered) == {201}
    # Whatever was recorded was answered too: a connection may be closed, but not on an answer.
    with psycopg.connect(founded_database) as connection:
        found = connection.execute("SELECT count(*) FROM ledger.events WHERE topic = 'noted.v1'")
        assert found.fetchone() == (len(answered),)


def test_a_live_follower_does_not_keep_the_service_from_ending(
    service: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = service
    with (
        httpx2.Client(base_url=url, trust_env=False, timeout=60) as client,
        client.stream("GET", "/v1/events/stream?after=0") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        process.send_signal(signal.SIGTERM)
        rest = list(lines)
    assert any(line.startswith("id: ") for line in rest)
    assert process.wait(timeout=60) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "chunked"])
def test_a_body_of_100_mb_is_refused_without_being_kept(
    service: tuple[subprocess.Popen[str], str], announced: bool
) -> None:
    process, url = service
    chunk = b" " * 65_536
    content = chunk * 1_600 if announced else (chunk for _ in range(1_600))
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
        before = _memory_kib(process.pid)
        for path, kind in (
            ("/v1/grants", "application/json"),
            ("/v1/decisions", "application/json"),
            ("/v1/commands", "application/x-ndjson"),
        ):
            body = content if announced else (chunk for _ in range(1_600))
            answer = client.post(path, content=body, headers={**headers("k"), "Content-Type": kind})
            assert answer.status_code == 413
            assert answer.json()["code"] == "TooLarge"
        assert _memory_kib(process.pid) - before < 40 * 1024
        assert client.get("/v1/position").status_code == 200


def _memory_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak.split()[1])


def test_a_sender_that_stops_is_answered_and_let_go(
    service: tuple[subprocess.Popen[str], str],
) -> None:
    _, url = service
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(
            b"POST /v1/grants HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: k\r\nContent-Length: 100\r\n\r\n{"
        )
        assert line.recv(65_536).startswith(b"HTTP/1.1 408 ")
    assert httpx2.get(f"{url}/livez", trust_env=False, timeout=60).status_code == 200


def test_as_many_connections_are_held_as_the_limit_says(
    service: tuple[subprocess.Popen[str], str],
) -> None:
    _, url = service
    place = urlsplit(url)
    with open_at_most(None), ExitStack() as held:
        for _ in range(1_500):
            held.enter_context(socket.create_connection((place.hostname, place.port)))
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:

            def read(_number: int) -> int:
                return client.get("/v1/holdings").status_code

            # More at once than there are connections to the database by now: others are made.
            with ThreadPoolExecutor(16) as readers:
                assert set(readers.map(read, range(200))) == {200}
            note = client.post("/v1/notes", content=NOTE, headers=headers("many"))
            assert note.status_code == 201


def test_a_follower_that_cannot_be_started_is_started_later(
    founded_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    refused: list[OSError] = []
    popen = subprocess.Popen[bytes]

    def begin(arguments: list[str], **how: Any) -> subprocess.Popen[bytes]:
        if not refused:
            refused.append(BlockingIOError(11, "Resource temporarily unavailable"))
            raise refused[0]
        begun.append(popen(arguments, **how))
        return begun[-1]

    monkeypatch.setattr("subprocess.Popen", begin)
    follower = FollowerProcess(Settings(database_url=founded_database))
    follower.start()
    try:
        until(lambda: bool(begun))
    finally:
        follower.stop()
    assert [one.poll() is None for one in begun] == [False]
