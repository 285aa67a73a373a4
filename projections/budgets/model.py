"""The read model of budgets, for those who feed it."""

from typing import Final

from projections.budgets.project import BudgetsFold
from projections.model import Model, Table
from projections.statements import sql_of

BUDGETS: Final = Model(
    name="budgets",
    version=1,
    tables=(
        Table(
            "shares",
            (
                "id", "pool", "unit", "floor", "amount", "cap", "parent", "valid_from", "valid_to",
                "position", "known_from", "known_to",
            ),
        ),
    ),
    tables_sql=sql_of("projections.budgets", "schema.sql"),
    indexes_sql=sql_of("projections.budgets", "indexes.sql"),
    begin=BudgetsFold,
)  # fmt: skip
