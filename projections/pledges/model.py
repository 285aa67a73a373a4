"""The read model of pledges, for those who feed it."""

from typing import Final

from projections.model import Model, Table
from projections.pledges.project import PledgesFold
from projections.statements import sql_of

PLEDGES: Final = Model(
    name="pledges",
    version=1,
    tables=(
        Table(
            "promises",
            (
                "id", "pledge", "to_unit", "position", "made", "by_person", "recorded_at",
                "valid_from", "valid_to", "pools", "of_unit", "share_bp", "quantity", "known_from",
                "known_to",
            ),
        ),
    ),
    tables_sql=sql_of("projections.pledges", "schema.sql"),
    indexes_sql=sql_of("projections.pledges", "indexes.sql"),
    begin=PledgesFold,
)  # fmt: skip
