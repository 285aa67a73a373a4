"""What the doors and the process that decides say to each other arrives as it was said."""

import socket
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import force_setattr

from api.committing import Outbox, hand_in
from api.decisions.wire import (
    Answered,
    Asked,
    Frames,
    Standing,
    answered,
    answers_of,
    asked,
    asks_of,
    decode_asked,
    decode_said,
    framed,
)
from ledger.asks import Answer, Ask, Put, Question
from ledger.commands import AnyCommand, Single
from ledger.facts import Via
from ledger.intake import Done
from ledger.plans import Foreseen, Plan
from ledger.replies import BROKEN
from tests.authority.acts import acts
from tests.authority.house import House
from tests.support.in_memory import day

KINDS = {one.__struct_config__.tag for one in (*get_args(Single), *get_args(AnyCommand)[1:])}
LEG = {"do": "note", "about": {"unit": "vision"}, "text": "words"}
GRANT = {"pool": "h100", "unit": "vision", "quantity": 8}
LEND = {
    "do": "lend", "pool": "h100", "from": {"unit": "vision"}, "quantity": 8, "to": "speech",
    "starts_at": day(3.000001), "returns_at": day(9), "reason": "For a week",
}  # fmt: skip
ANSWERS = [
    Answer(status=201, body=b"{}", position=7),
    Answer(status=409, body=b"no", position=6, code="NotEnoughFree"),
    Answer(status=200, body="\u00e9\u2028".encode(), position=0, replayed=True),
]
_command = msgspec.json.Decoder(AnyCommand)


def commands() -> list[Any]:
    """Every kind of command, each in the forms that authority is tried on, and many at once."""
    told = [{"do": do, **_plain(fields)} for do, fields in acts(House()).values()]
    told.append({"do": "decision", "legs": [LEG, LEG], "reason": "Together"})
    told.append({"do": "decision", "legs": [LEND], "overrides": ["notice"], "reason": "Now"})
    return [_command.decode(msgspec.json.encode(one)) for one in told]


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name.rstrip("_"): value for name, value in fields.items()}


def ask(command: Any, **named: Any) -> Ask:
    """An ask as the doors make it."""
    given: dict[str, Any] = {
        "by": "ann",
        "via": Via(tool="test"),
        "key": "k",
        "fingerprint": bytes(range(32)),
    }
    return Ask(command=command, **given | named)


def told(one: Put) -> Any:
    """All that an ask or a question says, whatever kinds it says it by."""
    return msgspec.to_builtins(one, enc_hook=dict)


def replace_unchecked(command: Any, **fields: Any) -> Any:
    """A copy of a command that says something else, which nobody looked at."""
    changed = copy(command)
    for name, value in fields.items():
        force_setattr(changed, name, value)
    return changed


def through(*frames: bytes, piece: int = 1 << 20) -> list[bytes]:
    """The messages of frames that arrive in pieces of so many bytes."""
    whole, putting = b"".join(frames), Frames()
    pieces = (whole[at : at + piece] for at in range(0, len(whole), piece))
    return [message for one in pieces for message in putting.take(one)]


def test_every_command_arrives_as_it_was_given() -> None:
    given = commands()
    assert {one.__struct_config__.tag for one in given} == KINDS
    for command in given:
        sent = [
            ask(command),
            ask(command, key="", dry_run=True, via=Via(tool="import", file="f", sha256="0")),
        ]
        (message,) = through(asked(3, sent))
        assert decode_asked(message).number == 3
        arrived = asks_of(decode_asked(message))
        assert list(map(told, arrived)) == list(map(told, sent))
        for one in arrived:
            assert isinstance(one, Ask)
            assert isinstance(one.command, type(command))


def test_what_was_checked_at_the_door_is_not_checked_again() -> None:
    given = _command.decode(msgspec.json.encode({"do": "grant", **GRANT}))
    (message,) = through(asked(3, [ask(replace_unchecked(given, quantity=0, unit="no unit"))]))
    (arrived,) = asks_of(decode_asked(message))
    assert told(arrived)["command"] == {"do": "grant", **GRANT, "quantity": 0, "unit": "no unit"}


