"""Events as a fold needs them: what only people read is passed over instead of decoded."""

from typing import Any, Final, Union, cast

import msgspec

from ledger.events import TOPICS, Recorded

NEEDED: Final = (
    "position", "recorded_at", "effective_at", "by", "confirmed_by", "request", "data", "proposal",
)  # fmt: skip
"""All that `ledger.evolve` asks of an event."""


def _gist(topic: str, kind: type[Recorded]) -> type[Recorded]:
    fields = [
        (one.name, one.type) if one.required else (one.name, one.type, one.default)
        for one in msgspec.structs.fields(kind)
        if one.name in NEEDED
    ]
    made = msgspec.defstruct(
        kind.__name__, fields, tag=topic, tag_field="topic", frozen=True, kw_only=True
    )
    return cast("type[Recorded]", made)


GISTS: Final = {topic: _gist(topic, kind) for topic, kind in TOPICS.items()}
"""The gist of every topic."""
_gists: Any = Union[tuple(GISTS.values())]  # noqa: UP007 - made of what is not known by name
_decoder: msgspec.json.Decoder[Recorded] = msgspec.json.Decoder(_gists)


def gist(stored: bytes) -> Recorded:
    """What of an event a fold needs. The bytes were checked when they were stored."""
    return _decoder.decode(stored)


def gists(lines: bytes) -> list[Recorded]:
    """The gist of each event, of which every line has the bytes."""
    return _decoder.decode_lines(lines)
