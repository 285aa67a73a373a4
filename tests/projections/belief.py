"""Holdings by the words of the rules: for every question all facts are read again, in order.

Written without rows, periods or sums kept, so that it errs differently than a read model.
"""

from collections.abc import Iterable, Sequence

import msgspec

from ledger.codec import decode, encode
from ledger.events import Corrected, Event, Extended, Granted, Reallocated, Released
from ledger.periods import FOREVER, Instant


class Belief:
    """What the first so many events of a log say, each as it was corrected last among them."""

    def __init__(self, events: Sequence[Event]) -> None:
        said: dict[int, Event | None] = {event.position: event for event in events}
        self.written = {event.position: event for event in events}
        for event in events:
            if isinstance(event, Corrected):
                said[event.data.corrects] = self._instead(event)
        self.events = [event for _, event in sorted(said.items()) if event is not None]

    def _instead(self, event: Corrected) -> Event | None:
        """The corrected event as if it had said what it should have."""
        instead = event.data.replacement
        original = self.written.get(event.data.corrects)
        if instead is None or original is None:
            return None
        told = msgspec.json.decode(encode(original))
        told["effective_at"] = instead.effective_at
        told["data"] = msgspec.json.decode(bytes(instead.data))
        return decode(msgspec.json.encode(told))

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
            hold = self.own(maker, grant, at) - self.lent(grant, at)
            if hold and self.own(maker, grant, at):
                found[maker.data.pool, unit, grant, maker.data.grant_class] = hold
        return found

    def lent(self, grant: str, at: Instant) -> int:
        """Rule 0: what the loans made out of a grant own at an instant."""
        return sum(
            self.own(event, event.data.to_grant, at)
            for event in self.events
            if isinstance(event, Reallocated) and event.data.loan
            and event.data.legs[0].grant == grant
        )  # fmt: skip

    def own(self, maker: Granted | Reallocated, grant: str, at: Instant) -> int:
        """Rule 0: q0 less the legs with instant <= t, each less what later legs advanced of it."""
        start = maker.effective_at
        if not start <= at < self.end(maker, grant):
            return 0
        own = maker.data.quantity
        for event in self.events:
            if not isinstance(event, Released | Reallocated):
                continue
            if isinstance(event, Reallocated) and event.data.loan:
                continue  # what is lent stays the lender's own
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
