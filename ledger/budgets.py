"""What a unit may hold of a pool over time: its shares of splits (domain, rule 4)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from ledger.periods import FOREVER, Instant


class ShareRecord(Struct, frozen=True, array_like=True, gc=False):
    """A unit's share of one split: over `[start, until)`, and on until another one covers.

    `floor` cannot be taken or lent, `amount` is what it is entitled to, `cap` the most it may
    have in hand; None = none.
    """

    position: int
    start: Instant
    until: Instant
    parent: str
    floor: int | None
    amount: int | None
    cap: int | None

    @property
    def limits_nothing(self) -> bool:
        """Whether the share was cleared."""
        return self.floor is None and self.amount is None and self.cap is None


Budget = tuple[ShareRecord, ...]
"""The shares of one unit in one pool, in the order of the log."""


def share_at(budget: Budget, at: Instant) -> ShareRecord | None:
    """The share that counts at an instant: the newest recorded that covers it.

    If none covers it, the last to have ended before goes on; before the first there is none.
    """
    covering = [share for share in budget if share.start <= at < share.until]
    if covering:
        return max(covering, key=lambda share: share.position)
    over = [share for share in budget if share.until <= at]
    return max(over, key=lambda share: (share.until, share.position)) if over else None


def is_overdue(share: ShareRecord, at: Instant) -> bool:
    """Whether a share that counts at an instant has ended by then."""
    return share.until <= at


def runs(
    budget: Budget, start: Instant, end: Instant
) -> Iterator[tuple[Instant, Instant, ShareRecord | None]]:
    """Which share counts when in `[start, end)`, in order of time."""
    edges = {start, end}
    for share in budget:
        edges |= {edge for edge in (share.start, share.until) if start < edge < end}
    ordered = sorted(edges)
    for since, until in pairwise(ordered):
        yield since, until, share_at(budget, since)


def begins(budget: Budget) -> Instant:
    """From when on there is a budget at all."""
    return min((share.start for share in budget), default=FOREVER)


def apportioned(base: int, parts: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Parts of a quantity by hundredths of a percent, in whole units, by largest remainder.

    Given (unit, basis points). The sum is what the parts together are of the base, rounded down;
    ties go to the unit whose id comes first.
    """
    whole = {unit: base * bp // 10_000 for unit, bp in parts}
    left = base * sum(bp for _, bp in parts) // 10_000 - sum(whole.values())
    by_rest = sorted(parts, key=lambda part: (-(base * part[1] % 10_000), part[0]))
    for unit, _ in by_rest[:left]:
        whole[unit] += 1
    return whole
