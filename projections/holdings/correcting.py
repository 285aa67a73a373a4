"""A correction counts the grants concerned anew, from all that was said of them (rule 8)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.acts import refolded
from ledger.events import Corrected, Event
from ledger.facts import GrantMaking, Reallocation
from ledger.records import GrantRecord
from ledger.sayings import Saying, grants_said, sayings
from projections.holdings.book import Book
from projections.holdings.standing import (
    GIVEN,
    LOANED,
    MOVED_IN,
    MOVED_OUT,
    RELEASED,
    Draw,
    Standing,
)
from projections.sheets import micros_2000


def renew(
    book: Book, facts: Mapping[str, Sequence[Event]], names: Iterable[str], position: int
) -> None:  # fmt: skip
    """Have the rows of grants as they follow from the facts about them up to a position."""
    for name in names:
        old = book.standing.pop(name, None)
        about = [fact for fact in facts[name] if fact.position <= position]
        told = said_of(name, about)
        if old is not None:
            book.strike(old, position)
            if old.lender in book.standing:
                _take_off(book, book.standing[old.lender], name, position)
        record = refolded(name, told)
        if record is None:
            continue
        grant = book.standing[name] = _standing(book, record, told)
        grant.told = tuple(fact.position for fact in about if fact.position != grant.made)
        grant.loans = () if old is None else old.loans
        book.lay(grant, position)
    for name in names:
        grant = book.standing.get(name)
        if grant is not None:
            lender = book.standing.get(grant.lender or "")
            if lender is not None and name not in lender.loans:
                lender.loans = (*lender.loans, name)
            book.mirror_all(grant, position)


def said_of(name: str, facts: Iterable[Event]) -> dict[int, Saying | None]:
    """What facts, in their order, say of a grant, each by the last correction among them."""
    said: dict[int, Saying | None] = {}
    for event in facts:
        if not isinstance(event, Corrected):
            said[event.position] = Saying(event.effective_at, event.data)
            continue
        _, now = sayings(event.data)
        said[event.data.corrects] = now if name in grants_said(now) else None
    return said


def _take_off(book: Book, lender: Standing, loan: str, position: int) -> None:
    """A loan is counted anew: the lender has it no more until then."""
    book.exchange(lender, loan, (), position)
    lender.loans = tuple(one for one in lender.loans if one != loan)


def _standing(book: Book, record: GrantRecord, told: Mapping[int, Saying | None]) -> Standing:
    maker: Any = told[record.made]
    kind = GIVEN
    if not isinstance(maker.fact, GrantMaking):
        kind = LOANED if maker.fact.loan else MOVED_IN
    start, end = micros_2000(record.start), micros_2000(record.end)
    grant = Standing(
        record.grant, book.level(record.pool, record.unit), record.grant_class, kind, start,
        record.start, end, record.end, record.first, record.left, record.made, 0,
        max(start, end), record.ended, [], record.lender,
    )  # fmt: skip
    for one in record.draws:
        source: Any = told[one.position]
        is_move = isinstance(source.fact, Reallocation)
        if one.quantity:
            at = micros_2000(one.instant)
            grant.draw(
                Draw(0, MOVED_OUT if is_move else RELEASED, -one.quantity, at, at, one.position,
                     source.fact.to_unit if is_move else None)
            )  # fmt: skip
    return grant
