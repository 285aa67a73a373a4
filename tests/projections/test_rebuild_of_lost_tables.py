"""Tables that somebody dropped: their model stops, others go on, a rebuild brings it back."""

from typing import LiteralString

import pytest

from projections.rebuild import rebuild
from tests.projections.conftest import MODELS_FED, Log
from tests.projections.histories import Author


@pytest.mark.parametrize("gone", ["DROP TABLE proj_holdings.effects CASCADE",
                                  "DROP SCHEMA proj_holdings CASCADE"])  # fmt: skip
def test_tables_that_were_lost_are_built_again_and_not_compared(
    log: Log, gone: LiteralString
) -> None:
    log.write(Author(3).write(40))
    log.follow()
    followed = log.rows()
    log.connection.execute(gone)
    log.write(Author(4).write(10))
    log.follow()
    standing = log.standing()
    assert standing.pop("holdings")[1] == "stopped", "the others do not wait for it"
    assert set(standing.values()) == {(log.head(), "following")}
    built = {one.model: one for one in rebuild(log.url, models=MODELS_FED, processes=2)}
    assert built["holdings"].compared_at is None
    assert str(built["holdings"].why).startswith("what served had lost proj_holdings.")
    assert all(one.switched and not one.differences for one in built.values())
    log.follow()
    assert set(log.standing().values()) == {(log.head(), "following")}
    assert log.rows().keys() == followed.keys()
