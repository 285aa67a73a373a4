"""What an event says, or is corrected to say: when it takes effect, and its data by topic."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from ledger.events import TOPICS, Corrected, Recorded
from ledger.facts import (
    Correction,
    Extension,
    Fact,
    GrantMaking,
    Reallocation,
    ReleaseOfGrants,
    Replacement,
)
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


def sayings(correction: Correction) -> tuple[Saying | None, Saying | None]:
    """What a correction says was said until now, and what is said from now on."""
    topic = correction.topic
    return saying(topic, correction.was), saying(topic, correction.replacement)


def fact_of(event: Recorded) -> Fact:
    """What an event says, without the envelope."""
    fact: Fact = getattr(event, "data")  # noqa: B009 - every event has one, of its own kind
    return fact


def grants_about(event: Recorded) -> tuple[str, ...]:
    """The grants that an event makes, takes from or ends; a correction, before and after."""
    if isinstance(event, Corrected):
        return grants_said(*sayings(event.data))
    return grants_said(Saying(event.effective_at, fact_of(event)))


def replacement(said: Saying | None) -> Replacement | None:
    """The same as a correction keeps it: `data` as canonical JSON (RFC 8785)."""
    if said is None:
        return None
    return Replacement(effective_at=said.at, data=Raw(_encoder.encode(said.fact)))


def grants_said(*sayings: Saying | None) -> tuple[str, ...]:
    """The grants that these sayings make, take from or end, each once."""
    found: list[str] = []
    for said in sayings:
        match said.fact if said is not None else None:
            case GrantMaking(grant=grant) | Extension(grant=grant):
                found.append(grant)
            case ReleaseOfGrants(legs=legs):
                found += [leg.grant for leg in legs]
            case Reallocation(legs=legs, to_grant=made):
                found += [*(leg.grant for leg in legs), made]
            case _:
                pass
    return tuple(dict.fromkeys(found))
