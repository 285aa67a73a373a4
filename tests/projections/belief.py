"""Holdings by the words of the rules: for every question all facts are read again, in order.

Written without rows, periods or sums kept, so that it errs differently than a read model.
"""

from collections.abc import Iterable, Sequence

from ledger.events import Event, Extended, Granted, Reallocated, Released
from ledger.periods import FOREVER, Instant


class Belief:
    """What the first so many events of a log say."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    def grants(self) -> Iterable[Granted | Reallocated]:
        """The events that made grants."""
        return [event for event in self.events if isinstance(event, Granted | Reallocated)]

    def held(self, at: Instant) -> dict[tuple[str, str, str, str], int]:
        """What each grant has in hand at an instant, by (pool, unit, grant, class)."""
        found: dict[tuple[str, str, str, str], int] = {}
        for maker in self.grants():
            grant, unit = (
                (maker.data.grant, maker.data.unit)
                if isinstance(maker, Granted)
                else (maker.data.to_grant, maker.data.to_unit)
            )
            own = self.own(maker, grant, at)
            if own:
                found[maker.data.pool, unit, grant, maker.data.grant_class] = own
        return found

    def own(self, maker: Granted | Reallocated, grant: str, at: Instant) -> int:
        """Rule 0: q0 less the legs with instant <= t, each less what later legs advanced of it."""
        start = maker.effective_at
        if not start <= at < self.end(maker, grant):
            return 0
        own = maker.data.quantity
        for event in self.events:
            if not isinstance(event, Released | Reallocated):
                continue
            for leg in event.data.legs:
                is_idle = isinstance(event, Released) and (event.data.late or leg.ends)
                if leg.grant == grant and not is_idle and max(event.effective_at, start) <= at:
                    own -= leg.quantity - self.advanced(grant, event.position)
        return own

    def advanced(self, grant: str, position: int) -> int:
        """What later legs took of the release of a grant that one event scheduled."""
        return sum(
            advance.quantity
            for event in self.events
            if isinstance(event, Released | Reallocated)
            for leg in event.data.legs
            if leg.grant == grant
            for advance in leg.advances
            if advance.position == position
        )

    def end(self, maker: Granted | Reallocated, grant: str) -> Instant:
        """What the last event about it in the order of the log says."""
        end = maker.data.ends_at
        for event in self.events:
            if isinstance(event, Extended) and event.data.grant == grant:
                end = event.data.ends_at
            if isinstance(event, Released) and not event.data.late:
                for leg in event.data.legs:
                    if leg.grant == grant and leg.ends:
                        end = max(event.effective_at, maker.effective_at)
        return FOREVER if end is None else end

    def sum_of(self, pool: str, unit: str, at: Instant) -> int:
        """What a unit has in hand of a pool at an instant."""
        return sum(quantity for key, quantity in self.held(at).items() if key[:2] == (pool, unit))
