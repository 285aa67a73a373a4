"""The reads of `/v1` as pages put them: the same questions, answered by the same functions."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from api.reads import differences, grants, holdings, statement
from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found
from api.reads.shapes import Answer, GrantAnswer, HoldingsPage
from api.reads.shapes_of_books import DifferencesPage, StatementPage
from ledger.periods import Instant

LISTED_MAX = 1000
"""Rows of one answer."""
A = TypeVar("A", bound=Answer)


class Reads:
    """What the reads answer at the clocks of a page. What they refuse, the page refuses."""

    def __init__(self, look: Look, *, position: int, valid_at: Instant) -> None:
        self._look = look
        self._known_at = position
        self._valid_at = valid_at

    def grant(self, grant: str) -> GrantAnswer:
        """A grant with its steps, its loans, and the corrections that stand on it."""
        return self._answer(grants.find, GrantAnswer, f"/v1/grants/{grant}", self._clocks)

    def holdings(self, **asked: str | None) -> HoldingsPage:
        """Who holds what, lent and borrowed."""
        return self._answer(holdings.find, HoldingsPage, "/v1/holdings", self._clocks | asked)

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
    ) -> DifferencesPage:
        """What is believed of the instant and was not at `known_from`."""
        asked = {
            "valid_at": self._valid_at, "known_from": known_from, "known_to": self._known_at,
            "pool": pool, "under": under, "limit": LISTED_MAX,
        }  # fmt: skip
        return self._answer(differences.find, DifferencesPage, "/v1/differences", asked)

    @property
    def _clocks(self) -> dict[str, object]:
        return {"valid_at": self._valid_at, "known_at": self._known_at, "limit": LISTED_MAX}

    def _answer(
        self,
        find: Callable[[Look, Asked], Found],
        kind: type[A],
        path: str,
        asked: Mapping[str, object],
    ) -> A:
        answer = find(self._look, question(path, asked)).answer
        if not isinstance(answer, kind):
            raise TypeError(f"{path} answers {type(answer).__name__}, not {kind.__name__}")
        return answer


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
