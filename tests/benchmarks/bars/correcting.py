"""S19: a correction of what was recorded 100,000 events ago: its answer, and until all show it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
from msgspec import to_builtins

from ledger.asks import Answer
from ledger.codec import decode
from ledger.committer import Committer
from ledger.events import Granted
from ledger.holding import own_at
from projections.holdings.read import held
from projections.registry import reflected
from projections.statements import Connection
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Gate, Measured, Spread
from tests.benchmarks.gates import head_of, stored_events
from tests.benchmarks.grounds import answered, committing, durability
from tests.benchmarks.lent import Lent
from tests.benchmarks.processes import follower

BACK = 100_000
EACH = 25
"""So many corrections are made, one after the other."""
WAIT_S = 60.0
PAUSE_S = 0.0005


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Correct grants one by one; each is read, as corrected, once every read model shows it."""
    del effort
    head = head_of(lent.url)
    back = min(BACK, head // 2)
    corrected: list[Granted] = []
    cold: list[float] = []
    told: list[float] = []
    seen: list[float] = []
    with ExitStack() as ending:
        ending.enter_context(follower(lent.url))
        committer = ending.enter_context(committing(lent.url))
        connection = ending.enter_context(psycopg.connect(lent.url, autocommit=True))
        _until_seen(connection, _note(committer))  # everybody has begun
        grants = _grants(lent.url, head - back)
        while len(corrected) < EACH:
            event = next(grants)
            first = answered(committer, _correction(event, None))
            if first.code == "NegativeHolding":  # all of it was moved on or given back
                continue
            began = time.perf_counter()
            _until_seen(connection, _position(first))
            cold.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            answer = answered(committer, _correction(event, first.position))
            told.append((time.perf_counter() - began) * 1000)
            _until_seen(connection, _position(answer))
            seen.append((time.perf_counter() - began) * 1000)
            corrected.append(event)
        gate = _reads_as_folded(lent, connection, corrected)
    visible = Spread.of(seen)
    yield Measured(
        bar="S19",
        what=f"a correction {back:,} events back, {head:,} events: until every read model shows it",
        ours=visible,
        unit="ms [least to worst]",
        beside=(
            Beside(name="its answer", figure=Spread.of(told), note="ms"),
            Beside(
                name="the first about a unit",
                figure=Spread.of(cold),
                note="ms, with what the follower recalls of a unit once since it began",
            ),
        ),
        demands=(Demand(of="ms, the worst", figure=_worst(seen), at_most=200),),
        gates=(gate, durability(lent.url)),
        remarks=(f"{EACH} grants, one less, and then whole again; looked at twice a ms",),
    )


def _worst(took: list[float]) -> Spread:
    return Spread(max(took), min(took), max(took))


def _grants(url: str, behind: int) -> Iterator[Granted]:
    """Grants that were recorded behind a position, a few events apart."""
    for stored in stored_events(url, behind):
        event = decode(stored)
        if isinstance(event, Granted) and event.position % 7 == 0 and event.data.quantity > 1:
            yield event


def _correction(event: Granted, supersedes: int | None) -> dict[str, object]:
    """To one less than was recorded; and, where that stands, to nothing less after all."""
    data = to_builtins(event.data)
    return {
        "do": "correct",
        "corrects": event.position,
        "supersedes": supersedes,
        "replacement": {
            "effective_at": event.effective_at,
            "data": {**data, "quantity": data["quantity"] - (supersedes is None)},
        },
        "reason_code": "correction",
        "reason": "It was counted wrongly",
    }


def _note(committer: Committer) -> int:
    text = {"do": "note", "about": {"position": 1}, "text": "Begun"}
    return _position(answered(committer, text))


def _position(answer: Answer) -> int:
    if answer.status != 201:
        raise RuntimeError(f"it was refused: {answer.body.decode()}")
    return answer.position


def _until_seen(connection: Connection, position: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while reflected(connection) < position:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the read models do not reflect {position}")
        time.sleep(PAUSE_S)


def _reads_as_folded(lent: Lent, connection: Connection, corrected: list[Granted]) -> Gate:
    """Whether each of these grants is read, when it began, as the fold of the log has it."""
    head = head_of(lent.url)
    state = lent.fold.up_to(head)
    wrong = whole = 0
    for event in corrected:
        grant = state.grants.get(event.data.grant)
        rows = held(
            connection, pool=event.data.pool, units=[event.data.unit],
            valid_at=event.effective_at, known_at=head,
        )  # fmt: skip
        read = sum(row.quantity for row in rows if row.grant == event.data.grant)
        wrong += grant is None or read != own_at(grant, event.effective_at)
        whole += read == event.data.quantity
    found = f"{len(corrected)} grants read, {wrong} wrong, {whole} whole"
    return Gate("what is read == fold of the log", not wrong and whole > 0, found)
