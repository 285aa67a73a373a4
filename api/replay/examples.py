"""Two rules to replay with, and to begin one's own from."""

from collections.abc import Iterator
from heapq import heappop

from msgspec.structs import replace

from api.replay.rules import Ledger, reclaim
from ledger.events import Event, Granted, ReleaseForecast
from ledger.periods import Instant


def at_most_256(event: Event, ledger: Ledger) -> Event:
    """No grant begins with more than 256 units."""
    del ledger
    if isinstance(event, Granted) and event.data.quantity > 256:
        return replace(event, data=replace(event.data, quantity=256))
    return event


class ReclaimOverdue:
    """What a forecast expected back by a day is taken back with the next fact after that day."""

    def __init__(self) -> None:
        self._due: list[tuple[Instant, str, int]] = []
        """When a grant was to have no more than so much left."""

    def __call__(self, event: Event, ledger: Ledger) -> Iterator[Event]:
        """Say what happens with a fact: first what is overdue, then the fact itself."""
        now = event.recorded_at
        while self._due and self._due[0][0] < now:
            _, name, left = heappop(self._due)
            grant = ledger.grant(name)
            late = ledger.own(name, now) - left
            if grant is not None and late > 0:
                yield reclaim(event, grant, late)
        yield event
        if isinstance(event, ReleaseForecast):
            self._expect(event, ledger)

    def _expect(self, event: ReleaseForecast, ledger: Ledger) -> None:
        """Remember the newest forecast of a grant instead of the one before."""
        name = event.data.grant
        self._due = [one for one in self._due if one[1] != name]
        left = ledger.own(name, event.recorded_at)
        for step in event.data.steps:
            if step.quantity:
                left = max(0, left - step.quantity)
                self._due.append((step.expected_at, name, left))
        self._due.sort()
