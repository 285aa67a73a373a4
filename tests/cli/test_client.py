"""The client repeats what got no answer under the same key, and knows when to stop."""

import socket

import pytest

from api.cli.endings import DONE, REFUSED, STALE, UNREACHABLE, USAGE, code_of
from api.client import PATHS, Client, Reply
from api.decisions.commands import DOORS
from api.unreachable import Unreachable
from tests.cli.answering import answer, far_end, problem


def key_of(request: bytes) -> bytes:
    lines = request.split(b"\r\n\r\n")[0].split(b"\r\n")
    return next(line for line in lines if line.lower().startswith(b"idempotency-key:"))


def test_a_lost_reply_is_asked_for_again_under_the_same_key() -> None:
    stored = answer(201, "{}", "Idempotency-Replayed: true", "Allot-Position: 7")
    with far_end(None, None, stored) as (url, heard), Client(url) as client:
        reply = client.command("grant", {"pool": "p"})
    assert reply.status == 201
    assert reply.replayed
    assert reply.position == 7
    assert len({key_of(request) for request in heard}) == 1
    assert len(set(heard)) == 1


@pytest.mark.parametrize("passing", [problem(503, "ClockUnsure"), problem(409, "StillRunning")])
def test_what_may_pass_is_asked_again(passing: bytes) -> None:
    with far_end(passing, answer(201)) as (url, heard), Client(url) as client:
        assert client.command("grant", {}).status == 201
    assert key_of(heard[0]) == key_of(heard[1])


@pytest.mark.parametrize(
    "lasting", [problem(409, "NotEnoughFree"), problem(503, "Unfounded"), problem(422, "KeyReused")]
)
def test_what_lasts_is_asked_once(lasting: bytes) -> None:
    with far_end(lasting) as (url, heard), Client(url) as client:
        assert client.command("grant", {}).is_refusal
    assert len(heard) == 1


def test_without_any_answer_the_key_is_told_because_the_fate_is_unknown() -> None:
    with (
        far_end(*[None] * 6) as (url, _),
        Client(url) as client,
        pytest.raises(Unreachable) as lost,
    ):
        client.command("grant", {}, key="k1")
    assert lost.value.key == "k1"


def test_what_was_never_sent_is_known_not_to_be_recorded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client, pytest.raises(Unreachable) as lost:
        client.command("grant", {}, key="k1")
    assert lost.value.key is None


def test_a_key_that_no_header_can_carry_travels_in_a_bulk_line() -> None:
    line = '{"key":"Ä:1","status":409,"problem":{"code":"NotEnoughFree"},"replayed":true}\n'
    with far_end(answer(200, line)) as (url, heard), Client(url) as client:
        reply = client.command("grant", {"pool": "p"}, key="Ä:1")
    assert reply.status == 409
    assert reply.replayed
    assert reply.problem.code == "NotEnoughFree"
    assert heard[0].startswith(b"POST /v1/commands ")
    assert heard[0].endswith('{"key":"Ä:1","do":"grant","pool":"p"}\n'.encode())


def test_every_command_is_posted_where_its_door_is() -> None:
    assert {door.do: door.path for door in DOORS} == PATHS


def test_a_dry_run_uses_no_key() -> None:
    with far_end(answer(200)) as (url, heard), Client(url) as client:
        client.command("grant", {}, dry_run=True)
    assert b"?dry_run=true " in heard[0]
    assert b"idempotency-key" not in heard[0].lower()


def test_who_acts_and_through_what_is_said() -> None:
    with (
        far_end(answer(200)) as (url, heard),
        Client(url, token="t0p", actor="kim@lab", via="allot grant") as client,
    ):
        client.get("/v1/position")
    head = heard[0].lower()
    assert b"authorization: bearer t0p" in head
    assert b"allot-as: kim@lab" in head
    assert b"allot-via: allot grant" in head


def reply(status: int, code: str) -> Reply:
    body = f'{{"code":"{code}"}}'.encode()
    return Reply(status=status, body=body, position=None, replayed=False, media="application/json")


EXPECTED: list[tuple[int, str, int]] = [
    (201, "", DONE), (409, "NotEnoughFree", REFUSED), (404, "UnknownPool", REFUSED),
    (403, "NotYoursToDecide", REFUSED), (409, "Stale", STALE), (422, "KeyReused", REFUSED),
    (422, "Invalid", USAGE), (400, "Malformed", USAGE), (503, "ClockUnsure", UNREACHABLE),
    (429, "TooMany", UNREACHABLE), (500, "Internal", UNREACHABLE), (499, "Other", REFUSED),
    (401, "TokenNeeded", USAGE), (405, "MethodNotAllowed", USAGE), (415, "NotJson", USAGE),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "expected"), EXPECTED)
def test_every_answer_has_its_exit_code(status: int, code: str, expected: int) -> None:
    assert code_of(reply(status, code)) == expected
