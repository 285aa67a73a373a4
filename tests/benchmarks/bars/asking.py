"""S11 and S13: holdings at any instant as known at any position, and pages of the history."""

import random
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from ledger.codec import decode
from ledger.events import (
    Corrected,
    Event,
    Extended,
    Granted,
    Noted,
    Reallocated,
    Released,
    UnitCreated,
)
from ledger.facts import GrantMaking
from ledger.holding import own_at
from ledger.periods import Instant
from ledger.sayings import grants_said, sayings
from projections.history.read import page
from projections.history.search import Named, Search
from projections.holdings.read import held, held_sums
from projections.statements import Connection
from tests.benchmarks.awake import long_connected, what_nothing_takes
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Gate, Measured, Spread
from tests.benchmarks.gates import Fold, stored_events
from tests.benchmarks.grounds import durability
from tests.benchmarks.instants import instant_asked
from tests.benchmarks.lent import Lent
from tests.benchmarks.made.years import teams

WARM = 50
CHECKED = 40
CHECKED_UP_TO = 100_000
FOLDED_UP_TO = 1_000_000
"""What is checked lies within so many events of the beginning: to fold more takes too long."""
ROWS = 50
LONG_LOG = 5_000_000
"""From here on a page of the history may take longer."""


class Asked(Struct, frozen=True):
    """A question, and what each pool was answered to hold."""

    unit: str
    valid_at: Instant
    known_at: int
    quantities: Counter[str]


