"""A log that was gathered, with what is long over at rest, is judged like one folded in turn."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ledger.codec import encode
from ledger.evolve import evolve
from ledger.gathering import Gathering
from ledger.gists import gist
from ledger.holders import ever_of_unit, in_hand_at, of_unit
from ledger.holding import own_at, takable
from ledger.periods import BEGINNING, FOREVER, Instant, micros, shifted
from ledger.records import Draw, GrantRecord
from ledger.resting import AtRest, Grants
from ledger.snapshot import from_bytes, to_bytes
from ledger.state import State
from tests.support.in_memory import InMemory, day, lab

UNITS = ("vision", "speech", "robots")
DAYS = 240
SOON = timedelta(days=5)


def lived(seed: int) -> InMemory:
    """Most of a year in which everything happens to grants, also to those long over."""
    rng = random.Random(seed)
    ledger = lab(*UNITS, total=400, backdate_days=3650)
    made: list[str] = []
    for number in range(DAYS * 3):
        ledger.go_to(day(1 + number / 3))
        do, fields = act(rng, number / 3, made)
        given = ledger.ask(do, reason="as agreed", **fields)
        if given.status == 201:
            made += [
                event["data"]["grant"]
                for event in msgspec.json.decode(given.body)["events"]
                if event["topic"] == "granted.v1"
            ]
    return ledger


def act(rng: random.Random, today: float, made: list[str]) -> tuple[str, dict[str, Any]]:
    """Some command; about a third of those that name a grant name one of any age."""
    unit = rng.choice(UNITS)
    kind = rng.choice(("grant", "grant", "grant", "move", "back", "named", "extend", "note"))
    then = day(1 + today + rng.choice((0, 0, 0, 4, -2, -30, -90)))
    if kind == "grant" or not made:
        end = None if rng.random() < 0.1 else day(today + rng.randrange(100, 140))
        start = then if rng.random() < 0.2 else None
        return "grant", {
            "pool": "h100", "unit": unit, "quantity": rng.randrange(1, 9), "ends_at": end,
            "starts_at": start, "borrowed": rng.random() < 0.2,
        }  # fmt: skip
    if kind == "move":
        return "reallocate", {
            "pool": "h100", "from": [{"unit": unit, "quantity": rng.randrange(1, 6)}],
            "to": rng.choice(UNITS), "ends_at": day(today + 120), "effective_at": then,
        }  # fmt: skip
    if kind == "back":
        quantity = "all" if rng.random() < 0.1 else rng.randrange(1, 6)
        return "release", {
            "pool": "h100", "unit": unit, "quantity": quantity, "effective_at": then
        }  # fmt: skip
    name = rng.choice(made[-8:] if rng.random() < 0.7 else made)
    if kind == "named":
        named = [{"grant": name, "quantity": rng.randrange(1, 4)}]
        return "release", {"grants": named, "effective_at": then}
    if kind == "extend":
        return "extend", {"grant": name, "ends_at": day(today + rng.randrange(-20, 60))}
    return "note", {"about": {"grant": name}, "text": "so it was"}


@pytest.fixture(scope="module", params=[1, 2])
def ledger(request: pytest.FixtureRequest) -> InMemory:
    return lived(request.param)


def folded(events: list[Any]) -> State:
    state = State()
    for event in events:
        evolve(state, event)
    return state


def gathered(events: list[Any], rest_every: int) -> State:
    """The same events, with what is over put to rest now and then."""
    gathering = Gathering()
    for begin in range(0, len(events), rest_every):
        stored = [encode(event) for event in events[begin : begin + rest_every]]
        gathering.take_in([gist(one) for one in stored])
        gathering.let_rest(SOON)
    return gathering.gathered()


def books(state: State) -> dict[str, Any]:
    """All that is asked of a state, whatever is at rest in it."""
    pairs = sorted((pool, unit) for pool in state.pools for unit in state.units)
    instants = [day(number / 2) for number in range(-2, 2 * DAYS + 300, 9)]
    return {
        "at": (state.position, state.recorded_at, state.ticked),
        "grants": dict(state.grants.items()),
        "free": {pool: list(free.runs(BEGINNING, FOREVER)) for pool, free in state.free.items()},
        "touched": state.touched,
        "ever": {pair: ever_of_unit(state, *pair) for pair in pairs},
        "holders": set(state.made),
        "live": {pair: state.live_of(*pair) for pair in pairs},
        "at any time": {
            (*pair, at): [g for g in of_unit(state, *pair, at) if takable(g, at, state.ticked)]
            for pair in pairs
            for at in instants
        },
        "in hand then": {
            at: dict(in_hand_at(state, "h100", at)) for at in instants if at <= state.ticked
        },
        "changing": {
            at: sorted(grant.grant for grant in state.changing("h100", at))
            for at in instants
            if at > state.ticked
        },
    }


def loses(grant: GrantRecord, at: Instant) -> bool:
    """Whether a grant holds less at an instant than just before it."""
    return own_at(grant, at) < own_at(grant, shifted(at, -timedelta(microseconds=1)))


def test_who_changes_at_an_instant_ahead_are_those_that_lose_something_then(
    ledger: InMemory,
) -> None:
    ahead = 0
    for count in range(50, len(ledger.events), 50):
        state = folded(ledger.events[:count])
        grants = state.grants.values()
        named = {at for one in grants for at in (one.end, *(draw.instant for draw in one.draws))}
        for at in named - {FOREVER}:
            if at > state.recorded_at:
                changing = sorted(grant.grant for grant in state.changing("h100", at))
                assert changing == sorted(grant.grant for grant in grants if loses(grant, at))
                ahead += bool(changing)
    assert ahead


def test_what_happens_to_grants_that_are_over_is_among_what_is_tried(ledger: InMemory) -> None:
    state = gathered(ledger.events, 50)
    resting = [grant for grant in state.grants.values() if state.grants.rest.holds(grant.grant)]
    assert len(resting) > 100
    assert any(grant.left and grant.end < state.recorded_at for grant in resting)
    assert any(not grant.left for grant in resting)
    assert {"extended.v1", "noted.v1"} <= {
        event.__struct_config__.tag
        for event in ledger.events
        if getattr(event.data, "grant", None) or getattr(event.data, "about", None)
    }


@pytest.mark.parametrize("rest_every", [1, 50, 10_000])
def test_gathered_events_make_the_state_that_they_fold_to(
    ledger: InMemory, rest_every: int
) -> None:
    for count in (6, 60, 300, len(ledger.events)):
        events = ledger.events[:count]
        assert books(gathered(events, rest_every)) == books(folded(events))


def test_events_follow_alike_on_what_is_at_rest(ledger: InMemory) -> None:
    half = len(ledger.events) // 2
    state = gathered(ledger.events[:half], 50)
    for event in ledger.events[half:]:
        evolve(state, event)
    assert any(state.grants.rest.holds(grant.grant) for grant in state.grants.at_hand())
    assert books(state) == books(folded(ledger.events))


def test_asks_are_answered_alike_whatever_is_at_rest(ledger: InMemory) -> None:
    resting, awake = InMemory(), InMemory()
    resting.state, awake.state = gathered(ledger.events, 50), folded(ledger.events)
    for one in (resting, awake):
        one.go_to(day(DAYS + 2))
    made = list(awake.state.grants)
    given: set[int] = set()
    for do, fields in asked(made):
        answer = resting.ask(do, reason="as agreed", **fields)
        assert answer == awake.ask(do, reason="as agreed", **fields)
        given.add(answer.status)
    assert {201, 409} <= given
    assert books(resting.state) == books(awake.state)


def asked(made: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Commands about grants of any age, and one about a grant whose id is taken."""
    rng = random.Random(7)
    yield "grant", {"pool": "h100", "unit": "vision", "quantity": 1, "grant": made[0]}
    for _ in range(150):
        yield act(rng, DAYS + 1, made)


