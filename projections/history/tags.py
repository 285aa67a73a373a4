"""What an event is found by: everything that it names, and its words, as tags of the index."""

from functools import lru_cache
from typing import NamedTuple

from ledger.events import Event, Noted
from ledger.periods import Instant
from projections.history.flags import flags
from projections.history.naming import Names
from projections.history.words import words_of

WORD_MAX = 100
"""A longer word is found by how it begins; a look at the event's words settles it."""


class Told(NamedTuple):
    """The words of an event between blanks, and the tags that they are found by."""

    words: str | None
    tags: frozenset[str]


def tags(event: Event, named: Names, told: Told) -> set[str]:
    """The tags of an event."""
    found = {
        f"by:{event.by}",
        f"topic:{event.__struct_config__.tag}",
        f"code:{event.reason_code}",
        month_of(event.effective_at),
        day_of(event.effective_at),
        *told.tags,
    }
    if event.on_behalf_of is not None:
        found.add(f"by:{event.on_behalf_of}")
    for unit in named.units:
        found.add(f"unit:{unit}")
    for pool in named.pools:
        found.add(f"pool:{pool}")
    for flag in flags(event):
        found.add(f"flag:{flag}")
    return found


def told(event: Event) -> Told:
    """The words of an event's reason, and of the note that it is."""
    text = event.data.text if isinstance(event, Noted) else ""
    return _told(event.reason or "", text)


@lru_cache(maxsize=10_000)
def _told(reason: str, text: str) -> Told:
    # Reasons come again and again: a decision gives all its events the same.
    words = (*words_of(reason), *words_of(text))
    if not words:
        return Told(None, frozenset())
    return Told(f" {' '.join(words)} ", frozenset(map(tag_of_word, words)))


def tag_of_word(word: str) -> str:
    """The tag that a word is found by."""
    return f"word:{word[:WORD_MAX]}"


def month_of(instant: Instant) -> str:
    """The tag of the month in which something takes effect."""
    return f"month:{instant[:7]}"


def day_of(instant: Instant) -> str:
    """The tag of the day on which something takes effect."""
    return f"day:{instant[:10]}"
