"""The reads of `/v1` as pages put them: the same questions, answered by the same functions."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from api.reads import differences, due, forecasts, grants, statement, supply, why
from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found
from api.reads.shapes import Answer, GrantAnswer
from api.reads.shapes_of_books import DifferencesPage, StatementPage
from api.reads.shapes_of_outlook import DuePage, ForecastsPage, SupplyAnswer
from api.reads.shapes_of_why import GrantWhy
from ledger.periods import Instant

LISTED_MAX = 1000
"""Rows of one answer."""
A = TypeVar("A", bound=Answer)
Find = Callable[[Look, Asked], Found]


class Reads:
    """What the reads answer at the clocks of a page. What they refuse, the page refuses."""

    def __init__(self, look: Look, *, position: int, valid_at: Instant) -> None:
        self._look = look
        self._known_at = position
        self._valid_at = valid_at

    def grant(self, grant: str) -> GrantAnswer:
        """A grant with its steps, its loans, and the corrections that stand on it."""
        return self._answer(grants.find, GrantAnswer, f"/v1/grants/{grant}", self._clocks)

    def why(self, grant: str) -> GrantWhy:
        """What led to a grant, link by link, and what was done to it since."""
        return self._answer(why.find, GrantWhy, f"/v1/grants/{grant}/why", self._clocks)

    def statement(
        self, pool: str, under: str, start: Instant, end: Instant, limit: int
    ) -> StatementPage:
        """What a unit and all below it had of a pool over a period, and what changed it."""
        asked = {
            "pool": pool, "under": under, "from": start, "to": end, "known_at": self._known_at,
            "limit": limit,
        }  # fmt: skip
        return self._answer(statement.find, StatementPage, "/v1/statement", asked)

    def differences(
        self, known_from: int | Instant, pool: str | None, under: str | None
    ) -> tuple[DifferencesPage, bool]:
        """What is believed of the instant and was not at `known_from`, and whether more is."""
        asked = {
            "valid_at": self._valid_at, "known_from": known_from, "known_to": self._known_at,
            "pool": pool, "under": under, "limit": LISTED_MAX,
        }  # fmt: skip
        return self._page(differences.find, DifferencesPage, "/v1/differences", asked)

    def supply(self, pool: str, until: Instant) -> SupplyAnswer:
        """What a pool has free from the instant on: certain, likely and possible."""
        asked = self._ahead | {"pool": pool, "until": until}
        return self._answer(supply.find, SupplyAnswer, "/v1/supply", asked)

    def due(
        self, until: Instant, *, pool: str | None = None, under: str | None = None
    ) -> tuple[DuePage, bool]:
        """What falls due from the instant on, and whether there is more."""
        asked = self._ahead | {
            "pool": pool, "under": under, "until": until, "limit": LISTED_MAX,
        }  # fmt: skip
        return self._page(due.find, DuePage, "/v1/due", asked)

    def forecasts(self, *, pool: str | None = None, under: str | None = None) -> ForecastsPage:
        """Who is about to finish."""
        asked = {**self._clocks, "pool": pool, "under": under}
        return self._answer(forecasts.find, ForecastsPage, "/v1/forecasts", asked)

    @property
    def _clocks(self) -> dict[str, object]:
        return {"valid_at": self._valid_at, "known_at": self._known_at}

    @property
    def _ahead(self) -> dict[str, object]:
        return {"from": self._valid_at, "known_at": self._known_at}

    def _answer(self, find: Find, kind: type[A], path: str, asked: Mapping[str, object]) -> A:
        return self._page(find, kind, path, asked)[0]

    def _page(
        self, find: Find, kind: type[A], path: str, asked: Mapping[str, object]
    ) -> tuple[A, bool]:
        found = find(self._look, question(path, asked))
        if not isinstance(found.answer, kind):
            raise TypeError(f"{path} answers {type(found.answer).__name__}, not {kind.__name__}")
        return found.answer, found.after is not None


def question(path: str, asked: Mapping[str, object]) -> Asked:
    """A question as a program would put it; what is None is not asked. Problem 422."""
    given = {name: str(value) for name, value in asked.items() if value is not None}
    headers: Sequence[tuple[bytes, bytes]] = ()
    scope: dict[str, object] = {
        "type": "http", "path": path, "query_string": urlencode(given).encode(),
        "headers": headers,
    }  # fmt: skip
    question = Asked(Request(scope), given)
    question.check(given)
    return question
