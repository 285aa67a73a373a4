"""The read model of capacity, for those who feed it."""

from typing import Final

from projections.capacity.project import CapacityFold
from projections.model import Model, Table
from projections.statements import sql_of

CAPACITY: Final = Model(
    name="capacity",
    version=2,
    tables=(
        Table(
            "levels",
            (
                "id", "pool", "installed", "lost", "headroom", "allocatable", "valid_from",
                "valid_to", "known_from", "known_to",
            ),
        ),
        Table(
            "pools",
            ("id", "pool", "unit_label", "granule", "opened_at", "known_from", "known_to"),
        ),
        Table(
            "changes",
            (
                "id", "position", "pool", "kind", "amount", "effective_at", "known_from",
                "known_to",
            ),
        ),
    ),
    tables_sql=sql_of("projections.capacity", "schema.sql"),
    indexes_sql=sql_of("projections.capacity", "indexes.sql"),
    begin=CapacityFold,
)  # fmt: skip
