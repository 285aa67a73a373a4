"""What each unit has in hand of a pool at an instant: kept from one question to the next."""

from collections.abc import Callable, Iterable, Iterator

from ledger.holding import hold_at
from ledger.periods import FOREVER, Instant
from ledger.records import GrantRecord

Sum = tuple[Instant, Instant, int]
"""The quantity that holds over `[since, until)`."""


class InHand:
    """Remembers sums until a grant of the unit changes, or time brings the next change.

    It holds nothing that the grants do not say: forgetting is always right.
    """

    __slots__ = ("_sums",)

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, Sum]] = {}

    def forget(self, pool: str, unit: str) -> None:
        """A grant of the unit has changed, or is tried."""
        sums = self._sums.get(pool)
        if sums is not None:
            sums.pop(unit, None)

    def forget_all(self) -> None:
        """Facts were taken back."""
        self._sums.clear()

    def at(
        self,
        pool: str,
        instant: Instant,
        units: Iterable[str],
        grants_of: Callable[[str], Iterable[GrantRecord]],
        loans_of: Callable[[GrantRecord], list[GrantRecord]],
    ) -> Iterator[tuple[str, int]]:
        """Each unit with what its grants hold at the instant; those with nothing are left out."""
        sums = self._sums.setdefault(pool, {})
        for unit in units:
            known = sums.get(unit)
            if known is None or not known[0] <= instant < known[1]:
                known = sums[unit] = _sum(grants_of(unit), instant, loans_of)
            if known[2]:
                yield unit, known[2]


def _sum(
    grants: Iterable[GrantRecord],
    at: Instant,
    loans_of: Callable[[GrantRecord], list[GrantRecord]],
) -> Sum:
    until = FOREVER
    held = 0
    for grant in grants:
        loans = loans_of(grant) if grant.loans else ()
        for one in (grant, *loans):
            if at < one.start:
                until = min(until, one.start)
            elif at < one.end < until:
                until = one.end
            for draw in reversed(one.draws):
                if draw.instant <= at:
                    break
                until = min(until, draw.instant)
        held += hold_at(grant, at, loans)
    return at, until, held
