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
    ],
    ids=str,
)
def test_what_no_command_may_say(ask: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        made(ask)


def test_the_largest_quantity_can_be_asked_for() -> None:
    assert made(GRANT, {"quantity": LARGEST}).quantity == LARGEST
