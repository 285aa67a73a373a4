"""The read model of holdings, for those who feed it."""

from typing import Final

from projections.holdings.project import HoldingsFold
from projections.model import Model, Table
from projections.statements import sql_of, statements

HOLDINGS: Final = Model(
    name="holdings",
    version=1,
    tables=(
        Table(
            "holdings",
            (
                "id", "pool", "unit", "grant_id", "class", "quantity", "valid_from", "valid_to",
                "known_from", "known_to", "fork",
            ),
            close_sql=statements("projections.holdings", "close.sql")["holdings_ended"],
        ),
        Table(
            "grants",
            (
                "id", "grant_id", "pool", "unit", "class", "start_at", "end_at", "first", "moved",
                "ended", "made", "known_from", "known_to",
            ),
        ),
        Table(
            "draws",
            (
                "id", "grant_id", "pool", "unit", "at", "quantity", "position", "to_unit",
                "known_from", "known_to",
            ),
        ),
        Table("effects", ("position", "pool", "unit", "at", "before", "after")),
    ),
    tables_sql=sql_of("projections.holdings", "schema.sql"),
    indexes_sql=sql_of("projections.holdings", "indexes.sql"),
    begin=HoldingsFold,
)  # fmt: skip
