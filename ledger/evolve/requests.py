"""How requests, and what is decided on them, change the state."""

from msgspec.structs import replace

from ledger.events import (
    DecisionAppealed,
    Recorded,
    RequestAmended,
    RequestDecided,
    Requested,
    RequestWithdrawn,
    given_by,
)
from ledger.evolve.changes import touch
from ledger.periods import open_end
from ledger.records import RequestRecord
from ledger.state import State


def requested(state: State, event: Requested) -> None:
    """A unit asks for something."""
    asked = event.data
    record = RequestRecord(
        request=asked.request,
        unit=asked.unit,
        pools=asked.pools,
        quantity=asked.quantity,
        least=asked.least,
        start=event.effective_at,
        end=open_end(asked.ends_at),
        priority=asked.priority,
        askers=(event.by,),
        made=event.position,
        since=event.position,
    )
    _put(state, record, event)


def request_amended(state: State, event: RequestAmended) -> None:
    """Something else is asked for; asking for more is asking anew."""
    asked = event.data
    was = state.requests[asked.request]
    is_more = asked.quantity > was.quantity
    askers = dict.fromkeys((*was.askers, event.by)) if is_more else was.askers
    record = replace(
        was,
        pools=asked.pools,
        quantity=asked.quantity,
        least=asked.least,
        start=event.effective_at,
        end=open_end(asked.ends_at),
        priority=asked.priority,
        askers=tuple(askers),
        since=event.position if is_more else was.since,
    )
    _put(state, record, event)


def request_withdrawn(state: State, event: RequestWithdrawn) -> None:
    """It is asked for no longer."""
    _put(state, replace(state.requests[event.data.request], withdrawn=True), event)


def request_decided(state: State, event: RequestDecided) -> None:
    """What was decided last stands."""
    fact = event.data
    was = state.requests[fact.request]
    record = replace(
        was,
        outcome=fact.outcome,
        awarded=tuple((award.pool, award.quantity) for award in fact.awarded),
        rest=fact.rest,
        decided=event.position,
        answered_by=given_by(event),
        decided_priority=fact.priority or was.decided_priority,
    )
    _put(state, record, event)


def decision_appealed(state: State, event: DecisionAppealed) -> None:
    """The last decision is appealed."""
    _put(state, replace(state.requests[event.data.request], appealed=event.position), event)


def name_request(state: State, request: str, grant: str) -> None:
    """A grant is made for a request."""
    record = state.requests[request]
    changed = replace(record, grants=(*record.grants, grant))
    state.journal.put(state.requests, request, changed)


def _put(state: State, record: RequestRecord, event: Recorded) -> None:
    state.journal.put(state.requests, record.request, record)
    touch(state, record.request, event.position)
    touch(state, record.unit, event.position)
