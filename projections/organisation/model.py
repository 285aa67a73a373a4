"""The read model of the organisation, for those who feed it."""

from typing import Final

from projections.model import Model, Table
from projections.organisation.project import OrganisationFold
from projections.statements import sql_of

ORGANISATION: Final = Model(
    name="organisation",
    version=4,
    tables=(
        Table(
            "pools",
            (
                "id", "pool", "title", "unit_label", "granule", "opened_at", "closed_at",
                "known_from", "known_to",
            ),
        ),
        Table(
            "units",
            (
                "id", "unit", "name", "kind", "parent", "since", "closed_at", "merged_into",
                "valid_from", "valid_to", "known_from", "known_to",
            ),
        ),
        Table(
            "delegations",
            (
                "id", "delegation", "to_person", "role", "unit", "pools", "most", "since", "until",
                "given_by", "revoked", "known_from", "known_to",
            ),
        ),
        Table(
            "rules",
            (
                "id", "pool", "second_person_from", "backdate_days", "notice_days", "valid_from",
                "valid_to", "known_from", "known_to",
            ),
        ),
        Table(
            "rates",
            (
                "id", "pool", "h100_milli", "position", "valid_from", "valid_to", "known_from",
                "known_to",
            ),
        ),
        Table(
            "said",
            ("id", "position", "topic", "effective_at", "said", "known_from", "known_to"),
        ),
    ),
    tables_sql=sql_of("projections.organisation", "schema.sql"),
    indexes_sql=sql_of("projections.organisation", "indexes.sql"),
    begin=OrganisationFold,
)  # fmt: skip
