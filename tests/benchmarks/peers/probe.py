"""The probe: one connection that inserts one row and commits, over and over."""

import time

import psycopg
from psycopg.conninfo import make_conninfo

MAKE = "CREATE TABLE IF NOT EXISTS probe (id bigserial PRIMARY KEY, state bytea NOT NULL)"
INSERT = "INSERT INTO probe (state) VALUES (%b)"
STATE = b"x" * 500
"""About as much as one event takes."""


class Probe:
    """Measures how many durable one-row transactions a second the server gives one connection."""

    def __init__(self, url: str) -> None:
        """Connect as a plain client, with the server's own settings."""
        self._connection = psycopg.connect(make_conninfo(url, application_name="probe"))
        self._connection.execute(MAKE)
        self._connection.commit()

    def rate(self, seconds: float) -> float:
        """Commits a second over that time."""
        connection = self._connection
        began = time.perf_counter()
        count = 0
        while time.perf_counter() - began < seconds:
            connection.execute(INSERT, (STATE,))
            connection.commit()
            count += 1
        return count / (time.perf_counter() - began)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
