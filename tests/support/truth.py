"""What has to be so after every history: three ways to the same state, and no trace of trials."""

import copy
from typing import Any

import msgspec

from ledger.codec import encode
from ledger.gathering import Gathering
from ledger.gists import gist
from ledger.snapshot import from_bytes, to_bytes
from ledger.state import State
from tests.support.in_memory import InMemory, portrait


def in_order(ledger: InMemory) -> None:
    """The state is what a replay, a snapshot and a gathered log make of it."""
    state = ledger.state
    state.tick(state.ticked)
    seen = portrait(state)
    assert not (other := differing(ledger.replayed(), seen)), other
    kept = from_bytes(to_bytes(state))
    kept.tick(state.ticked)
    assert not (other := differing(kept, seen)), other
    assert not (other := differing(gathered(ledger), seen)), other


def differing(state: State, seen: dict[str, Any]) -> dict[str, Any]:
    """The parts of a state's portrait that are not as they were seen, with what was seen."""
    found = portrait(state)
    return {part: (found[part], seen[part]) for part in seen if found[part] != seen[part]}


def gathered(ledger: InMemory) -> State:
    """The state of the log as a start makes it, ticked to the time of the ledger."""
    gathering = Gathering()
    gathering.take_in([gist(encode(event)) for event in ledger.events])
    whole = gathering.gathered()
    whole.tick(ledger.state.ticked)
    return whole


def refused(ledger: InMemory, do: str, code: str, **fields: Any) -> dict[str, Any]:
    """Ask, on trial and in earnest, for what is refused by that code, and leaves no trace."""
    ledger.state.tick(ledger.now)
    seen = copy.deepcopy(portrait(ledger.state))
    tried = ledger.ask(do, dry_run=True, **fields)
    assert copy.deepcopy(portrait(ledger.state)) == seen, "a trial left a trace"
    said = ledger.refusal(do, **fields)
    assert portrait(ledger.state) == seen, "a refusal left a trace"
    assert said["code"] == code, said
    assert tried.code == code
    return said


def proposed(ledger: InMemory, do: str, **fields: Any) -> str:
    """Ask for what waits for a second person, and changes nothing so far; returns the proposal."""
    ledger.state.tick(ledger.now)
    seen, position = portrait(ledger.state), len(ledger.events) + 1
    given = ledger.ask(do, **fields)
    assert given.status == 202, given.body
    body = msgspec.json.decode(given.body)
    assert body["needs"] == ["second_person"]
    assert body["position"] == position == len(ledger.events)
    changed = differing(ledger.state, seen)
    assert not {"free", "live", "over", "made", "capacity"} & changed.keys(), changed
    in_order(ledger)
    return body["proposal"]


def told(ledger: InMemory, do: str, **fields: Any) -> list[dict[str, Any]]:
    """Ask, on trial without a trace and then in earnest, for what passes; returns its events."""
    ledger.state.tick(ledger.now)
    seen = copy.deepcopy(portrait(ledger.state))
    tried = ledger.ask(do, dry_run=True, **fields)
    assert tried.status == 200, tried.body
    assert portrait(ledger.state) == seen, "a trial left a trace"
    events = ledger.tell(do, **fields)
    in_order(ledger)
    return events
