"""What people saw when they looked, held against the books at the position that it states."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Literal

import msgspec
from msgspec import Struct

from ledger.log import StoredEvent
from tests.support.books import Books
from tests.support.people import Told


class Look(Struct, frozen=True, kw_only=True):
    """What was asked for, what was shown, and when (monotonic seconds).

    `min_position` and `known_at` are 0, and `valid_at` is empty, when they were left out.
    """

    what: Literal["holdings", "capacity"]
    min_position: int = 0
    valid_at: str = ""
    known_at: int = 0
    status: int
    body: bytes
    sent: float
    received: float


class Row(Struct, frozen=True):
    """A line of either list, as far as it is compared."""

    unit: str = ""
    quantity: int = 0
    guaranteed: int = 0
    borrowed: int = 0
    deliverable: int = 0
    held: int = 0
    free: int = 0
    allocatable: int = 0
    overcommitted: int = 0


class Page(Struct, frozen=True):
    """Either list."""

    position: int
    valid_at: str
    items: tuple[Row, ...]
    totals: tuple[Row, ...] = ()


def position_of(look: Look) -> int:
    """The position that an answer states."""
    return msgspec.json.decode(look.body, type=Page).position


def untrue(log: Sequence[StoredEvent], looks: Iterable[Look]) -> list[str]:
    """Where an answer is not what the books say at the position and the instant it states."""
    at: defaultdict[int, list[tuple[Look, Page]]] = defaultdict(list)
    for look in looks:
        page = msgspec.json.decode(look.body, type=Page)
        at[page.position].append((look, page))
    found: list[str] = []
    books = Books()
    for event in log:
        is_whole = books.take(event.stored)
        for look, page in at.pop(books.position, ()):
            if not is_whole:
                found.append(f"a look states position {page.position}, inside a decision")
            found += _wrong(books, look, page)
    found += [f"a look states position {position}, where nothing is" for position in at]
    return found


def _wrong(books: Books, look: Look, page: Page) -> list[str]:
    """What is wrong with one answer, by the books at its position."""
    found: list[str] = []
    if look.valid_at and page.valid_at != look.valid_at:
        found.append(f"{look.valid_at} was asked about, and {page.valid_at} answered")
    if page.valid_at < books.now:
        found.append(f"position {page.position} shown at {page.valid_at}, before it was recorded")
        return found
    if look.known_at > page.position:
        found.append(f"{page.position} is not what was known at {look.known_at}")
    if look.what == "holdings":
        said = {row.unit: (row.guaranteed, row.borrowed) for row in page.items}
        true = books.holders(page.valid_at)
        sums = [(row.quantity, row.deliverable) for row in page.totals]
        held = books.held.at(page.valid_at)
        if said != true or sums != ([(held, held)] if held else []):
            found.append(f"position {page.position}: shown {said} {sums}, true {true} {held}")
        if list(said) != sorted(said) or len(said) != len(page.items):
            found.append(f"position {page.position}: out of order: {page.items}")
    else:
        rows = [(row.allocatable, row.held, row.free, row.overcommitted) for row in page.items]
        held = books.held.at(page.valid_at)
        true_row = (books.capacity, held, books.capacity - held, 0)
        if rows != [true_row]:
            found.append(f"position {page.position}: shown {rows}, true {true_row}")
    return found


def looks_out_of_order(looks: Sequence[Look], told: Sequence[Told]) -> list[str]:
    """Where somebody missed what was promised, or what a look had shown before they began.

    All look at one database, so what was shown once is not gone for who looks later, and whoever
    asks later is judged behind it. A look as of a position (`known_at`) may be as old as it likes.
    """
    found = [
        f"position {position_of(look)} shown, {look.min_position} promised"
        for look in looks
        if position_of(look) < look.min_position
    ]
    ended = sorted(looks, key=lambda look: look.received)
    newest = list(accumulate(map(position_of, ended), max))
    moments = [look.received for look in ended]
    came = [(look.sent, position_of(look), "shown") for look in looks if not look.known_at]
    for one in told:
        if not one.replayed:
            # A decision stands behind what was shown; a refusal was judged there at the earliest.
            behind = one.position - (one.status == 201)
            came.append((one.sent, behind, f"behind {one.asked.key}"))
    for sent, position, how in came:
        before = bisect_right(moments, sent)
        if before and newest[before - 1] > position:
            found.append(f"position {position} {how} after {newest[before - 1]} was shown")
    return found


def foretold(told: Sequence[Told], looks: Sequence[Look]) -> list[str]:
    """Answers that state a position before everything up to it had even been asked for."""
    asked: dict[int, float] = {}
    for one in told:
        if one.status == 201:
            asked[one.position] = min(one.sent, asked.get(one.position, one.sent))
    positions = sorted(asked)
    latest = list(accumulate(map(asked.__getitem__, positions), max))
    said = [(one.position, one.received) for one in told]
    said += [(position_of(look), look.received) for look in looks]
    found: list[str] = []
    for position, received in said:
        before = bisect_right(positions, position)
        if before and latest[before - 1] > received:
            found.append(f"position {position} was stated before it was asked for")
    return found
