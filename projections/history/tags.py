"""What an event is found by: everything that it names, and its words, as tags of the index."""

from ledger.events import Event, Noted
from ledger.periods import Instant
from projections.history.flags import flags
from projections.history.naming import Names
from projections.history.words import words_of

WORD_MAX = 100
"""A longer word is found by how it begins; a look at the event's words settles it."""


def tags(event: Event, named: Names, words: tuple[str, ...]) -> set[str]:
    """The tags of an event."""
    found = {
        f"by:{event.by}",
        f"topic:{event.__struct_config__.tag}",
        f"code:{event.reason_code}",
        month_of(event.effective_at),
    }
    if event.on_behalf_of is not None:
        found.add(f"by:{event.on_behalf_of}")
    for unit in named.units:
        found.add(f"unit:{unit}")
    for pool in named.pools:
        found.add(f"pool:{pool}")
    for flag in flags(event):
        found.add(f"flag:{flag}")
    for word in words:
        found.add(tag_of_word(word))
    return found


def words_told(event: Event) -> tuple[str, ...]:
    """The words of an event's reason, and of the note that it is."""
    words = () if event.reason is None else words_of(event.reason)
    return words if not isinstance(event, Noted) else (*words, *words_of(event.data.text))


def tag_of_word(word: str) -> str:
    """The tag that a word is found by."""
    return f"word:{word[:WORD_MAX]}"


def month_of(instant: Instant) -> str:
    """The tag of the month in which something takes effect."""
    return f"month:{instant[:7]}"
