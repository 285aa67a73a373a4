"""What a grant holds over time (domain, rule 0) and what can be taken from it (rule 5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ledger.periods import FOREVER, MICROSECOND, Instant, shifted
from ledger.records import Draw, GrantRecord
from ledger.steps import Delta

DrawOrder = tuple[int, int, str]
"""Borrowed before guaranteed, latest start first, then by id (rule 5, by holder)."""


def draw_order(grant: GrantRecord) -> DrawOrder:
    """The place of a grant among those its unit gives from."""
    return (0 if grant.grant_class == "borrowed" else 1, -grant.began, grant.grant)


def pieces(grant: GrantRecord, start: Instant, end: Instant) -> Iterator[
    tuple[Instant, Instant, int]
]:  # fmt: skip
    """own(t) over `[start, end)` as if the grant lived through it: (from, to, quantity) runs."""
    own = grant.first
    at = start
    for draw in grant.draws:
        if draw.instant <= start:
            own -= draw.quantity
        elif draw.instant >= end:
            break
        else:
            if draw.instant > at:
                yield at, draw.instant, own
            at = draw.instant
            own -= draw.quantity
    if at < end:
        yield at, end, own


def own_at(grant: GrantRecord, instant: Instant) -> int:
    """own(t): the first quantity less what left by then, within `[start, end)`, else 0."""
    if not grant.start <= instant < grant.end:
        return 0
    own = grant.left
    draws = grant.draws
    if draws and draws[-1].instant > instant:
        # Counted from the end: a grant drawn on for years has few draws still ahead.
        for draw in reversed(draws):
            if draw.instant <= instant:
                break
            if draw.instant < grant.end:
                own += draw.quantity
    return own


def left_until(grant: GrantRecord, end: Instant) -> int:
    """The least own(t) would be if the grant lived until `end`."""
    return grant.first - sum(draw.quantity for draw in grant.draws if draw.instant < end)


def scheduled_releases(grant: GrantRecord, after: Instant) -> list[Draw]:
    """Releases still to come after an instant and before the grant's end, soonest first."""
    return [draw for draw in leaving(grant, after) if draw.is_release]


def leaving(grant: GrantRecord, after: Instant) -> list[Draw]:
    """What is to leave a grant after an instant and before its end, soonest first."""
    found: list[Draw] = []
    if not grant.draws:
        return found
    for draw in reversed(grant.draws):
        if draw.instant <= after:
            break
        if draw.quantity and draw.instant < grant.end:
            found.append(draw)
    found.reverse()
    return found


def gives(grant: GrantRecord, now: Instant) -> bool:
    """Whether a grant has something left, or something is still to leave it."""
    return bool(grant.left or (grant.draws and leaving(grant, max(now, grant.start))))


def turns(grant: GrantRecord, now: Instant) -> list[Instant]:
    """When, ahead of an instant, a grant gives something away, and when it ends with anything."""
    if grant.start >= grant.end or not (grant.left or grant.draws):
        return []
    found: list[Instant] = []
    if grant.draws:
        found += [draw.instant for draw in leaving(grant, max(now, grant.start))]
    if grant.left and now < grant.end != FOREVER:
        found.append(grant.end)
    return found


def takable(
    grant: GrantRecord,
    at: Instant,
    now: Instant,
    loans: Sequence[GrantRecord] = (),
    *,
    advance: bool = True,
) -> int:
    """How much a leg at `at` can take, recorded at `now`, without ever falling below zero.

    That is what is left for good, and what a release still ahead of both was to take (advanced,
    unless told not to). What is lent is not in hand until it is back.
    """
    if loans:
        lowest = lowest_hold(grant, loans, at, past=now if advance else None)
        return 0 if lowest is None else lowest[1]
    if not advance or not grant.draws:
        return grant.left
    return grant.left + sum(draw.quantity for draw in scheduled_releases(grant, max(at, now)))


def with_draw(draws: tuple[Draw, ...], new: Draw) -> tuple[Draw, ...]:
    """The draws with one more, kept in the order of instant and then position."""
    place = len(draws)
    while place and draws[place - 1].instant > new.instant:
        place -= 1
    return (*draws[:place], new, *draws[place:])