def test_what_is_no_command_is_not_read_as_one() -> None:
    handed = [
        1,
        {"do": "grant", **GRANT, "quantity": "8"},
        "ann",
        {"tool": "test"},
        "k",
        b"",
        False,
    ]
    sent = msgspec.Raw(msgspec.msgpack.encode([handed]))
    (message,) = through(framed(Asked(7, 1, sent)))
    with pytest.raises(msgspec.ValidationError):
        asks_of(decode_asked(message))


def test_a_question_arrives_as_it_was_asked_between_commands() -> None:
    plan = Plan(
        pool="h100", quantity=64, by=day(3), unit="vision", ends_at=day(9), avoid=("speech",),
        reason="A run", overrides=("notice",),
    )  # fmt: skip
    foreseen = (Foreseen("g", 7, 16, day(2), "high"), Foreseen("h", 8, 8, day(3), "low"))
    question = Question(plan=plan, by="ann", via=Via(tool="test"), foreseen=foreseen, reflected=9)
    sent = [ask(commands()[0]), question, ask(commands()[1])]
    (message,) = through(asked(4, sent))
    arrived = asks_of(decode_asked(message))
    assert list(map(told, arrived)) == list(map(told, sent))
    assert [type(one) for one in arrived] == [type(one) for one in sent]


def test_asks_that_cannot_be_read_can_still_be_counted() -> None:
    (message,) = through(framed(Asked(7, 2, msgspec.Raw(msgspec.msgpack.encode([1, 2])))))
    said = decode_asked(message)
    assert (said.number, said.count) == (7, 2)
    with pytest.raises(msgspec.ValidationError):
        asks_of(said)


class Told:
    """A committer that answers each ask at once."""

    def submit(self, ask: Put, done: Callable[[Answer], None]) -> None:
        self.submit_many((ask,), lambda answers: done(answers[0]))

    def submit_many(self, asks: Sequence[Put], done: Done) -> None:
        done([ANSWERS[0]] * len(asks))


def test_asks_that_cannot_be_read_are_answered_and_the_next_are_judged() -> None:
    doors, line = socket.socketpair()
    outbox = Outbox(line)
    with doors, line:
        doors.sendall(framed(Asked(7, 2, msgspec.Raw(msgspec.msgpack.encode([1, 2])))))
        doors.sendall(asked(8, [ask(commands()[0])]))
        doors.shutdown(socket.SHUT_WR)
        hand_in(line, Told(), outbox)
        outbox.flush()
        said = [decode_said(message) for message in through(doors.recv(1 << 20))]
    assert [(one.number, answers_of(one)) for one in said if isinstance(one, Answered)] == [
        (7, [BROKEN.told(None)] * 2), (8, [ANSWERS[0]]),
    ]  # fmt: skip


def test_answers_arrive_as_they_were_given() -> None:
    (message,) = through(answered(12, ANSWERS))
    said = decode_said(message)
    assert isinstance(said, Answered)
    assert said.number == 12
    assert answers_of(said) == ANSWERS


@pytest.mark.parametrize("trouble", [None, "cannot reach the database"])
def test_how_it_stands_arrives(trouble: str | None) -> None:
    (message,) = through(framed(Standing(trouble)))
    assert decode_said(message) == Standing(trouble)


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 64, 1000])
def test_frames_arrive_whole_in_whatever_pieces(piece: int) -> None:
    frames = [answered(number, ANSWERS * number) for number in range(20)]
    said = [decode_said(message) for message in through(*frames, piece=piece)]
    assert [one.number for one in said if isinstance(one, Answered)] == list(range(20))


def test_what_is_cut_off_is_no_message() -> None:
    frame = framed(Standing("something"))
    assert through(frame[:-1]) == []
    assert len(through(frame, frame[:-1])) == 1
