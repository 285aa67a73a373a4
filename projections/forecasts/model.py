"""The read model of forecasts, for those who feed it."""

from typing import Final

from projections.forecasts.project import ForecastsFold
from projections.model import Model, Table
from projections.statements import sql_of, statements

FORECASTS: Final = Model(
    name="forecasts",
    version=1,
    tables=(
        Table(
            "forecasts",
            (
                "id", "grant_id", "pool", "unit", "position", "recorded_at", "steps", "confidence",
                "revised", "ends_at", "known_from", "known_to",
            ),
        ),
        Table(
            "predictions",
            (
                "id", "position", "step", "grant_id", "pool", "unit", "quantity", "total",
                "expected_at", "known_from", "known_to",
            ),
        ),
        Table(
            "departures",
            ("id", "grant_id", "made", "at", "quantity", "known_from", "known_to"),
        ),
        Table(
            "said",
            ("grant_id", "position", "parts"),
            statements("projections.forecasts", "merge.sql")["said_anew"],
        ),
    ),
    tables_sql=sql_of("projections.forecasts", "schema.sql"),
    indexes_sql=sql_of("projections.forecasts", "indexes.sql"),
    recalled_by=("forecasts_of_grant", "predictions_of_grant", "departures_of_grant"),
    begin=ForecastsFold,
    effort=4,
)  # fmt: skip
