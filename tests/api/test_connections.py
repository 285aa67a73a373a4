"""Connections are bounded: callers that send or take too much, too little or nothing are let go."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest

from ledger.store.embedded.server import Server
from tests.api.asking import problem
from tests.api.conftest import followed
from tests.api.gauging import metric, reached, until
from tests.support.postgres import copied

SERVE = """
from api.serving import serve
from api.settings import Settings
serve(Settings(), with_follower=False, ready=lambda url: print(url, flush=True))
"""
BOUNDS = {
    "CONNECTIONS_MAX": "40", "HEAD_BYTES_MAX": "4096", "HEADERS_MAX": "50", "HEAD_S": "1.5",
    "BODY_S": "1.5", "READER_S": "2", "LINES_MAX": "2000", "SUBSCRIBERS_MAX": "3",
}  # fmt: skip
NOTES = 700
LONG = "\N{ALCHEMICAL SYMBOL FOR FIRE}" * 4000
GRANT = b"POST /v1/grants HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class House:
    """A service of its own with narrow bounds, and a client of it."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.client = httpx2.Client(base_url=url, trust_env=False, timeout=60)
        self._lines: list[socket.socket] = []

    def call(self, sent: bytes = b"", *, small: bool = False) -> socket.socket:
        """Open a connection and send something; `small` takes little at a time."""
        line = socket.socket()
        self._lines.append(line)
        if small:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        where = urlsplit(self.url)
        line.connect((where.hostname, where.port))
        line.sendall(sent)
        return line

    def hang_up(self) -> None:
        """Close every connection that a test opened."""
        while self._lines:
            self._lines.pop().close()

    def memory_kib(self) -> int:
        """The most memory that the service ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(peak.split()[1])


@pytest.fixture(scope="module")
def service(postgres_server: Server, founded_template: str) -> Iterator[House]:
    """The service, whose log is too long for what any connection can hold."""
    with copied(postgres_server, founded_template) as address:
        environment = {
            **os.environ, "ALLOT_DATABASE_URL": address, "ALLOT_AUTH": "open", "ALLOT_PORT": "0",
            "ALLOT_DURABILITY": "test", **{f"ALLOT_{name}": text for name, text in BOUNDS.items()},
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        made = House(process, process.stdout.readline().strip())
        try:
            with followed(address):
                write_much(made.client)
                yield made
        finally:
            made.client.close()
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def house(service: House) -> Iterator[House]:
    """The service, with no connection left over from another test."""
    yield service
    service.hang_up()


def write_much(client: httpx2.Client) -> None:
    """Record ten megabytes of notes."""
    note = {"do": "note", "about": {"unit": "lab"}, "text": LONG}
    lines = [msgspec.json.encode({"key": f"n{number}", **note}) for number in range(NOTES)]
    answer = in_bulk(client, b"\n".join(lines))
    assert answer.text.count('"status":201') == NOTES


def in_bulk(client: httpx2.Client, body: bytes) -> httpx2.Response:
    return client.post(
        "/v1/commands", content=body, headers={"Content-Type": "application/x-ndjson"}
    )


def said(line: socket.socket) -> bytes:
    """All that is answered until the connection ends, which it must."""
    parts: list[bytes] = []
    try:
        while part := line.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"<reset>")
    return b"".join(parts)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/position HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 5000 + b"\r\n\r\n",
        b"GET /v1/position HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 60 + b"\r\n",
        b"GET /v1/history?q=" + b"x" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/position HTTP/1.1\r\nX-Endless: " + b"x" * 200_000,
    ],
    ids=["a long header", "many headers", "a long address", "a header without end"],
)
def test_a_head_that_is_too_large_is_refused(house: House, head: bytes) -> None:
    before = reached(house.client, "head_size")
    answer = said(house.call(head))
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"HeadTooLarge"' in answer
    assert b"\r\nAllot-Position: " in answer
    assert reached(house.client, "head_size") == before + 1
    assert house.client.get("/v1/position").status_code == 200


def test_what_is_no_http_is_told_so(house: House) -> None:
    for sent in (b"nonsense\r\n\r\n", b"GET \xff HTTP/1.1\r\n\r\n"):
        answer = said(house.call(sent))
        assert answer.startswith(b"HTTP/1.1 400 "), sent
        assert b'"code":"Malformed"' in answer


def trickle(lines: Sequence[socket.socket]) -> None:
    """Send a byte a connection now and then, for longer than any of them may take."""
    for _ in range(25):
        for line in lines:
            try:
                line.sendall(b"x")
            except OSError:
                continue
        time.sleep(0.1)


def test_who_sends_too_slowly_is_let_go_and_nobody_waits_for_them(house: House) -> None:
    before = reached(house.client, "head_time"), reached(house.client, "body_time")
    silent = house.call()
    head = house.call(b"GET /v1/position HTTP/1.1\r\nX-Slow: ")
    body = house.call(GRANT + b"Idempotency-Key: slow\r\nContent-Length: 900\r\n\r\n{")
    chunked = house.call(GRANT + b"Idempotency-Key: s\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{")
    answered = house.call(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nx")
    trickle([head, body, answered])
    assert house.client.get("/v1/position").status_code == 200
    told = [said(line) for line in (silent, head, body, chunked, answered)]
    assert told[0] == b""
    assert b'"code":"HeadTooSlow"' in told[1]
    assert b'"code":"BodyTooSlow"' in told[2]
    assert b'"code":"BodyTooSlow"' in told[3]
    # It had its answer long ago; what it still sends is read by nobody.
    assert told[4].startswith(b"HTTP/1.1 200 ")
    assert reached(house.client, "head_time") == before[0] + 2
    assert reached(house.client, "body_time") == before[1] + 3


def test_beyond_the_most_connections_only_health_is_answered_until_some_are_let_go(
    house: House,
) -> None:
    idle = [house.call() for _ in range(40)]
    assert metric(house.client, "allot_connections") == 41
    for path in ("/livez", "/readyz", "/metrics"):
        assert house.client.get(path).headers["Content-Type"] != "application/problem+json"
    refused = house.client.get("/v1/position")
    assert problem(refused).code == "TooManyConnections"
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "2"
    # Who says nothing is let go, and then there is room again.
    assert [said(line) for line in idle] == [b""] * 40
    assert house.client.get("/v1/position").status_code == 200
    assert reached(house.client, "connections") == 1


def test_who_takes_nothing_of_a_large_answer_is_cut_off_and_costs_little(house: House) -> None:
    before = reached(house.client, "slow_reader")
    until(lambda: metric(house.client, "allot_projection_lag_events", projection="history") == 0)
    peak = house.memory_kib()
    slow = [
        house.call(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), small=True)
        for path in ("/v1/export?what=events&format=jsonl", "/v1/events?format=jsonl") * 4
    ]
    until(lambda: reached(house.client, "slow_reader") == before + len(slow))
    # Eight answers of ten megabytes are under way; what nobody takes is not made.
    assert house.memory_kib() - peak < 48 * 1024
    for line in slow:
        assert not said(line).endswith(b"\r\n0\r\n\r\n")
    whole = house.client.get("/v1/export?what=events&format=jsonl")
    assert whole.text.count("\n") == int(whole.headers["Allot-Position"])


def test_a_slow_subscriber_is_dropped_and_resumes_without_loss(house: House) -> None:
    head = house.client.get("/v1/position").json()["head"]
    ask = b"GET /v1/events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = house.call(ask, small=True)
    until(lambda: metric(house.client, "allot_feed_dropped_total") == 1)
    until(lambda: metric(house.client, "allot_feed_followers") == 0)
    seen, hint = ids(slow)
    assert hint == ["1000"]
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) < head
    last = {"Last-Event-ID": str(seen[-1] if seen else 0)}
    with house.client.stream("GET", "/v1/events/stream?after=0", headers=last) as stream:
        for text in stream.iter_lines():
            if text.startswith("id: "):
                seen.append(int(text[4:]))
            if seen and seen[-1] == head:
                break
    assert seen == list(range(1, head + 1))


def ids(line: socket.socket) -> tuple[list[int], list[str]]:
    """The ids of the events that came whole, and how soon to come again, in milliseconds."""
    text = said(line).decode(errors="replace")
    whole = text[: text.rfind("\n\n")].splitlines() if "\n\n" in text else []
    named = [part.removeprefix("id: ") for part in whole if part.startswith("id: ")]
    hint = [part.removeprefix("retry: ") for part in whole if part.startswith("retry: ")]
    return [int(number) for number in named], hint


def test_only_so_many_follow_live(house: House) -> None:
    ask = b"GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
    live = [house.call(ask) for _ in range(3)]
    until(lambda: metric(house.client, "allot_feed_followers") == 3)
    refused = house.client.get("/v1/events/stream")
    assert problem(refused).code == "TooManySubscribers"
    assert refused.headers["Retry-After"] == "5"
    assert reached(house.client, "subscribers") == 1
    live.pop().close()
    until(lambda: metric(house.client, "allot_feed_followers") == 2)
    with house.client.stream("GET", "/v1/events/stream") as stream:
        assert stream.status_code == 200


def test_bulk_has_a_most_of_lines_and_of_bytes_a_line(house: House) -> None:
    head = house.client.get("/v1/position").json()["head"]
    many = in_bulk(house.client, b"{}\n" * 2001)
    assert (many.status_code, problem(many).code) == (413, "TooLarge")
    assert reached(house.client, "bulk_lines") == 1
    line = b'{"key":"long","do":"note","text":"' + b"x" * 1_048_600 + b'"}\n'
    good = b'{"key":"good","do":"note","about":{"unit":"lab"},"text":"short"}\n'
    deep = b'{"key":"deep","do":"note","about":' + b"[" * 5000 + b"]" * 5000 + b"}\n"
    answers = [
        msgspec.json.decode(one)
        for one in in_bulk(house.client, line + deep + good).content.splitlines()
    ]
    assert [one["status"] for one in answers] == [413, 400, 201]
    assert reached(house.client, "line_size") == 1
    assert reached(house.client, "nesting") == 1
    assert house.client.get("/v1/position").json()["head"] == head + 1
