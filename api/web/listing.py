"""The grants of a unit as its page lists them: those that end first, or all."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Final

from msgspec import Struct

from api.web.record import Record
from ledger.periods import Instant
from projections.holdings.read import GrantFacts

ORDER: Final = ("live", "ahead", "ended")
AT_ONCE: Final = 100
"""So many are looked at together for those that end first: most of them are live."""


class GrantRow(Struct, frozen=True, kw_only=True):
    """One grant: `quantity` is in hand at the instant, `lent` is not."""

    grant: str
    pool: str
    unit: str
    name: str
    quantity: int
    lent: int
    first: int
    starts_at: Instant
    ends_at: Instant
    grant_class: str
    state: str


class Listing:
    """Grants in the order of the page: live ones first, those that end first before others."""

    def __init__(
        self, grants: Sequence[GrantFacts], now: Mapping[str, int], record: Record
    ) -> None:
        """Take grants and what each has in hand now."""
        self._record = record
        self._now = now
        self._lent = {one.grant: one.lent for one in record.loaned}
        known = [(ORDER.index(self._state(one)), one.end, one.start, one.grant, one)
                 for one in grants]  # fmt: skip
        known.sort(key=itemgetter(0, 1, 2, 3))
        self.grants = [one for *_, one in known]
        self.live = sum(place < ORDER.index("ended") for place, *_ in known)

    def _state(self, grant: GrantFacts) -> str:
        own = self._now.get(grant.grant, 0) or self._lent.get(grant.grant, 0)
        return state(grant.start, own, self._record.valid_at)

    def rows(self, count: int) -> list[GrantRow]:
        """So many of them as they are shown."""
        names = self._record.names
        return [
            GrantRow(
                grant=grant.grant,
                pool=grant.pool,
                unit=grant.unit,
                name=names.get(grant.unit, grant.unit),
                quantity=self._now.get(grant.grant, 0),
                lent=self._lent.get(grant.grant, 0),
                first=grant.first,
                starts_at=grant.start,
                ends_at=grant.end,
                grant_class=grant.grant_class,
                state=self._state(grant),
            )
            for grant in self.grants[:count]
        ]


def state(start: Instant, own: int, at: Instant) -> str:
    """Whether a grant is ahead, live, or has nothing of its own any more."""
    if at < start:
        return "ahead"
    return "live" if own else "ended"


def ending_first(record: Record, unit: str, count: int) -> Sequence[GrantRow]:
    """The live grants of a unit and all below it that end first, and then those ahead."""
    found: list[GrantRow] = []
    for begun in (True, False):
        for some in _by_end(record, unit, begun=begun):
            listing = Listing(some, record.held_by([one.grant for one in some]), record)
            found += listing.rows(listing.live)
            if len(found) >= count:
                return found[:count]
    return found


def _by_end(record: Record, unit: str, *, begun: bool) -> Iterator[Sequence[GrantFacts]]:
    seen = 0
    while some := record.ending(unit, begun=begun, after=seen, limit=AT_ONCE):
        yield some
        seen += len(some)
