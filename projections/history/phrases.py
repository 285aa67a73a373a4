"""The parts that sentences are made of: amounts, instants, holders, and the word for when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ledger.events import Recorded
from ledger.facts import (
    Fact,
    GrantMaking,
    Leg,
    Reallocation,
)
from ledger.periods import Instant
from ledger.request_facts import (
    RequestMaking,
)

HOLDERS_NAMED: Final = 4
"""A sentence names so many holders; the event lists all."""


class Background(NamedTuple):
    """What an event takes for known: what pools count, and what made grants, requests and so on."""

    unit_labels: Mapping[str, str]
    makers: Mapping[str, Fact]

    def amount(self, quantity: int, pool: str) -> str:
        """A quantity with what it counts and where: `64 gpu of phoenix/h100`."""
        return f"{quantity:,} {self.unit_labels.get(pool, 'units')} of {pool}"

    def grant(self, grant: str) -> str:
        """A grant as people speak of it: `the 64 gpu of phoenix/h100 granted to vision`."""
        match self.makers.get(grant):
            case GrantMaking() as made:
                return f"the {self.amount(made.quantity, made.pool)} granted to {made.unit}"
            case Reallocation(loan=True) as lent:
                amount = self.amount(lent.quantity, lent.pool)
                return f"the {amount} lent by {lent.legs[0].unit} to {lent.to_unit}"
            case Reallocation() as moved:
                return f"the {self.amount(moved.quantity, moved.pool)} moved to {moved.to_unit}"
            case _:
                return f"grant {grant}"

    def request(self, request: str) -> str:
        """A request as people speak of it: `the request of vision (first for 64 of phoenix/h100)`.

        What it asked for by then may be more: it says so itself where it was amended.
        """
        match self.makers.get(request):
            case RequestMaking() as asked:
                wish = self.wish(asked.quantity, asked.pools)
                return f"the request of {asked.unit} (first for {wish})"
            case _:
                return f"request {request}"

    def wish(self, quantity: int, pools: Sequence[str]) -> str:
        """What is asked for: so much of any of some pools."""
        if len(pools) == 1:
            return self.amount(quantity, pools[0])
        return f"{quantity:,} of {', '.join(pools[:-1])} or {pools[-1]}"


def moment(instant: Instant) -> str:
    """An instant as short as it is exact: a day, or a day and a time of UTC."""
    day, time = instant[:10], instant[11:-1]
    if time == "00:00:00.000000":
        return day
    if time.endswith(":00.000000"):
        return f"{day} {time[:5]}"
    return f"{day} {time[:8]}" if time.endswith(".000000") else f"{day} {time}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def abridged(parts: Iterable[str]) -> str:
    """The same, each once, and of too many `a, b, c and 9 others`."""
    each = list(dict.fromkeys(parts))
    if len(each) > HOLDERS_NAMED:
        rest = len(each) - HOLDERS_NAMED + 1
        each = [*each[: HOLDERS_NAMED - 1], f"{rest} others"]
    return listed(each)


def since(event: Recorded) -> str:
    """From when, where that is not when it was recorded."""
    if event.effective_at == event.recorded_at:
        return ""
    return f" from {moment(event.effective_at)}"


def on(event: Recorded) -> str:
    """On which day, where that is not when it was recorded."""
    return "" if event.effective_at == event.recorded_at else f" on {moment(event.effective_at)}"


def tense(event: Recorded, past: str, ahead: str) -> str:
    """The word for what has happened, or for what is still to come when it is recorded."""
    return ahead if event.effective_at > event.recorded_at else past


def were(event: Recorded, quantity: int) -> str:
    """`was`, `were`, `is` or `are`."""
    return tense(event, "was", "is") if quantity == 1 else tense(event, "were", "are")


def till(end: Instant | None) -> str:
    """Until when, where there is an end."""
    return "" if end is None else f" until {moment(end)}"


def advanced(legs: Sequence[Leg]) -> int:
    """How much of what is given was to be released later."""
    taken = 0
    for leg in legs:
        for one in leg.advances:
            taken += one.quantity
    return taken


def givers(legs: Sequence[Leg]) -> str:
    """Who gave how much; a single holder by its name alone."""
    if len(legs) == 1:
        return legs[0].unit
    given: dict[str, int] = {}
    for leg in legs:
        given[leg.unit] = given.get(leg.unit, 0) + leg.quantity
    if len(given) == 1:
        return next(iter(given))
    return abridged([f"{unit} ({quantity:,})" for unit, quantity in given.items()])
