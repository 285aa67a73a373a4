"""A chart shows what a unit and all below it had, each while it was there, however it is read."""

from collections import defaultdict
from collections.abc import Generator

import psycopg
import pytest

from api.web import graphs
from api.web.charts import Run, evenly
from api.web.graphs import Graph, Graphs
from api.web.pools import REST
from ledger.facts import UnitCreation, UnitMove
from ledger.periods import Instant
from projections.holdings import changes
from projections.holdings.runs import spans
from projections.organisation import read as organisation
from tests.projections.conftest import Log
from tests.projections.histories import POOLS, Author
from tests.support.facts import day, granted

WINDOW = (day(4), day(80))
MOVED = {"vision": (day(8), day(30)), "atlas": (day(30), WINDOW[1])}
"""When what the unit that moved had counts below each."""


@pytest.fixture(params=[70, 71, 72])
def log(migrated_database: str, request: pytest.FixtureRequest) -> Generator[Log]:
    """A log of a random history and a unit that moved with what it held, followed to its end."""
    book = Author(request.param).write(140)
    late = day(400)
    made = UnitCreation(unit="nomad", name="Nomad", kind="project", parent="vision")
    book.tell(made, on=day(2), recorded=late)
    book.tell(granted("nomads", "nomad", 24), on=day(8), recorded=late)
    book.tell(UnitMove(unit="nomad", parent="atlas"), on=day(30), recorded=late)
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        found = Log(migrated_database, connection)
        found.write(book)
        found.follow(9)
        yield found


def reader(log: Log) -> Graphs:
    lives: defaultdict[str, list[organisation.UnitRun]] = defaultdict(list)
    for run in organisation.runs(log.connection, log.head()):
        lives[run.unit].append(run)
    return Graphs(
        log.connection,
        log.head(),
        lives,
        lambda unit: organisation.subtree_over_time(log.connection, unit, log.head()),
    )


def level(runs: object, at: Instant) -> int:
    assert isinstance(runs, list | tuple)
    return sum(run.quantity for run in runs if run.start <= at < run.end)


def expected(log: Log, unit: str | None) -> dict[str, dict[str, list[Run]]]:
    """Grant by grant, each while its unit was there."""
    start, end = WINDOW
    there: defaultdict[str, list[tuple[Instant, Instant]]] = defaultdict(list)
    for member, since, until in (
        organisation.subtree_over_time(log.connection, unit, log.head()) if unit else ()
    ):
        there[member].append((since, until))
    found: defaultdict[str, defaultdict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for span in spans(
        log.connection, pool=None, units=None, start=start, end=end, known_at=log.head()
    ):
        for since, until in there[span.unit] if unit else [(start, end)]:
            begin, stop = max(span.start, since), min(span.end, until)
            if begin < stop:
                run = Run(start=begin, end=stop, quantity=span.quantity)
                found[span.pool][span.unit].append(run)
    return {pool: dict(of) for pool, of in found.items()}


def instants(of: dict[str, list[Run]]) -> list[Instant]:
    return sorted({at for runs in of.values() for run in runs for at in (run.start, run.end)})[:-1]


def test_below_a_unit_each_counts_while_it_was_there(log: Log) -> None:
    for unit in ("lab", "vision", "atlas"):
        found = reader(log).below(unit, WINDOW, lambda member: member)
        wanted = expected(log, unit)
        assert {pool for pool, one in found.items() if any(one.groups.values())} == wanted.keys()
        for pool, of in wanted.items():
            for at in instants(of):
                for member, runs in of.items():
                    assert level(found[pool].groups.get(member, ()), at) == level(runs, at)
            if pool == "h100" and unit in MOVED:
                assert _nomads(found[pool]) == MOVED[unit]


def _nomads(graph: Graph) -> tuple[Instant, Instant]:
    """When what the unit that moved had was counted."""
    (run,) = graph.groups["nomad"]
    return run.start, run.end


def test_of_a_pool_all_is_there_also_when_it_is_sampled(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = expected(log, None)
    exact = {pool: reader(log).of_pool(pool, WINDOW, ()) for pool in POOLS}
    monkeypatch.setattr(graphs, "MANY", 3)
    monkeypatch.setattr(graphs, "COLOURS", 1)
    sampled = {pool: reader(log).of_pool(pool, WINDOW, ("vision",)) for pool in POOLS}
    for pool, of in wanted.items():
        assert not exact[pool].is_sampled
        assert sampled[pool].is_sampled
        assert sampled[pool].groups.keys() <= {"vision", REST}
        for at in instants(of):
            for unit, runs in of.items():
                assert level(exact[pool].groups[unit], at) == level(runs, at)
        assert sums_at_even_steps(sampled[pool]) == sums_at_even_steps(exact[pool])


def sums_at_even_steps(graph: Graph) -> list[int]:
    return [sum(level(runs, at) for runs in graph.groups.values()) for at in evenly(WINDOW)]


def test_changes_of_a_unit_and_of_all_that_was_ever_below_it_are_counted(log: Log) -> None:
    read = reader(log)
    of_vision = changes.between(
        log.connection,
        pool=None,
        units=["vision", "nomad"],
        start=WINDOW[0],
        end=WINDOW[1],
        known_at=log.head(),
    )
    assert len(of_vision) > 2
    assert read.has_more_below("vision", 2, WINDOW)
    assert not read.has_more_below("vision", 1000, WINDOW)
    assert not read.has_more_below("vision", 0, (day(4), day(4)))


def test_what_is_to_come_is_told_for_as_long_as_there_is_not_too_much(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = reader(log)
    by_then = {
        days: len(
            changes.between(
                log.connection,
                pool=None,
                units=None,
                start=day(5),
                end=day(5 + days),
                known_at=log.head(),
            )
        )
        for days in (9, 20, 50)
    }
    assert 0 < by_then[9] < by_then[20] < by_then[50]
    assert read.ahead(day(5), (9, 20, 50)) == 50
    monkeypatch.setattr(graphs, "TOLD", 2 * by_then[9])
    assert read.ahead(day(5), (9, 20, 50)) in (9, 20)
    monkeypatch.setattr(graphs, "TOLD", 0)
    assert read.ahead(day(5), (9, 20, 50)) == 9
