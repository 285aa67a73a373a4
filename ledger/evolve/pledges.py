"""How promises and rates change the state: what is said of them, and corrected."""

from msgspec.structs import replace

from ledger.events import Corrected, Pledged, PledgeRevised, PledgeWithdrawn, RateSet
from ledger.evolve.changes import touch
from ledger.periods import Instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision, RateSetting
from ledger.pledges import PledgeRecord, Promise, with_promise, without
from ledger.rates import RateRecord, in_time
from ledger.sayings import Saying
from ledger.state import State


def pledged(state: State, event: Pledged) -> None:
    """A unit is promised something."""
    fact = event.data
    said = (promise_of(event.position, event.effective_at, fact),)
    record = PledgeRecord(
        pledge=fact.pledge, to_unit=fact.to_unit, made=event.position, said=said
    )  # fmt: skip
    _put(state, record, event.position)


def pledge_revised(state: State, event: PledgeRevised) -> None:
    """Something else is promised."""
    promise = promise_of(event.position, event.effective_at, event.data)
    _say(state, event.data.pledge, promise, event.position)


def pledge_withdrawn(state: State, event: PledgeWithdrawn) -> None:
    """Nothing is promised any more."""
    promise = Promise(event.position, event.effective_at, event.effective_at)
    _say(state, event.data.pledge, promise, event.position)


def promise_of(position: int, at: Instant, fact: PledgeMaking | PledgeRevision) -> Promise:
    """What the event at a position promises."""
    return Promise(
        position, at, fact.until, fact.pools, fact.of_unit, fact.share_bp, fact.quantity
    )  # fmt: skip


def pledge_corrected(
    state: State, event: Corrected, was: Saying | None, now: Saying | None, about: PledgeMaking
) -> None:
    """The pledge was another, or was never given."""
    del was
    record = state.pledges[about.pledge]
    said = without(record.said, record.made)
    if now is not None and isinstance(now.fact, PledgeMaking):
        said = with_promise(said, promise_of(record.made, now.at, now.fact))
        if now.fact.to_unit != record.to_unit:
            touch(state, record.to_unit, event.position)
        record = replace(record, to_unit=now.fact.to_unit)
    _put(state, replace(record, said=said), event.position)


def rate_set(state: State, event: RateSet) -> None:
    """What a unit of a pool counts as."""
    fact = event.data
    record = RateRecord(event.position, event.effective_at, fact.h100_milli)
    rates = (*state.rates.get(fact.pool, ()), record)
    state.journal.put(state.rates, fact.pool, in_time(rates))


def rate_corrected(
    state: State, event: Corrected, was: Saying | None, now: Saying | None, about: RateSetting
) -> None:
    """The rate was another, or was never set."""
    del was
    position = event.data.corrects
    rates = [one for one in state.rates.get(about.pool, ()) if one.position != position]
    if now is not None and isinstance(now.fact, RateSetting):
        rates.append(RateRecord(position, now.at, now.fact.h100_milli))
    state.journal.put(state.rates, about.pool, in_time(rates))


def _say(state: State, pledge: str, promise: Promise, position: int) -> None:
    record = state.pledges[pledge]
    _put(state, replace(record, said=with_promise(record.said, promise)), position)


def _put(state: State, record: PledgeRecord, position: int) -> None:
    state.journal.put(state.pledges, record.pledge, record)
    touch(state, record.pledge, position)
    touch(state, record.to_unit, position)