def test_a_state_with_grants_at_rest_is_kept_and_read_back(ledger: InMemory) -> None:
    half = len(ledger.events) // 2
    kept = to_bytes(gathered(ledger.events[:half], 50))
    assert books(from_bytes(kept)) == books(folded(ledger.events[:half]))
    assert to_bytes(from_bytes(kept)) == kept
    state = from_bytes(kept)
    for event in ledger.events[half:]:
        evolve(state, event)
    assert books(state) == books(folded(ledger.events))


def test_an_event_out_of_turn_is_not_gathered(ledger: InMemory) -> None:
    gathering = Gathering()
    gathering.take_in(ledger.events[:3])
    with pytest.raises(ValueError, match="event 5 does not follow 3"):
        gathering.take_in(ledger.events[4:])


def test_a_grant_of_an_id_that_is_no_uuid_stays_at_hand(ledger: InMemory) -> None:
    grant = next(iter(folded(ledger.events).grants.values()))
    grants = Grants()
    assert not grants.rest.lay(msgspec.structs.replace(grant, grant="g1"))
    assert grants.rest.lay(grant)
    assert grants[grant.grant] == grant
    assert "g1" not in grants
    assert grants.get("g1") is None
    with pytest.raises(KeyError):
        grants["g1"]


def test_ids_that_have_a_half_in_common_rest_in_many_buckets() -> None:
    kept = AtRest()
    number = GrantRecord(
        grant="", pool="h100", unit="a", start=day(0), end=day(1), first=1,
        grant_class="guaranteed", left=1, made=1, touched=1, began=micros(day(0)),
    )  # fmt: skip
    names = [f"{count:08x}-0000-7000-8000-000000000001" for count in range(4000)]
    names += [f"00000000-0000-7000-8000-{count:012x}" for count in range(4000)]
    assert all(kept.lay(replace(number, grant=name)) for name in names)
    assert max(map(len, kept.kept.buckets)) < 16 * 40
    found = [kept.find(name) for name in names]
    assert [one.grant for one in found if one is not None] == names


def test_a_grant_is_looked_for_where_it_held_something() -> None:
    kept = AtRest()
    grant = GrantRecord(
        grant="00000000-0000-7000-8000-000000000000", pool="h100", unit="a", start=day(0),
        end=FOREVER, first=4, grant_class="guaranteed", left=0, made=1, touched=1,
        began=micros(day(0)), draws=(Draw(day(100), 4, 2, False),),
    )  # fmt: skip
    never = replace(grant, grant="00000000-0000-7000-8000-000000000001", first=0, draws=())
    assert kept.lay(grant)
    assert kept.lay(never)
    assert sum(len(at) for of in kept.kept.of_unit.values() for at in of.values()) == 8 * (5 + 1)
    assert list(kept.of_unit("h100", "a", BEGINNING, FOREVER)) == [grant, never]
    for at in (0, 40, 99):
        assert grant in kept.of_unit("h100", "a", day(at), day(at)), at
    assert list(kept.of_unit("h100", "a", day(150), FOREVER)) == []
    assert list(kept.of_unit("h100", "a", day(-9), day(-1))) == []
    assert list(kept.of_unit("h100", "b", BEGINNING, FOREVER)) == []
