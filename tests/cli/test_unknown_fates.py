"""Whoever gives a command and learns nothing of what became of it is told the key to ask by."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from api.client import Client
from api.unreachable import NoLedger, Unreachable
from tests.cli.answering import answer, far_end, problem
from tests.cli.running import PATIENCE_S, allot, base_environ
from tests.house.tree import TOP

AT_ONCE = "Retry-After: 0"
FATE = "Whether it was recorded is unknown. To find out, repeat it with --key"


def lasting(status: int, code: str) -> bytes:
    body = f'{{"status":{status},"code":"{code}","detail":"no"}}'
    return answer(status, body, AT_ONCE)


def page(status: int, text: str, media: str, *extra: str) -> bytes:
    return answer(status, text, AT_ONCE, *extra, media=media)


def granted(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return allot("grant", "p", "a", "1", *words, environ={**base_environ(), "ALLOT_URL": url})


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "AnswerLate"), (503, "Unavailable"), (500, "Broken"), (409, "StillRunning")],
)
def test_an_answer_that_does_not_tell_the_fate_comes_with_the_key(status: int, code: str) -> None:
    with far_end(*[lasting(status, code)] * 6) as (url, heard):
        done = granted(url)
    [key] = {line.split(b": ")[1].decode() for one in heard for line in one.split(b"\r\n")
             if line.startswith(b"Idempotency-Key")}  # fmt: skip
    assert done.stderr == f"{code}: no\n{FATE} {key}\n"


@pytest.mark.parametrize("code", ["TooManyWaiting", "ClockUnsure"])
def test_what_was_certainly_not_judged_is_not_said_to_be_unknown(code: str) -> None:
    with far_end(*[lasting(503, code)] * 6) as (url, _):
        done = granted(url, "--key", "k")
    assert (done.returncode, done.stderr) == (3, f"{code}: no\n")


def test_what_an_earlier_try_left_unknown_stays_so() -> None:
    with far_end(None, *[lasting(503, "TooManyWaiting")] * 5) as (url, _):
        done = granted(url, "--key", "my key")
    assert done.stderr == f"TooManyWaiting: no\n{FATE} 'my key'\n"


def test_an_answer_that_was_stored_settles_what_an_earlier_try_left_unknown() -> None:
    with far_end(None, lasting(503, "AnswerLate"), problem(409, "NotEnoughFree")) as (url, _):
        done = granted(url)
    assert (done.returncode, done.stderr) == (1, "NotEnoughFree: no\n")


def test_a_service_that_is_gone_after_it_answered_leaves_the_fate_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def answer_and_go() -> None:
            one, _ = server.accept()
            server.close()
            with one:
                one.recv(65536)
                one.sendall(answer(503, '{"code":"AnswerLate"}', AT_ONCE))

        going = threading.Thread(target=answer_and_go)
        going.start()
        with Client(url) as client, pytest.raises(Unreachable) as lost:
            client.command("grant", {}, key="k1")
        going.join()
    assert lost.value.key == "k1"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (page(200, "<html>sign in</html>", "text/html"), "200 with text/html"),
        (page(301, "", "text/html", "Location: /elsewhere"), "301 with text/html"),
        (page(204, "", ""), "204 with nothing"),
        (page(201, "{", "application/json"), "201, "),
        (page(201, '{"done":true}', "application/json"), "201 that names no position"),
        (page(201, "[]", "application/json"), "201, "),
        (page(404, '{"error":"no"}', "application/json"), "404 with application/json"),
        (page(200, "no gzip", "application/json", "Content-Encoding: gzip"), ""),
    ],
    ids=["page", "moved", "nothing", "cut off", "other", "list", "no problem", "no gzip"],
)
def test_an_answer_of_no_ledger_is_said_to_be_none_and_ends_with_3(given: bytes, why: str) -> None:
    with far_end(given) as (url, _):
        done = granted(url, "--key", "k")
    assert done.returncode == 3, done
    assert done.stderr.startswith(f"{url} answers, but not as a ledger: {why}")
    assert done.stderr.endswith(f"\n{FATE} k\n")


def test_a_read_that_no_ledger_answers_speaks_of_no_key() -> None:
    with far_end(page(200, "<html>sign in</html>", "text/html")) as (url, _):
        done = allot("capacity", environ={**base_environ(), "ALLOT_URL": url})
    assert done.returncode == 3
    assert done.stderr == f"{url} answers, but not as a ledger: 200 with text/html\n"


@pytest.mark.parametrize("body", ["null", "[1]", '{"status":"500"}', "", "<html>"])
def test_any_5xx_is_asked_again_whatever_it_says(body: str) -> None:
    with far_end(answer(502, body, AT_ONCE), answer(201)) as (url, _), Client(url) as client:
        assert client.command("grant", {}).status == 201


def test_what_a_bulk_line_leaves_unknown_is_asked_again() -> None:
    late = '{"key":"Ä","status":503,"problem":{"code":"Unavailable"}}\n'
    with far_end(*[answer(200, late, AT_ONCE)] * 6) as (url, heard), Client(url) as client:
        reply = client.command("grant", {}, key="Ä")
    assert (reply.status, reply.in_doubt, len(heard)) == (503, True, 6)


def test_a_bulk_that_no_ledger_answers_tells_its_key() -> None:
    with (
        far_end(answer(200, "{")) as (url, _),
        Client(url) as client,
        pytest.raises(NoLedger) as lost,
    ):
        client.command("grant", {}, key="Ä")
    assert lost.value.key == "Ä"


def test_who_interrupts_a_command_that_was_sent_is_told_its_key() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "grant", "p", "a", "1", "--key", "k"],
            cwd=TOP, env={**base_environ(), "ALLOT_URL": url}, stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        with server.accept()[0] as one:
            assert one.recv(65536)
            command.send_signal(signal.SIGINT)
            _, said = command.communicate(timeout=PATIENCE_S)
    assert (command.returncode, said) == (130, f"{FATE} k\n")


def test_an_import_that_loses_an_answer_says_to_import_again(tmp_path: Path) -> None:
    file = tmp_path / "moves.jsonl"
    file.write_text('{"op":"capacity","at":"2026-01-05T00:00:00Z","pool":"p","quantity":8}\n')
    late = lasting(503, "AnswerLate")
    exists = problem(409, "AlreadyExists")
    told: list[str] = []
    for lost in (late, None):
        with far_end(exists, *[lost] * 6) as (url, _):
            environ = {**base_environ(), "ALLOT_URL": url}
            done = allot("import", "operations", str(file), environ=environ)
        assert done.returncode == 3
        told.append(done.stderr)
    again = "Whether it was recorded is unknown. To find out, import the file again"
    assert [again in one and "--key" not in one for one in told] == [True, True]
