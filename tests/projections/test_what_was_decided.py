"""What the read models say is what the core believes, after decisions made under all its rules."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from ledger.periods import Instant, open_end, shifted
from ledger.state import State
from projections.capacity import read as capacity
from projections.history import read as history
from projections.history.search import Search
from projections.holdings import read as holdings
from projections.organisation import read as organisation
from projections.rebuild import rebuild
from tests.projections.belief import Belief
from tests.projections.conftest import MODELS_FED, Log
from tests.support.facts import stored
from tests.support.in_memory import InMemory, day, lab

TEAMS = ("alpha", "beta", "gamma")


def ask(ledger: InMemory, random: Random, kinds: int = 8) -> int:
    """Give one command of any kind, which may be refused; returns the status.

    Of 6 kinds none changes capacity, of 7 neither once there is a grant.
    """

    def when() -> Instant:
        return shifted(ledger.now, timedelta(days=random.choice((-3, 0, 0, 2, 9))))

    many = random.choice((1, 2, 5, "all"))
    source: dict[str, Any] = {"unit": random.choice(TEAMS), "quantity": many}
    common: dict[str, Any] = {"pool": "h100", "effective_at": when(), "reason": "so it was said"}
    ends = random.choice((None, shifted(ledger.now, timedelta(days=random.randint(10, 20)))))
    grants = list(ledger.state.grants)
    match random.randrange(kinds):
        case 0 | 1 | 2:
            few = random.randint(1, 8)
            given = ledger.ask(
                "grant", unit=random.choice(TEAMS), quantity=few, ends_at=ends,
                borrowed=random.random() < 0.3, **common,
            )  # fmt: skip
        case 3:
            given = ledger.ask("release", **source, **common)
        case 4 | 5:
            to = random.choice(TEAMS)
            given = ledger.ask("reallocate", from_=[source], to=to, ends_at=ends, **common)
        case 6 if grants:
            one = random.choice(grants)
            given = ledger.ask("extend", grant=one, ends_at=ends, reason="it takes longer")
        case _:
            amount = random.randint(1, 6)
            kind = random.choice(("installed", "lost", "restored"))
            given = ledger.ask("change_capacity", kind=kind, quantity=amount, **common)
    return given.status


@pytest.mark.parametrize("seed", range(50, 53))
def test_the_read_models_say_what_the_core_believes(log: Log, seed: int) -> None:
    ledger = lab(*TEAMS, total=40, since=day(-20))
    random = Random(seed)
    statuses: list[int] = []
    for _ in range(90):
        if random.random() < 0.3:
            ledger.go_to(shifted(ledger.now, timedelta(days=random.randint(1, 3))))
        statuses.append(ask(ledger, random))
    assert statuses.count(201) > 30
    log.append(*stored(ledger.events))
    log.follow(4)

    agree(log, ledger.state)
    for known_at in random.choices(range(1, len(ledger.events) + 1), k=12):
        at = shifted(ledger.now, timedelta(days=random.randint(-40, 20)))
        rows = holdings.held(log.connection, pool=None, units=None, valid_at=at, known_at=known_at)
        assert {(row.pool, row.unit, row.grant, row.grant_class): row.quantity for row in rows} == (
            Belief(ledger.events[:known_at]).held(at)
        )
    entries = history.page(log.connection, Search(), known_at=len(ledger.events), limit=1000)
    assert [entry.event for entry in entries] == ledger.events
    assert not any(one.differences for one in rebuild(log.url, models=MODELS_FED, processes=1))


@pytest.mark.parametrize("seed", range(60, 62))
def test_of_a_pool_that_never_shrank_no_more_is_held_than_there_is(log: Log, seed: int) -> None:
    ledger = lab(*TEAMS, total=40, since=day(-20))
    random = Random(seed)
    for _ in range(80):
        if random.random() < 0.3:
            ledger.go_to(shifted(ledger.now, timedelta(days=random.randint(1, 3))))
        ask(ledger, random, 7 if ledger.state.grants else 6)
    lost = ledger.ask("change_capacity", pool="h100", kind="lost", quantity=1, reason="it burnt")
    assert lost.status == 201
    log.append(*stored(ledger.events))
    log.follow()
    instants = {event.effective_at for event in ledger.events}
    compared = 0
    for known_at in range(1, len(ledger.events) + 1):
        if "h100" not in capacity.unshrunk(log.connection, known_at):
            continue
        for at in random.choices(sorted(instants), k=4):
            held = holdings.held_of_pools(log.connection, valid_at=at, known_at=known_at)
            (level,) = capacity.levels(
                log.connection, pool="h100", valid_at=at, known_at=known_at
            ) or (None,)
            present = (level.installed or 0) - (level.lost or 0) if level else 0
            assert held.get("h100", 0) <= present
            compared += bool(held)
    assert compared > 10
    assert capacity.unshrunk(log.connection, len(ledger.events)) == set(), "something was lost"


def agree(log: Log, state: State) -> None:
    """At every instant a grant changes, rows and state have the same in hand and the same free."""
    head = state.position
    connection = log.connection
    instants = {one.start for one in state.grants.values()}
    instants |= {one.end for one in state.grants.values()} | {
        draw.instant for one in state.grants.values() for draw in one.draws
    }
    for at in sorted(one for one in instants if one < "9999"):
        held = holdings.held_sums(connection, pool="h100", valid_at=at, known_at=head)
        (level,) = capacity.levels(connection, pool="h100", valid_at=at, known_at=head)
        assert level.allocatable is not None
        free = level.allocatable - sum(one.quantity for one in held)
        assert free == state.free["h100"].at(at), at
    for name, record in state.grants.items():
        facts = holdings.grant(connection, name, head)
        assert facts is not None
        assert (facts.unit, facts.first, facts.end) == (record.unit, record.first, record.end)
    units = organisation.units(connection, valid_at=state.recorded_at, known_at=head)
    assert {one.unit: one.parent for one in units} == {
        one.unit: one.parent for one in state.units.values()
    }
    delegations = organisation.delegations(connection, valid_at=state.recorded_at, known_at=head)
    assert {one.delegation: (one.to, one.role, one.until) for one in delegations} == {
        one.delegation: (one.to, one.role, open_end(one.until))
        for one in state.delegations.values()
    }
