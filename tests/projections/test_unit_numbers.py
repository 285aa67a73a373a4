"""Units are found by number; two that had the same would still be told apart."""

from collections.abc import Mapping

import pytest

from projections.holdings import changes, levels, numbering, read, runs
from tests.projections.conftest import Log
from tests.projections.histories import UNITS, Author
from tests.support.facts import day


def told(log: Log, unit: str) -> Mapping[str, object]:
    """Whatever is read of one unit."""
    found: dict[str, object] = {}
    asked, known_at = log.connection, log.head()
    for at in (day(30), day(90)):
        found |= {
            f"held at {at}": read.held(
                asked, pool=None, units=[unit], valid_at=at, known_at=known_at
            ),
            f"sums at {at}": read.held_sums(
                asked, pool=None, units=[unit], valid_at=at, known_at=known_at
            ),
            f"grants at {at}": read.grants_of(
                asked, pool=None, units=[unit], valid_at=at, known_at=known_at, ended=True
            ),
            f"spans at {at}": runs.spans_at(
                asked, pool=None, units=[unit], valid_at=at, known_at=known_at
            ),
        }
    start, end = day(0), day(200)
    found["changes"] = changes.between(
        asked, pool=None, units=[unit], start=start, end=end, known_at=known_at
    )
    names = changes.touched(
        asked, pools=["h100"], units=[unit], start=start, end=end, known_at=known_at
    )
    found["rows"] = changes.family(asked, names, known_at)
    found["spans"] = runs.spans_and_owned(
        asked, units=[unit], start=start, end=end, known_at=known_at
    )
    return found


def test_units_with_one_number_are_told_apart(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write(Author(41).write(300))
    log.follow()
    apart = {unit: told(log, unit) for unit in UNITS}
    assert all(one["held at " + day(30)] or one["spans"] for one in apart.values())
    log.forget()
    for module in (numbering, levels):
        monkeypatch.setattr(module, "unit_number", lambda _: 7)
    log.follow(restarting=True, batch=40)
    assert log.connection.execute(
        "SELECT DISTINCT unit_number FROM proj_holdings.holdings"
    ).fetchall() == [(7,)]
    assert {unit: told(log, unit) for unit in UNITS} == apart
