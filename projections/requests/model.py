"""The read model of requests, for those who feed it."""

from typing import Final

from projections.model import Model, Table
from projections.requests.project import RequestsFold
from projections.statements import sql_of

REQUESTS: Final = Model(
    name="requests",
    version=3,
    tables=(
        Table(
            "requests",
            (
                "id", "request", "unit", "pools", "quantity", "least", "starts_at", "ends_at",
                "asked_priority", "decided_priority", "justification", "askers", "asked_at",
                "since", "outcome", "awarded", "rest", "until", "decided", "answered_by",
                "appealed", "withdrawn", "granted", "standing", "known_from", "known_to",
            ),
        ),
        Table("given", ("id", "grant_id", "request", "pool", "quantity", "known_from", "known_to")),
    ),
    tables_sql=sql_of("projections.requests", "schema.sql"),
    indexes_sql=sql_of("projections.requests", "indexes.sql"),
    recalled_by=("requests_by_name", "given_by_grant"),
    begin=RequestsFold,
)  # fmt: skip
