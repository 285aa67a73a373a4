"""Stories told one after the other to one ledger with its own clock, and read through its doors."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import psycopg
from fastapi.testclient import TestClient

from ledger.periods import Instant, micros, shifted
from ledger.store.embedded.server import Server
from ledger.store.roles import FOLLOWER, as_role
from projections.registry import ensure
from tests.api.conftest import opened
from tests.api.looking import read
from tests.api.told import write
from tests.support.in_memory import InMemory, day
from tests.support.postgres import copied

BETWEEN: Final = 100
DAY_US: Final = 24 * 3_600 * 1_000_000
Fields = dict[str, Any]


class Story:
    """A pool and units of its own, and days counted from when it begins."""

    def __init__(self, ledger: InMemory, address: str, doors: TestClient) -> None:
        self.ledger = ledger
        self.pool = ""
        self._address = address
        self._doors = doors
        self._begun = 0
        self._written = 0

    def begin(self, name: str, *units: str, total: int, label: str = "gpu") -> None:
        """Open a pool, and make units that belong to the story alone."""
        last = (micros(self.ledger.now) - micros(day(0))) // DAY_US
        self._begun = (last // BETWEEN + 1) * BETWEEN
        self.go_to(0)
        self.pool = name
        self.tell("open_pool", pool=name, unit_label=label)
        self.tell("change_capacity", pool=name, kind="counted", total=total)
        for unit in units:
            self.tell("create_unit", unit=unit)

    def day(self, number: float) -> Instant:
        """The instant so many days after the story began."""
        return day(self._begun + number)

    def number(self, at: Instant) -> int:
        """The day that is nearest to an instant: what is told takes effect microseconds later."""
        middle = shifted(at, timedelta(hours=12))
        return (micros(middle) - micros(self.day(0))) // DAY_US

    def go_to(self, number: float) -> None:
        """Let time pass."""
        self.ledger.go_to(self.day(number))

    def tell(self, do: str, **fields: Any) -> Fields:
        """Give a command that must pass; returns its first event."""
        return self.ledger.tell(do, **fields)[0]

    def grant(self, unit: str, quantity: int, **fields: Any) -> Fields:
        """Grant from the story's pool; returns the event."""
        return self.tell("grant", pool=self.pool, unit=unit, quantity=quantity, **fields)

    def read(self, path: str, **params: Any) -> Fields:
        """What the doors answer, of everything that was told."""
        if self._written < len(self.ledger.events):
            write(self._address, self.ledger)
            self._written = len(self.ledger.events)
        return read(self._doors, path, **params)

    def page(self, path: str, **params: Any) -> str:
        """A page of everything that was told."""
        self.read("/v1/holdings")
        shown = self._doors.get(path, params=params)
        assert shown.status_code == 200, shown.text
        return shown.text

    def held(self, number: float, **params: Any) -> dict[str, int]:
        """What each unit has in hand of the pool on a day, as the doors say."""
        asked = {"pool": self.pool, "valid_at": self.day(number), **params}
        items = self.read("/v1/holdings", **asked)["items"]
        return {one["unit"]: one["quantity"] for one in items}

    def capacity(self, number: float, **params: Any) -> Fields:
        """What the pool has on a day."""
        asked = {"pool": self.pool, "valid_at": self.day(number), **params}
        [row] = self.read("/v1/capacity", **asked)["items"]
        return row

    def curve(self, name: str, since: float, until: float, **params: Any) -> list[tuple[int, int]]:
        """When so much is free, by one curve: (day, free less short)."""
        asked = {"from": self.day(since), "until": self.day(until), **params}
        steps = self.read("/v1/supply", pool=self.pool, **asked)[name]
        return [(self.number(one["at"]), one["free"] - one["short"]) for one in steps]

    def statement(self, unit: str, since: float, until: float, **params: Any) -> Fields:
        """The statement of a unit; its arithmetic is checked on the way."""
        asked = {"unit": unit, "from": self.day(since), "to": self.day(until), **params}
        found = self.read("/v1/statement", pool=self.pool, **asked)
        changes = sum(one["quantity"] for one in found["entries"])
        assert found["opening"] + changes == found["closing"]
        return found

    def entries(
        self, unit: str, since: float, until: float, **params: Any
    ) -> list[tuple[int, str, int, int]]:
        """What changed for a unit: (day, kind, quantity, balance)."""
        return [
            (self.number(one["at"]), one["kind"], one["quantity"], one["balance"])
            for one in self.statement(unit, since, until, **params)["entries"]
        ]


@contextmanager
def stories(server: Server, template: str) -> Generator[Story]:
    """Yield a ledger for stories, and doors on a database that has what it was told."""
    with copied(server, template) as address:
        with psycopg.connect(as_role(address, FOLLOWER), autocommit=True) as connection:
            ensure(connection)
        with opened(address) as doors:
            yield Story(InMemory(), address, doors)
