"""What a grant holds over time (domain, rule 0) and what can be taken from it (rule 5)."""

from collections.abc import Iterator

from ledger.periods import Instant
from ledger.records import Draw, GrantRecord


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
    # Counted from the end: a grant drawn on for years has few draws still ahead.
    own = grant.left
    for draw in reversed(grant.draws):
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
    for draw in reversed(grant.draws):
        if draw.instant <= after:
            break
        if draw.quantity and draw.instant < grant.end:
            found.append(draw)
    found.reverse()
    return found


def takable(grant: GrantRecord, at: Instant, now: Instant, *, advance: bool = True) -> int:
    """How much a leg at `at` can take, recorded at `now`, without ever falling below zero.

    That is what is left for good, and what a release still ahead of both was to take (advanced,
    unless told not to).
    """
    if not advance or not grant.draws:
        return grant.left
    return grant.left + sum(draw.quantity for draw in scheduled_releases(grant, max(at, now)))


def with_draw(draws: tuple[Draw, ...], new: Draw) -> tuple[Draw, ...]:
    """The draws with one more, kept in the order of instant and then position."""
    place = len(draws)
    while place and draws[place - 1].instant > new.instant:
        place -= 1
    return (*draws[:place], new, *draws[place:])