def holdings(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """S11: what one unit has of each pool at an instant, each time another; beside, its grants."""
    rng = random.Random(2)
    url, head = lent.url, lent.head
    units = teams()
    took: list[float] = []
    listed: list[float] = []
    answers: list[Asked] = []
    with long_connected(url) as connection:
        silent = what_nothing_takes(connection)
        for number in range(effort.questions + WARM):
            is_checked = number % (effort.questions // CHECKED) == 0
            known = min(head, FOLDED_UP_TO) if is_checked else head
            unit, known_at = rng.choice(units), rng.randrange(1, known + 1)
            valid_at = instant_asked(rng, number, known_at=known_at, head=head)
            began = time.perf_counter()
            sums = held_sums(
                connection, pool=None, units=[unit], valid_at=valid_at, known_at=known_at
            )
            between = time.perf_counter()
            rows = held(connection, pool=None, units=[unit], valid_at=valid_at, known_at=known_at)
            took.append((between - began) * 1000)
            listed.append((time.perf_counter() - between) * 1000)
            if is_checked:
                for found in (sums, rows):
                    quantities: Counter[str] = Counter()
                    for row in found:
                        quantities[row.pool] += row.quantity
                    answers.append(Asked(unit, valid_at, known_at, quantities))
    p99 = Spread.p99(took[WARM:])
    yield Measured(
        bar="S11",
        what=f"holdings of one unit at any valid_at x known_at, {head:,} events: p99",
        ours=p99,
        unit="ms [median to worst]",
        beside=(Beside(name="grant by grant", figure=Spread.p99(listed[WARM:]), note="ms p99"),),
        demands=(Demand(of="ms p99", figure=p99, at_most=2),),
        gates=(equal_to_the_fold(lent.fold, answers), durability(url)),
        remarks=(
            f"{effort.questions:,} questions over one connection, each at another instant",
            silent,
        ),
    )


def equal_to_the_fold(fold: Fold, answers: list[Asked]) -> Gate:
    """Judge a sample of the answers by folding the log up to each answer's position."""
    wrong = filled = 0
    for answer in sorted(answers, key=lambda one: one.known_at):
        state = fold.up_to(answer.known_at)
        expected: Counter[str] = Counter()
        for grant in state.grants.values():
            if grant.unit == answer.unit:
                expected[grant.pool] += own_at(grant, answer.valid_at)
        wrong += +expected != answer.quantities
        filled += bool(answer.quantities)
    found = f"{len(answers)} answers compared, {filled} of them not empty, {wrong} wrong"
    return Gate("answers == fold of the log up to known_at", not wrong and filled > 0, found)


def history(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """S13: pages of fifty, the newest first: the first page, and one from anywhere behind it."""
    rng = random.Random(3)
    url, head = lent.url, lent.head
    units = teams()
    first: list[float] = []
    deep: list[float] = []
    pages: list[Page] = []
    with long_connected(url) as connection:
        silent = what_nothing_takes(connection)
        for number in range(effort.questions // 2 + WARM):
            # One question in five is about everybody.
            unit = rng.choice(units) if number % 5 else None
            search = Search((Named("unit", unit),) if unit else ())
            is_checked = number < CHECKED
            beyond = rng.randrange(1, min(head, CHECKED_UP_TO) if is_checked else head)
            first.append(_timed(connection, search, head, None)[0])
            took, found = _timed(connection, search, head, beyond)
            deep.append(took)
            if is_checked:
                pages.append(Page(unit, beyond, found))
    newest, behind = Spread.p99(first[WARM:]), Spread.p99(deep[WARM:])
    at_most = 8 if head >= LONG_LOG else 3
    ratio = Spread.of([behind.median / newest.median])
    yield Measured(
        bar="S13",
        what=f"page of {ROWS} of the history, {head:,} events: p99 of first pages",
        ours=newest,
        unit="ms [median to worst]",
        demands=(
            Demand(of="ms p99 first", figure=newest, at_most=at_most),
            Demand(of="ms p99 deep", figure=behind, at_most=at_most),
            Demand(of="x first, deep pages", figure=ratio, at_most=1.5),
        ),
        gates=(equal_to_the_log(url, pages), durability(url)),
        remarks=(
            f"{len(first) - WARM:,} of each, newest first; one in five names no unit",
            silent,
        ),
    )


def _timed(
    connection: Connection, search: Search, head: int, beyond: int | None
) -> tuple[float, list[int]]:
    began = time.perf_counter()
    found = page(connection, search, known_at=head, beyond=beyond, order="desc", limit=ROWS)
    return (time.perf_counter() - began) * 1000, [entry.position for entry in found]


class Page(Struct, frozen=True):
    """A page of one unit's history, or everybody's, behind a position: the newest first."""

    unit: str | None
    beyond: int
    found: list[int]


def equal_to_the_log(url: str, pages: list[Page]) -> Gate:
    """Judge pages by reading the log from its beginning, and noting who is named where."""
    units = {one.unit: list[int]() for one in pages}
    of_grant: dict[str, str] = {}
    everything: list[int] = []
    last = max(one.beyond for one in pages)
    for stored in stored_events(url):
        event = decode(stored)
        if event.position >= last:
            break
        everything.append(event.position)
        for unit in _units(event, of_grant) & units.keys():
            units[unit].append(event.position)
    wrong = 0
    for one in pages:
        places = everything if one.unit is None else units[one.unit]
        behind = places[: bisect_left(places, one.beyond)]
        wrong += one.found != behind[: -ROWS - 1 : -1]
    rows = sum(len(one.found) for one in pages)
    found = f"{len(pages)} pages compared, {rows} rows, {wrong} wrong"
    return Gate("pages == the log", not wrong and rows > 0, found)


def _units(event: Event, of_grant: dict[str, str]) -> set[str]:
    """The units that an event names, or whose grants it is about."""
    match event:
        case Granted(data=fact):
            of_grant[fact.grant] = fact.unit
            return {fact.unit}
        case Reallocated(data=fact):
            of_grant[fact.to_grant] = fact.to_unit
            return {fact.to_unit, *(leg.unit for leg in fact.legs)}
        case Released(data=fact):
            return {leg.unit for leg in fact.legs}
        case Extended(data=fact):
            return {of_grant[fact.grant]}
        case Noted(data=fact):
            return {fact.about.unit} if isinstance(fact.about.unit, str) else set()
        case UnitCreated(data=fact):
            return {fact.unit, *([fact.parent] if fact.parent else [])}
        case Corrected(data=fact):
            said = [one.fact for one in sayings(fact) if one is not None]
            return {of_grant[grant] for grant in grants_said(*sayings(fact))} | {
                one.unit for one in said if isinstance(one, GrantMaking)
            }
        case _:
            return set()
