"""Which corrections are revisions: by what the grants concerned own, before and after (rule 8).

What an event says is not enough: a release may take effect later than it says, or an end may have
been moved since. So the grants are counted as they were believed just before the correction, and by
it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from ledger.acts import refolded
from ledger.codec import decode
from ledger.events import Corrected, Event
from ledger.holding import pieces
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.sayings import Saying, fact_of, grants_about, grants_said, sayings
from ledger.steps import Delta, net
from projections.statements import Connection, rows, statements, texts

SQL: Final = statements("projections.history")
Facts = Mapping[str, Sequence[Event]]
"""What is recorded about each of some grants, in order."""


class Change(Struct, frozen=True):
    """A grant as it was believed before a correction, and by it; None = it was never made."""

    grant: str
    before: GrantRecord | None
    after: GrantRecord | None

    @property
    def own(self) -> list[Delta]:
        """What it owns more, or less, and when."""
        less = [(start, end, -own) for start, end, own in _pieces(self.before)]
        return net([*_pieces(self.after), *less])

    @property
    def first(self) -> Instant | None:
        """The first instant at which anything is different; None when nothing is."""
        starts = [start for start, _, _ in self.own]
        if self.before is not None and self.after is not None:
            was, now = self.before, self.after
            if (was.unit, was.grant_class, was.lender) != (now.unit, now.grant_class, now.lender):
                starts.append(min(was.start, now.start))
        return min(starts, default=None)


def revisions(connection: Connection, corrected: Sequence[Corrected]) -> frozenset[int]:
    """The positions of those that change nothing before they were recorded."""
    return revisions_among(corrected, _facts(connection, corrected))


def revisions_among(corrected: Iterable[Corrected], facts: Mapping[int, Event]) -> frozenset[int]:
    """The same, given by position all facts about the grants that they are about."""
    corrected = list(corrected)
    found = _changes(corrected, _by_grant(facts))
    return frozenset(
        event.position
        for event in corrected
        if _first(event, found[event.position]) >= event.recorded_at
    )


def changes(connection: Connection, corrected: Sequence[Corrected]) -> dict[int, list[Change]]:
    """What each of some corrections changes of grants, by position."""
    return _changes(corrected, _by_grant(_facts(connection, corrected)))


def _facts(connection: Connection, corrected: Iterable[Corrected]) -> Mapping[int, Event]:
    """The facts about the grants that some corrections are about."""
    corrected = list(corrected)
    grants = {grant for event in corrected for grant in grants_about(event)}
    if not grants:
        return {}
    given = {
        "subjects": texts(grants),
        "known_at": max(event.position for event in corrected),
    }
    return {
        position: decode(stored) for position, stored in rows(connection, SQL["facts_about"], given)
    }


def _by_grant(facts: Mapping[int, Event]) -> Facts:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for position in sorted(facts):
        for grant in grants_about(facts[position]):
            found[grant].append(facts[position])
    return found


def _changes(corrected: Sequence[Corrected], facts: Facts) -> dict[int, list[Change]]:
    """What corrections change of grants: each grant's facts are gone through once for all."""
    about = {event.position: grants_about(event) for event in corrected}
    found = {
        grant: _turns(grant, facts.get(grant, ()), about)
        for grant in dict.fromkeys(grant for grants in about.values() for grant in grants)
    }
    return {
        position: [found[grant].get(position, Change(grant, None, None)) for grant in grants]
        for position, grants in about.items()
    }


def _turns(grant: str, facts: Iterable[Event], wanted: Collection[int]) -> dict[int, Change]:
    """What some corrections change of a grant, given the facts about it in their order."""
    found: dict[int, Change] = {}
    said: dict[int, Saying | None] = {}
    """What they say so far, each by the last correction of it."""
    known: GrantRecord | None = None
    is_known = False
    for event in facts:
        if event.position not in wanted:
            _say(said, grant, event)
            is_known = False
            continue
        before = known if is_known else refolded(grant, said)
        _say(said, grant, event)
        known, is_known = refolded(grant, said), True
        found[event.position] = Change(grant, before, known)
    return found


def _say(said: dict[int, Saying | None], grant: str, event: Event) -> None:
    if isinstance(event, Corrected):
        _, now = sayings(event.data)
        said[event.data.corrects] = now if grant in grants_said(now) else None
    else:
        said[event.position] = Saying(event.effective_at, fact_of(event))


def _first(event: Corrected, changes: Iterable[Change]) -> Instant:
    """The first instant at which a correction changes anything; of other than grants as it says."""
    told = [one.at for one in sayings(event.data) if one is not None]
    found = [one.first for one in changes]
    return min((at for at in found if at is not None), default=min(told))


def _pieces(record: GrantRecord | None) -> list[Delta]:
    return [] if record is None else list(pieces(record, record.start, record.end))
