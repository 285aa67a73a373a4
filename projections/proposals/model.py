"""The read model of proposals, for those who feed it."""

from typing import Final

from projections.model import Model, Table
from projections.proposals.project import ProposalsFold
from projections.statements import sql_of

PROPOSALS: Final = Model(
    name="proposals",
    version=1,
    tables=(
        Table(
            "proposals",
            (
                "id", "proposal", "position", "recorded_at", "by_person", "command", "needs",
                "expires_at", "outcome", "ended", "ended_by", "known_from", "known_to",
            ),
        ),
    ),
    tables_sql=sql_of("projections.proposals", "schema.sql"),
    indexes_sql=sql_of("projections.proposals", "indexes.sql"),
    begin=ProposalsFold,
)  # fmt: skip