def hold_at(grant: GrantRecord, instant: Instant, loans: Iterable[GrantRecord] = ()) -> int:
    """hold(t): what the grant owns less what its loans own, within `[start, end)`, else 0."""
    if not grant.start <= instant < grant.end:
        return 0
    return own_at(grant, instant) - sum(own_at(loan, instant) for loan in loans)


def hold_changes(
    grant: GrantRecord, since: Instant, loans: Sequence[GrantRecord] = ()
) -> Iterator[tuple[Instant, int]]:
    """hold(t) at instants from `since` on: by how much it changes when, from nothing to nothing."""
    begin = max(since, grant.start)
    if begin >= grant.end:
        return
    own = grant.left
    for draw in leaving(grant, begin):
        own += draw.quantity
        yield draw.instant, -draw.quantity
    yield begin, own
    yield grant.end, -grant.left
    for loan in loans:
        for start, end, owned in pieces(loan, max(begin, loan.start), min(grant.end, loan.end)):
            yield start, -owned
            yield end, owned


def held_last(grant: GrantRecord, loans: Iterable[GrantRecord] = ()) -> int:
    """What a grant had in hand just before it ended; 0 for one that never held."""
    return hold_at(grant, shifted(grant.end, -MICROSECOND), loans)


def held_pieces(grant: GrantRecord, loans: Iterable[GrantRecord] = ()) -> list[Delta]:
    """hold(t) as runs that are to be summed: what the grant owns, and less what it has lent."""
    found = list(pieces(grant, grant.start, grant.end))
    for loan in loans:
        start, end = max(grant.start, loan.start), min(grant.end, loan.end)
        if start < end:
            found += [(since, until, -own) for since, until, own in pieces(loan, start, end)]
    return found


def family_pieces(lender: GrantRecord, loans: Iterable[GrantRecord]) -> list[Delta]:
    """What a lender and its loans hold together, as runs that are to be summed.

    That is what the lender owns, and of the loans what they hold when it does not live.
    """
    found = list(pieces(lender, lender.start, lender.end))
    for loan in loans:
        before, after = min(loan.end, lender.start), max(loan.start, lender.end)
        if loan.start < before:
            found += pieces(loan, loan.start, before)
        if after < loan.end:
            found += pieces(loan, after, loan.end)
    return found


def lowest_hold(
    grant: GrantRecord,
    loans: Sequence[GrantRecord],
    at: Instant,
    *,
    until: Instant = FOREVER,
    past: Instant | None = None,
) -> tuple[Instant, int] | None:
    """The first instant from `at` on, before `until` and its end, at which hold(t) is least.

    Returns that instant and how much it is. With `past` what releases scheduled after that
    instant take is given back: a leg that takes more advances them. None when the grant does
    not live then.
    """
    at, until = max(at, grant.start), min(until, grant.end)
    if at >= until:
        return None
    ahead = () if past is None else scheduled_releases(grant, max(at, past))
    changes = [(draw.instant, draw.quantity) for draw in ahead]
    lowest: tuple[Instant, int] | None = None
    for date, hold in holds(grant, loans, at, until, changes):
        if lowest is None or hold < lowest[1]:
            lowest = date, hold
    return lowest


def holds(
    grant: GrantRecord,
    loans: Iterable[GrantRecord],
    start: Instant,
    end: Instant,
    besides: Iterable[tuple[Instant, int]] = (),
) -> Iterator[tuple[Instant, int]]:
    """hold(t) where it may change in `[start, end)`, within the grant's life, in order of time.

    Each draw is looked at once, however many there are. `besides` are further changes.
    """
    changes: defaultdict[Instant, int] = defaultdict(int)
    for since, until, own in pieces(grant, start, end):
        changes[since] += own
        changes[until] -= own
    for loan in loans:
        for since, until, own in pieces(loan, max(start, loan.start), min(end, loan.end)):
            changes[since] -= own
            changes[until] += own
    for date, more in besides:
        changes[date] += more
    hold = 0
    for date in sorted(date for date in changes if date < end):
        hold += changes[date]
        yield date, hold
