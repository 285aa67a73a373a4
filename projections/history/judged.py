"""Flags that take a second look: at grants as they were believed, and at who led or decided what.

The first are of this read model; the second are told by a judge, who knows the organisation.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from ledger.codec import decode
from ledger.events import Corrected, Event
from ledger.store.reading import read_at
from projections.history.flags import JUDGED, flags
from projections.history.revisions import revisions, revisions_among
from projections.history.search import FLAGS, Flag
from projections.statements import Connection

Judge = Callable[[Flag, Sequence[int]], Collection[int]]
"""Which of some positions, that may have a flag, have it."""


def judged(
    connection: Connection, judge: Judge | None, flag: Flag, positions: Sequence[int]
) -> Collection[int]:
    """Which of some positions have a flag of those that take a second look."""
    if flag == "revision":
        found = [decode(one.stored) for one in read_at(connection, positions)]
        return revisions(connection, [one for one in found if isinstance(one, Corrected)])
    if judge is None:
        raise ValueError(f"flag:{flag} needs to be told who led and decided what")
    return judge(flag, positions)


def judged_flags(
    events: Mapping[int, Event], judge: Judge | None, facts: Mapping[int, Event]
) -> Mapping[int, tuple[Flag, ...]]:
    """The flags of some events by position, in order; without a judge what the events tell.

    `facts` are all about the grants that corrections among them are about.
    """
    first = {position: flags(event) for position, event in events.items()}
    corrected = [event for event in events.values() if isinstance(event, Corrected)]
    has: dict[Flag, Collection[int]] = {}
    if corrected:
        has["revision"] = revisions_among(corrected, facts)
    for flag, may in JUDGED.items() if judge is not None else ():
        some = [position for position, found in first.items() if may in found]
        if some and flag != "revision":
            has[flag] = judge(flag, some) if judge is not None else ()
    if not has:
        return first
    return {
        position: tuple(
            flag for flag in FLAGS if (position in has[flag] if flag in has else flag in found)
        )
        for position, found in first.items()
    }
