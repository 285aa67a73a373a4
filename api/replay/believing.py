"""The facts of a log as they are believed at its end: each once, as its last correction says."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from api.replay.stretches import Stretch
from ledger.codec import decode
from ledger.events import TOPICS, Corrected, Event
from ledger.facts import Replacement
from ledger.sayings import saying

_TOPIC: Final = {kind: topic for topic, kind in TOPICS.items()}
# In canonical JSON no text holds a bare quotation mark: this is the event's own topic.
_MARK: Final = f'"topic":"{_TOPIC[Corrected]}"'.encode()

Corrections = Mapping[int, Replacement | None]
"""What the corrected events say instead, by position; None: it never happened."""


def corrections(stretches: Iterable[Stretch]) -> tuple[Corrections, int]:
    """What the last correction of each event says, and the position at which the log ends."""
    found: dict[int, Replacement | None] = {}
    count = 0
    for stretch in stretches:
        count += len(stretch.stored)
        for stored in stretch.stored:
            if _MARK in stored:
                event = decode(stored)
                if isinstance(event, Corrected):
                    found[event.data.corrects] = event.data.replacement
    return found, count


def believed(stored: Iterable[bytes], corrected: Corrections) -> Iterator[Event]:
    """The facts of stored events; what never happened, and corrections themselves, are left out."""
    for one in stored:
        event = decode(one)
        if isinstance(event, Corrected):
            continue
        if event.position not in corrected:
            yield event
            continue
        said = saying(_TOPIC[type(event)], corrected[event.position])
        if said is not None:
            yield replace(event, effective_at=said.at, data=said.fact)
