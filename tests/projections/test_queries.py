"""Every named query fits the real schema, and the hot ones keep to their indexes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, LiteralString, cast

import psycopg
import pytest
from psycopg import sql

from projections.holdings.forks import sides_of_hours, way_of_positions
from projections.holdings.numbering import of_units
from projections.registry import MODELS
from projections.statements import statements
from tests.projections.conftest import Log
from tests.projections.histories import Author
from tests.support.facts import day, named

QUERIES = [
    *((f"projections.{model.name}", "queries.sql") for model in MODELS),
    ("projections.holdings", "ahead.sql"),
    ("projections.holdings", "changes.sql"),
    ("projections.holdings", "freed.sql"),
    ("projections.holdings", "lending.sql"),
    ("projections.holdings", "over_time.sql"),
    ("projections.holdings", "sums.sql"),
    ("projections.holdings", "titles.sql"),
]
RECALLS = [f"projections.{model.name}" for model in MODELS]
CUSTOM_PLANS = 5
"""So often PostgreSQL plans a prepared statement anew, before it weighs a plan for any question."""
PARAMETER = re.compile(r"%\((\w+)\)s")


def numbered(statement: str) -> LiteralString:
    """A statement with parameters by number, as PREPARE takes it."""
    names = list(dict.fromkeys(PARAMETER.findall(statement)))
    text = PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return cast("LiteralString", text.rstrip().rstrip(";"))


@pytest.mark.parametrize(("package", "file"), QUERIES)
def test_every_query_fits_the_schema(log: Log, package: str, file: str) -> None:
    log.follow()
    queries = statements(package, file)
    assert queries
    for name, statement in queries.items():
        log.connection.execute(cast("LiteralString", f'PREPARE "{name}" AS ') + numbered(statement))
    prepared = log.connection.execute("SELECT name FROM pg_prepared_statements WHERE from_sql")
    assert {row[0] for row in prepared} == set(queries)


@pytest.mark.parametrize("package", RECALLS)
def test_every_recall_fits_the_schema(log: Log, package: str) -> None:
    log.follow()
    schema = f"proj_{package.rpartition('.')[2]}"
    log.connection.execute("SELECT set_config('search_path', %s, false)", [schema])
    queries = statements(package, "recall.sql")
    assert queries
    for name, statement in queries.items():
        log.connection.execute(cast("LiteralString", f'PREPARE "{name}" AS ') + numbered(statement))


def every_statement(package: str) -> dict[str, LiteralString]:
    """The statements of all files of a package, by name."""
    found: dict[str, LiteralString] = {}
    for one, file in QUERIES:
        if one == package:
            found |= statements(one, file)
    return found


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A plan's nodes, all the way down."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


HOUR, BEFORE, BEHIND = sides_of_hours(day(100))
KNOWN = {
    "valid_at": day(100),
    "known_at": 2000,
    "pool": None,
    "hour": HOUR,
    "forks_before": BEFORE,
    "forks_after": BEHIND,
    "known_forks": way_of_positions(2000),
}
OF_UNIT = {"holdings_of_unit", "holdings_of_unit_once"}
ACCOUNTS = {"accounts_pkey", "accounts_pool_unit_class_key", "accounts_of_unit"}
BALANCE = {"kept": 1995, "told_by": 1999}
HINDSIGHT = {"hindsight_by_end", "hindsight_by_start"}
BEGINNING = {"sums_pkey", "outlook_pkey"}
AT_AN_INSTANT = [
    ("queries", "held", KNOWN | of_units(["vision"]), OF_UNIT | ACCOUNTS),
    ("queries", "held", KNOWN | of_units(None), OF_UNIT | ACCOUNTS),
    ("sums", "sums_since", KNOWN | BALANCE, BEGINNING | {"shifts_by_position"} | HINDSIGHT),
    (
        "sums",
        "sums_since_of_units",
        KNOWN | BALANCE | of_units(["vision"]),
        BEGINNING | {"shifts_of_unit"} | HINDSIGHT | ACCOUNTS,
    ),
]
FEW = {"pools", "accounts"}
"""Tables of which all may be read."""
HOT = [
    *(("holdings", name, given, indexes) for _, name, given, indexes in AT_AN_INSTANT),
    (
        "holdings",
        "balance_before",
        {"since": day(98), "until": day(100), "known_at": 2000},
        {"sums_pkey", "sums_by_time"},
    ),
    ("holdings", "grant", {"grant": named("g1"), "known_at": 9}, {"holdings_of_grant"}),
    ("holdings", "effects", {"blocks": [0, 1]}, {"effects_pkey"}),
    (
        "history",
        "postings",
        {"tags": ["unit:vision", "word:idle"], "first": 0, "last": 1},
        {"postings_before_pkey", "postings_last_pkey"},
    ),
    *(
        (
            "holdings",
            "touched_by_time",
            {"pools": ["h100"], "units": units, "start": day(90), "end": day(100), "known_at": 9},
            {"holdings_by_start", "holdings_by_end", "holdings_of_grant", "holdings_of_loans"},
        )
        for units in (None, ["vision", "atlas"])
    ),
    (
        "holdings",
        "gone",
        {"pool": "h100", "start": day(90), "end": day(100), "known_at": 2000, "most": 20},
        {"holdings_by_start", "holdings_by_end", "holdings_of_grant"},
    ),
    ("holdings", "parts_of", {"grants": [named("g1")], "known_at": 9}, {"holdings_of_grant"}),
    (
        "holdings",
        "touched_by_unit",
        {"pools": None, **of_units(["vision"]), "start": day(90), "end": day(100), "known_at": 9},
        OF_UNIT
        | ACCOUNTS
        | {"holdings_by_start", "holdings_of_grant", "holdings_of_loans", "holdings_of_loan"},
    ),
    (
        "holdings",
        "rows_of_grants",
        {"grants": [named("g1")], "known_at": 9},
        {"holdings_of_grant", "holdings_of_loans"},
    ),
    ("holdings", "positions_told", {"grants": [named("g1")], "known_at": 9}, {"holdings_of_grant"}),
    (
        "holdings",
        "turns_of_grants",
        {"grants": [named("g1")], "valid_at": day(9), "known_from": 3, "known_to": 9},
        {"holdings_of_grant", "holdings_by_start"},
    ),
    (
        "holdings",
        "loans",
        KNOWN | {"units": None, "forks": [*BEFORE, *BEHIND]},
        {"holdings_of_loans", "holdings_of_grant", "holdings_by_start"},
    ),
    (
        "forecasts",
        "standing",
        KNOWN | {"pool": "h100", "units": None},
        {"forecasts_of_pool"},
    ),
    (
        "forecasts",
        "standing",
        KNOWN | {"pool": None, "units": ["vision"]},
        {"forecasts_of_unit"},
    ),
    (
        "forecasts",
        "predictions",
        {"units": ["vision", "atlas"], "due_by": day(40), "known_at": 9, "last": 10},
        {"predictions_of_unit", "departures_of_grant"},
    ),
    (
        "forecasts",
        "departures",
        {"grants": [named("g1")], "known_at": 9},
        {"departures_of_grant"},
    ),
    ("holdings", "held_of_grants", {"grants": [named("g1")], **KNOWN}, {"holdings_of_grant"}),
    ("holdings", "kin", {"grants": [named("g1")]}, {"holdings_of_grant", "holdings_of_loan"}),
    ("history", "decision_around", {"position": 7}, {"decisions_pkey"}),
    ("history", "recorded_by", {"instant": day(50)}, {"decisions_by_recorded"}),
    ("history", "of_subject", {"value": named("g1")}, {"subjects_pkey"}),
    ("history", "notes_on", {"positions": [7], "known_at": 9}, {"notes_pkey"}),
    ("history", "of_decision", {"value": named("g1")}, {"decisions_by_id"}),
    ("history", "of_key", {"value": "key 7"}, {"decisions_of_key"}),
    (
        "history",
        "background",
        {"subjects": [named("g1")]},
        {"subjects_pkey", "corrections_pkey", "events_notification_id_idx"},
    ),
    (
        "history",
        "told",
        {"positions": [7], "known_at": 9},
        {"spoken_of_pkey", "subjects_pkey", "corrections_pkey", "events_notification_id_idx"},
    ),
    (
        "history",
        "facts_about",
        {"subjects": [named("g1")], "known_at": 9},
        {"subjects_pkey", "events_notification_id_idx"},
    ),
]


def test_hot_queries_keep_to_their_indexes(log: Log) -> None:
    log.write(Author(41).write(1500))
    log.follow()
    log.connection.execute("ANALYZE")
    # These tables are small, so that reading all may be quicker; what counts is that it need not.
    log.connection.execute("SET enable_seqscan = off")
    for model, name, given, indexes in HOT:
        statement = every_statement(f"projections.{model}")[name]
        explained = log.connection.execute("EXPLAIN (FORMAT JSON) " + statement, given).fetchall()
        plan = list(nodes(explained[0][0][0]["Plan"]))
        scanned = [node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"]
        assert set(scanned) <= FEW, f"{model}.{name} reads all of {scanned}"
        used = {node["Index Name"] for node in plan if "Index Name" in node}
        assert used <= indexes, f"{model}.{name} uses {used}"
        assert used, f"{model}.{name} uses no index"


def test_a_plan_for_any_instant_costs_what_one_for_this_instant_does(log: Log) -> None:
    log.write(Author(41).write(300))
    log.follow()
    log.connection.execute("ANALYZE")
    for file, name, given, _ in AT_AN_INSTANT:
        statement = statements("projections.holdings", f"{file}.sql")[name]
        this = log.connection.execute("EXPLAIN (FORMAT JSON) " + statement, given).fetchall()
        of_any = cast("LiteralString", "EXPLAIN (FORMAT JSON, GENERIC_PLAN) ") + numbered(statement)
        with psycopg.ClientCursor(log.connection) as cursor:
            any_other = cursor.execute(of_any).fetchall()
        costs = [one[0][0][0]["Plan"]["Total Cost"] for one in (this, any_other)]
        # Whether a pool is asked for is all that the planner is told.
        assert costs[0] == pytest.approx(costs[1], rel=0.02), name


def test_what_is_held_at_an_instant_is_planned_once(log: Log) -> None:
    log.write(Author(41).write(300))
    log.follow()
    log.connection.execute("ANALYZE")
    for file, name, given, _ in AT_AN_INSTANT:
        statement = statements("projections.holdings", f"{file}.sql")[name]
        for _ in range(CUSTOM_PLANS + 3):
            log.connection.execute(statement, given, prepare=True)
    found = log.connection.execute(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements"
        " WHERE statement LIKE '%UNION ALL%'"
    ).fetchall()
    asked = Counter(name for _, name, _, _ in AT_AN_INSTANT)
    plans = [(CUSTOM_PLANS, times * (CUSTOM_PLANS + 3) - CUSTOM_PLANS) for times in asked.values()]
    assert sorted(found) == sorted(plans)


def test_what_a_follower_looks_up_it_finds_by_ids_before_anything_is_known_of_tables(
    log: Log,
) -> None:
    log.follow()
    log.connection.execute("ALTER TABLE proj_holdings.holdings SET (autovacuum_enabled = off)")
    log.write(Author(41).write(1500))
    log.follow()
    log.connection.execute("SET search_path = proj_holdings")
    log.connection.execute("SET enable_seqscan = off")
    ended = sql.SQL(statements("projections.holdings", "close.sql")["holdings_ended"]).format(
        table=sql.Identifier("holdings"), schema=sql.Identifier("proj_holdings")
    )
    recalled = statements("projections.holdings", "recall.sql")
    tags = {"block": [1], "tag": ["unit:vision"], "bits": [bytes(128)]}
    merged = [
        sql.SQL(statements("projections.history", "merge.sql")[name]).format(
            table=sql.Identifier("proj_history", table), schema=sql.Identifier("proj_history")
        )
        for name, table in (("tags_grown", "postings_last"), ("tags_begun", "postings_before"))
    ]
    for statement, given, index in (
        *((one, tags, "postings_last_pkey") for one in merged),
        (ended, {"rows": [*range(50)], "positions": [9] * 50}, "holdings_pkey"),
        (sql.SQL(recalled["grants_standing"]), {"grants": [named("g1")]}, "holdings_of_grant"),
        (sql.SQL(recalled["loans_standing"]), {"grants": [named("g1")]}, "holdings_of_loan"),
    ):
        explained = log.connection.execute(sql.SQL("EXPLAIN (FORMAT JSON) ") + statement, given)
        plan = nodes(explained.fetchall()[0][0][0]["Plan"])
        assert {node["Index Name"] for node in plan if "Index Name" in node} == {index}
