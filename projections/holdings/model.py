"""The read model of holdings, for those who feed it."""

from typing import Final

from projections.holdings.project import HoldingsFold
from projections.model import Model, Table
from projections.statements import sql_of, statements

HOLDINGS: Final = Model(
    name="holdings",
    version=10,
    tables=(
        Table(
            "accounts",
            ("account", "pool", "unit", "class", "unit_number"),
            grow_sql=statements("projections.holdings", "merge.sql")["accounts_named"],
        ),
        Table(
            "holdings",
            (
                "id", "quantity", "valid_from", "valid_to", "end_at", "made", "grant_id", "kind",
                "ended", "pool", "unit", "class", "account", "unit_number", "to_unit",
                "other_grant", "known_from", "known_to", "fork",
            ),
            close_sql=statements("projections.holdings", "close.sql")["holdings_ended"],
        ),
        Table(
            "effects",
            ("block", "told"),
            grow_sql=statements("projections.holdings", "merge.sql")["effects_grown"],
        ),
        Table("shifts", ("at", "position", "account", "quantity", "unit_number")),
        Table(
            "hindsight", ("position", "account", "valid_from", "valid_to", "quantity", "fork")
        ),
        Table("sums", ("position", "at", "accounts", "quantities")),
        Table("outlook", ("position", "unit_number", "times", "accounts", "quantities")),
    ),
    tables_sql=sql_of("projections.holdings", "schema.sql"),
    indexes_sql=sql_of("projections.holdings", "indexes.sql"),
    recalled_by=("holdings_of_grant", "holdings_of_loan"),
    begin=HoldingsFold,
    effort=8,
)  # fmt: skip
