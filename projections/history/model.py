"""The read model of the history, for those who feed it."""

from typing import Final

from projections.history.project import HistoryFold
from projections.model import Model, Table
from projections.statements import sql_of, statements

_MERGE: Final = statements("projections.history", "merge.sql")
_POSTING: Final = ("block", "tag", "bits")

HISTORY: Final = Model(
    name="history",
    version=10,
    tables=(
        Table("decisions", ("position", "last", "recorded_at", "decision", "key")),
        Table("subjects", ("position", "subject")),
        Table("spoken_of", ("position", "subject", "wholly")),
        Table("postings_before", _POSTING, grow_sql=_MERGE["tags_begun"]),
        Table("postings_last", _POSTING, grow_sql=_MERGE["tags_grown"]),
        Table("corrections", ("about", "position")),
        Table("notes", ("about", "position")),
        Table("pools", ("pool", "position", "unit_label")),
        Table("loans", ("position",)),
    ),
    tables_sql=sql_of("projections.history", "schema.sql"),
    indexes_sql=sql_of("projections.history", "indexes.sql"),
    recalled_by=("events_about",),
    begin=HistoryFold,
    effort=4,
)
