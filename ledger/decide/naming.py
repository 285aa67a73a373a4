"""What names a unit or a pool besides what is held: neither is corrected away under it (rule 8)."""

from collections.abc import Iterator

from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.state import State


def naming_unit(
    state: State, unit: str, since: Instant, start: Instant = BEGINNING
) -> Iterator[int]:
    """The facts that name a unit in `[start, since)`, when it was not there, by position.

    Requests, splits and pledges; delegations, of which nobody knows when they were given, where it
    never was.
    """
    for request in state.requests.values():
        if request.unit == unit and start <= request.start < since:
            yield request.made
    for (_, of), budget in state.budgets.items():
        for share in budget:
            if start <= share.start < since and unit in (of, share.parent):
                yield share.position
    for pledge in state.pledges.values():
        for said in pledge.said:
            if start <= said.start < since and unit in (pledge.to_unit, said.of_unit):
                yield said.position
    if (start, since) == (BEGINNING, FOREVER):
        yield from (one.position for one in state.delegations.values() if one.unit == unit)


def naming_pool(
    state: State, pool: str, since: Instant, start: Instant = BEGINNING
) -> Iterator[int]:
    """The facts that name a pool in `[start, since)`: as of a unit, rates and rules."""
    for request in state.requests.values():
        if pool in request.pools and start <= request.start < since:
            yield request.made
    for (of, _), budget in state.budgets.items():
        if of == pool:
            yield from (share.position for share in budget if start <= share.start < since)
    for pledge in state.pledges.values():
        for said in pledge.said:
            if start <= said.start < since and pool in said.pools:
                yield said.position
    yield from (one.position for one in state.rates.get(pool, ()) if start <= one.start < since)
    yield from (one.position for one in state.rules.get(pool, ()) if start <= one.since < since)
    if (start, since) == (BEGINNING, FOREVER):
        for one in state.delegations.values():
            if one.pools is not None and pool in one.pools:
                yield one.position
