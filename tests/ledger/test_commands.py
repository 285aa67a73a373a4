"""What a command may say: checked when it is made, before anybody judges it."""

from typing import Any

import msgspec
import pytest

from ledger.commands import AnyCommand

DO = msgspec.json.Decoder(AnyCommand)
LARGEST = 2**53 - 1
GRANT: dict[str, Any] = {"do": "grant", "pool": "phoenix/h100", "unit": "vision", "quantity": 8}
UNIT: dict[str, Any] = {"do": "create_unit", "unit": "vision"}
LEAD: dict[str, Any] = {"do": "delegate", "to": "ann", "role": "lead", "unit": "vision"}
NOTE: dict[str, Any] = {"do": "note", "about": {"unit": "vision"}, "text": "words"}
ID = "0192f0c1-7a10-7c3e-8b54-0000000000ff"
AWARDED: dict[str, Any] = {"awarded": [{"pool": "phoenix/h100", "quantity": 8}]}
ANSWER: dict[str, Any] = {"do": "decide_request", "request": ID}
REVISE: dict[str, Any] = {"do": "revise_pledge", "pledge": ID, "quantity": 8}
PLEDGE: dict[str, Any] = {
    "do": "pledge", "to_unit": "vision", "pools": ["phoenix/h100"], "quantity": 8,
    "from": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:00.000001Z",
}  # fmt: skip


def made(*parts: dict[str, Any]) -> Any:
    whole: dict[str, Any] = {}
    for part in parts:
        whole |= part
    return DO.decode(msgspec.json.encode(whole))


def test_text_is_kept_in_its_composed_form() -> None:
    assert made(GRANT, {"reason": "Cafe\u0301"}).reason == "Caf\u00e9"
    assert made(LEAD, {"to": "Zoe\u0308"}).to == "Zo\u00eb"


@pytest.mark.parametrize(
    "ask",
    [
        GRANT | {"quantity": 0},
        GRANT | {"quantity": LARGEST + 1},
        GRANT | {"quantity": 8.0},
        GRANT | {"quantity": True},
        GRANT | {"unit": "vision/"},
        GRANT | {"unit": "vision\n"},
        GRANT | {"unit": ".."},
        GRANT | {"unit": "v" * 201},
        GRANT | {"request": "the one of May"},
        GRANT | {"starts_at": "2026-01-01T00:00:00"},
        GRANT | {"starts_at": "2026-01-01T00:00:60Z"},
        GRANT | {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-02T01:00:00+01:00"},
        GRANT | {"reason": "left \u202eright"},
        GRANT | {"reason": "a\u0000b"},
        GRANT | {"reason": "a" * 4001},
        GRANT | {"on_behalf_of": " "},
        GRANT | {"if_unchanged": True},
        UNIT | {"name": "  "},
        LEAD | {"to": " "},
        LEAD | {"to": "ann "},
        NOTE | {"text": "\u00a0"},
        NOTE | {"about": {"unit": "vision", "position": 1}},
        ANSWER | AWARDED | {"outcome": "denied"},
        ANSWER | AWARDED | {"outcome": "deferred"},
        ANSWER | AWARDED | {"outcome": "approved", "rest": "waits"},
        ANSWER | {"outcome": "partly"},
        ANSWER | {"outcome": "denied", "rest": "waits"},
        ANSWER | {"outcome": "deferred", "rest": "closed"},
        PLEDGE | {"of_unit": "lab"},
        PLEDGE | {"until": "2026-01-01T00:00:00Z"},
        PLEDGE | {"until": "2025-12-31T23:59:59Z"},
        REVISE | {"of_unit": "lab"},
        REVISE | {"share_bp": 500},
    ],
    ids=str,
)
def test_what_no_command_may_say(ask: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        made(ask)


@pytest.mark.parametrize(
    "ask",
    [
        ANSWER | AWARDED | {"outcome": "approved", "rest": "closed"},
        ANSWER | AWARDED | {"outcome": "partly", "rest": "waits"},
        ANSWER | AWARDED | {"outcome": "partly", "rest": "closed"},
        ANSWER | {"outcome": "denied", "rest": "closed"},
        ANSWER | {"outcome": "deferred", "rest": "waits"},
        PLEDGE,
        REVISE,
        REVISE | {"of_unit": None},
    ],
    ids=str,
)
def test_what_a_command_may_say(ask: dict[str, Any]) -> None:
    assert made(ask)


def test_the_largest_quantity_can_be_asked_for() -> None:
    assert made(GRANT, {"quantity": LARGEST}).quantity == LARGEST


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("ends_at", "2027-02-30T00:00:00Z", "ends_at: '2027-02-30T00:00:00Z' is not a time"),
        (
            "starts_at",
            "2027-02-28",
            "starts_at: .* a day without a time: write 2027-02-28T00:00:00Z",
        ),
        ("effective_at", "Friday", "effective_at: 'Friday' .* such as 2027-01-31T14:30:00Z"),
    ],
)
def test_of_several_times_the_one_that_is_none_is_named(field: str, text: str, words: str) -> None:
    times = {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2027-03-01T00:00:00Z"}
    with pytest.raises(msgspec.ValidationError, match=words):
        made(GRANT | times | {field: text})
