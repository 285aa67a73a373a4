"""What an event says, or is corrected to say: when it takes effect, and its data by topic."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from ledger.events import TOPICS
from ledger.facts import Fact, Replacement
from ledger.periods import Instant


class Saying(Struct, frozen=True):
    """When a fact takes effect, and what it says."""

    at: Instant
    fact: Fact


FACTS: Final[dict[str, type[Fact]]] = {
    topic: next(one.type for one in msgspec.structs.fields(kind) if one.name == "data")
    for topic, kind in TOPICS.items()
}
"""What the `data` of each topic is."""

_decoders: Final = {topic: msgspec.json.Decoder(kind) for topic, kind in FACTS.items()}
_encoder: Final = msgspec.json.Encoder(order="sorted")


def saying(topic: str, said: Replacement | None) -> Saying | None:
    """What stands in a correction; None = it never happened."""
    return None if said is None else Saying(said.effective_at, _decoders[topic].decode(said.data))


def replacement(said: Saying | None) -> Replacement | None:
    """The same as a correction keeps it: `data` as canonical JSON (RFC 8785)."""
    if said is None:
        return None
    return Replacement(effective_at=said.at, data=Raw(_encoder.encode(said.fact)))
