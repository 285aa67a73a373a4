"""What an event is found by: everything that it names, and its words, as tags of the index."""

from functools import lru_cache
from typing import NamedTuple

from ledger.events import Event, Noted, Recorded
from ledger.periods import Instant
from projections.history.flags import flags, is_plain
from projections.history.search import Flag
from projections.history.words import words_of

WORD_MAX = 100
"""A longer word is found by how it begins; a look at the event's words settles it."""


class Told(NamedTuple):
    """The words of an event between blanks, and the tags that they are found by."""

    words: str | None
    tags: frozenset[str]


Mark = tuple[type[Recorded], str, str, str | None, str, str | None, str, tuple[Flag, ...]]
"""What the tags of an event but its units and pools follow from; many events share it."""


def mark(event: Event) -> Mark:
    """The mark of an event."""
    kind: type[Recorded] = type(event)
    return (
        kind,
        event.reason_code,
        event.by,
        event.on_behalf_of,
        event.effective_at[:10],
        event.reason,
        event.data.text if isinstance(event, Noted) else "",
        () if is_plain(event) else tuple(one for one in flags(event) if one != "revision"),
    )


def tags_of(mark: Mark) -> set[str]:
    """The tags that follow from a mark."""
    kind, code, by, on_behalf_of, day, reason, text, flagged = mark
    found = {
        f"by:{by}",
        f"topic:{kind.__struct_config__.tag}",
        f"code:{code}",
        f"month:{day[:7]}",
        f"day:{day}",
        *_told(reason or "", text).tags,
        *(f"flag:{flag}" for flag in flagged),
    }
    if on_behalf_of is not None:
        found.add(f"by:{on_behalf_of}")
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
