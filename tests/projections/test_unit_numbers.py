"""Units are found by number; two that had the same would still be told apart."""

from collections.abc import Mapping

import pytest

from projections.holdings import changes, read, rows, runs
from tests.projections.conftest import Log
from tests.projections.histories import UNITS, Author
from tests.support.facts import day


def told(log: Log, unit: str) -> Mapping[str, object]:
    """Whatever is read of one unit."""
    found: dict[str, object] = {}
    for at in (day(30), day(90)):
        about = {"pool": None, "units": [unit], "valid_at": at, "known_at": log.head()}
        found |= {
            f"held at {at}": read.held(log.connection, **about),
            f"sums at {at}": read.held_sums(log.connection, **about),
            f"grants at {at}": read.grants_of(log.connection, ended=True, **about),
            f"spans at {at}": runs.spans_at(log.connection, **about),
        }
    over = {"units": [unit], "start": day(0), "end": day(200), "known_at": log.head()}
    found["changes"] = changes.between(log.connection, pool=None, **over)
    found["rows"] = changes.rows_between(log.connection, pool=None, **over)
    found["spans"] = runs.spans_and_owned(log.connection, **over)
    return found


def test_units_with_one_number_are_told_apart(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write(Author(41).write(300))
    log.follow()
    apart = {unit: told(log, unit) for unit in UNITS}
    assert all(one["held at " + day(30)] or one["spans"] for one in apart.values())
    log.forget()
    monkeypatch.setattr(rows, "unit_number", lambda _: 7)
    log.follow(restarting=True, batch=40)
    assert log.connection.execute(
        "SELECT DISTINCT unit_number FROM proj_holdings.holdings"
    ).fetchall() == [(7,)]
    assert {unit: told(log, unit) for unit in UNITS} == apart
