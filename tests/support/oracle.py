"""The pure core as the judge of a running ledger: the log replayed, every ask judged again."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import psycopg

from api.decisions.parsing import parse_command
from ledger.answers import answer
from ledger.asks import Ask, Stamp
from ledger.codec import decode
from ledger.events import Recorded
from ledger.evolve import evolve
from ledger.facts import Via
from ledger.log import StoredEvent
from ledger.periods import Instant, shifted
from ledger.state import State
from ledger.store.reading import read_after
from tests.support.people import Told

HTTP = Via(tool="http")


def whole_log(url: str) -> list[StoredEvent]:
    """Every event of a ledger's database, in order."""
    found: list[StoredEvent] = []
    with psycopg.connect(url, autocommit=True) as connection:
        while some := read_after(connection, found[-1].position if found else 0, 5000):
            found += some
    return found


def differences(log: Sequence[StoredEvent], told: Iterable[Told]) -> list[str]:
    """Where an answer is not what the pure core answers at its place in the log.

    Decisions are judged again where they stand, refusals at the position they state. What is
    told once only counts; repeated answers are compared with the first by the caller.
    """
    recorded: dict[tuple[str, str], Told] = {}
    refused: defaultdict[int, list[Told]] = defaultdict(list)
    for one in told:
        if one.status == 201:
            recorded[one.asked.by, one.asked.key] = one
        else:
            refused[one.position].append(one)
    found: list[str] = []
    state = State()
    for decision in _decisions(log):
        first = decode(decision[0].stored)
        found += _judge_refusals(state, refused.pop(state.position, []))
        one = recorded.pop((first.by, first.key), None)
        if one is None:
            for event in decision:
                evolve(state, decode(event.stored))
        else:
            found += _judge_decision(state, one, first, decision)
    found += _judge_refusals(state, refused.pop(state.position, []))
    found += [f"{key}: answered 201 and not in the log" for key in recorded]
    found += [f"a refusal states position {position}, where none was" for position in refused]
    return found


def _judge_decision(
    state: State, told: Told, first: Recorded, decision: Sequence[StoredEvent]
) -> list[str]:
    stamp = Stamp(recorded_at=first.recorded_at, seed=first.decision)
    given = answer(state, _ask(told), stamp)
    found: list[str] = []
    if given.events != tuple(decision):
        found.append(f"{told.asked.key}: the log says {decision}, the core {given.events}")
    if (given.status, given.body, given.position) != (told.status, told.body, told.position):
        found.append(f"{told.asked.key}: told {told.body!r}, the core says {given.body!r}")
    return found


def _judge_refusals(state: State, refused: Iterable[Told]) -> list[str]:
    found: list[str] = []
    stamped = [(_stamped(told, state.recorded_at), told) for told in refused]
    # Time only passes, in the core too: the earlier stamped are judged first.
    for at, told in sorted(stamped, key=lambda one: one[0]):
        given = answer(state, _ask(told), Stamp(recorded_at=at, seed=_NO_SEED))
        if (given.status, given.body) != (told.status, told.body):
            found.append(f"{told.asked.key}: told {told.body!r}, the core says {given.body!r}")
    return found


_NO_SEED = "00000000-0000-7000-8000-000000000000"
_SOON = timedelta(hours=1)
"""So long after a decision a refusal may be judged on it, in these logs."""
_INSTANT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _stamped(told: Told, after: Instant) -> Instant:
    """When a refusal was judged: the first instant that it names soon after its position.

    That may be later than the next decision was judged at, by another process: their order is the
    log's. A refusal that names no such instant looked at dates ahead alone, which are the same
    whenever it looked.
    """
    until = shifted(after, _SOON)
    named = (Instant(one.decode()) for one in _INSTANT.findall(told.body))
    return min(
        (one for one in named if after < one <= until),
        default=shifted(after, timedelta(microseconds=1)),
    )


def _ask(told: Told) -> Ask:
    parsed = parse_command(told.asked.body, told.asked.do)
    return Ask(
        command=parsed.command,
        by=told.asked.by,
        via=HTTP,
        key=told.asked.key,
        fingerprint=parsed.fingerprint,
    )


def _decisions(log: Sequence[StoredEvent]) -> Iterator[Sequence[StoredEvent]]:
    start = 0
    while start < len(log):
        legs = decode(log[start].stored).leg[1]
        yield log[start : start + legs]
        start += legs


def gaps(log: Sequence[StoredEvent]) -> list[int]:
    """Positions at which the log does not go on by one, or an event says another position."""
    return [
        event.position
        for number, event in enumerate(log, start=1)
        if event.position != number or decode(event.stored).position != number
    ]


def out_of_order(told: Sequence[Told]) -> list[tuple[str, str]]:
    """Pairs (earlier, later): an answer had come before the later was asked, and stands after it.

    A decision stands behind everything answered before it was asked; a refusal was judged no
    earlier than at that place.
    """
    found: list[tuple[str, str]] = []
    came = sorted((one for one in told if not one.replayed), key=lambda one: one.received)
    newest: Told | None = None
    place = 0
    for later in sorted(came, key=lambda one: one.sent):
        while place < len(came) and came[place].received <= later.sent:
            if newest is None or came[place].position > newest.position:
                newest = came[place]
            place += 1
        if newest is None:
            continue
        behind = later.position > newest.position or (
            later.status != 201 and later.position == newest.position
        )
        if not behind:
            found.append((newest.asked.key, later.asked.key))
    return found
