"""The reads of `/v1` as pages put them: the same questions, answered by the same functions."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from api.reads import (
    budgets,
    differences,
    due,
    flows,
    forecasts,
    grants,
    holdings,
    pledges,
    requests,
    statement,
    supply,
    why,
    why_request,
)
from api.reads.asked import Asked
from api.reads.curves import Turn
from api.reads.expecting import expected, to_the_pool
from api.reads.look import Clocks, Look
from api.reads.reading import Found, unknown
from api.reads.shapes import Answer, FlowsPage
from api.reads.shapes_of_asking import RequestAnswer, RequestsPage
from api.reads.shapes_of_books import DifferencesPage, StatementPage
from api.reads.shapes_of_deciding import BudgetsPage
from api.reads.shapes_of_grants import GrantAnswer, Takeable
from api.reads.shapes_of_outlook import DuePage, ForecastsPage, SupplyAnswer
from api.reads.shapes_of_pledges import PledgeRow, PledgesPage
from api.reads.shapes_of_why import GrantWhy, RequestWhy
from api.reads.takeable import Takings
from ledger.budgets import Budget
from ledger.periods import Instant
from projections.budgets.read import budgets as shares
from projections.organisation.read import Delegation, delegations
from projections.proposals.read import Proposal, Status, proposals

LISTED_MAX = 1000
"""Rows of one answer."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)
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

    def why_request(self, request: str) -> RequestWhy:
        """Why a request stands as it does: the answers, by what right, and who got it instead."""
        path = f"/v1/requests/{request}/why"
        return self._answer(why_request.find, RequestWhy, path, self._clocks)

    def deliverable(self, pool: str) -> Mapping[str, int]:
        """What of what each unit holds of a pool can be used, while less is there than is held."""
        clocks = Clocks(valid_at=self._valid_at, known_at=self._known_at, is_fixed=False)
        found = Counter[str]()
        for one in holdings.sorted_shares(self._look, clocks, pool, None, "unit"):
            found[one.unit] += one.deliverable
        return found

    def takeable(self, pool: str, unit: str, in_hand: int, borrowed: int) -> Takeable:
        """What may be taken of what a unit with all below it has in hand, and from when on."""
        return self._takings.of((pool, unit), in_hand, borrowed=borrowed, start=self._valid_at)

    @cached_property
    def _takings(self) -> Takings:
        clocks = Clocks(valid_at=self._valid_at, known_at=self._known_at, is_fixed=False)
        return Takings(self._look, clocks)

    def statement(
        self, pool: str, under: str, start: Instant, end: Instant, limit: int
    ) -> StatementPage:
        """What a unit and all below it had of a pool over a period, and what changed it."""
        asked = {
            "pool": pool, "under": under, "from": start, "to": end, "known_at": self._known_at,
            "limit": limit,
        }  # fmt: skip
        return self._answer(statement.find, StatementPage, "/v1/statement", asked)

    def flows(self, pool: str, start: Instant, end: Instant, group: str) -> tuple[FlowsPage, bool]:
        """Who passed how much of a pool to whom over a period, and whether there is more."""
        asked = {
            "pool": pool, "from": start, "to": end, "group": group, "known_at": self._known_at,
            "limit": LISTED_MAX,
        }  # fmt: skip
        return self._page(flows.find, FlowsPage, "/v1/flows", asked)

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

    def expected(self, until: Instant) -> list[tuple[str, Turn]]:
        """What forecasts of high and medium confidence bring back to which pool by an instant."""
        clocks = Clocks(valid_at=self._valid_at, known_at=self._known_at, is_fixed=False)
        found = expected(self._look, clocks, pool=None, units=None)
        return [
            (one.forecast.pool, turn)
            for one in to_the_pool(self._look, clocks, found)
            if one.forecast.confidence != "low"
            for turn in one.turns(self._valid_at, until)
        ]

    def due(
        self,
        until: Instant,
        *,
        pool: str | None = None,
        under: str | None = None,
        limit: int = LISTED_MAX,
    ) -> tuple[DuePage, bool]:
        """What falls due from the instant on, and whether there is more."""
        asked = self._ahead | {"pool": pool, "under": under, "until": until, "limit": limit}
        return self._page(due.find, DuePage, "/v1/due", asked)

    def forecasts(self, *, pool: str | None = None, under: str | None = None) -> ForecastsPage:
        """Who is about to finish."""
        asked = {**self._clocks, "pool": pool, "under": under}
        return self._answer(forecasts.find, ForecastsPage, "/v1/forecasts", asked)

    def request(self, request: str) -> RequestAnswer:
        """One request. Problem 404 UnknownRequest, 422 for what is no id."""
        return self._answer(
            requests.find_one, RequestAnswer, f"/v1/requests/{request}", self._clocks
        )

    def requests(
        self, status: str, *, pool: str | None = None, under: str | None = None
    ) -> tuple[RequestsPage, bool]:
        """Requests in the order of the queue, and whether there are more."""
        asked = {
            **self._clocks, "status": status, "pool": pool, "under": under, "limit": LISTED_MAX,
        }  # fmt: skip
        return self._page(requests.find, RequestsPage, "/v1/requests", asked)

    def pledges(self, *, under: str | None = None) -> Sequence[PledgeRow]:
        """What a unit and all below it were promised, and what came of it."""
        asked = {**self._clocks, "under": under, "limit": LISTED_MAX}
        return self._answer(pledges.find, PledgesPage, "/v1/pledges", asked).items

    def budgets(self, *, pool: str | None = None, under: str | None = None) -> BudgetsPage:
        """The budgets in force, of a pool and of a unit with all below it."""
        asked = {**self._clocks, "pool": pool, "under": under, "limit": LISTED_MAX}
        return self._answer(budgets.find, BudgetsPage, "/v1/budgets", asked)

    def shares(self, pool: str, unit: str) -> Budget:
        """Every share that a unit ever had of a pool."""
        found = shares(self._look.connection, known_at=self._known_at, pool=pool, unit=unit)
        return found.get((pool, unit), ())

    def proposals(self, status: Status | None) -> Sequence[Proposal]:
        """Proposals in the order made, of a status or all."""
        return proposals(
            self._look.connection,
            valid_at=self._valid_at,
            known_at=self._known_at,
            status=status,
            limit=LISTED_MAX,
        )

    def proposal(self, proposal: str) -> Proposal:
        """One proposal. Problem 404 UnknownProposal."""
        found: Sequence[Proposal] = ()
        if UUID.match(proposal):
            found = proposals(
                self._look.connection,
                valid_at=self._valid_at,
                known_at=self._known_at,
                proposal=proposal,
                limit=1,
            )
        if not found:
            raise unknown("proposal", proposal[:60], self._known_at)
        return found[0]

    def delegations(self) -> Sequence[Delegation]:
        """Every delegation in force at the instant."""
        return delegations(self._look.connection, valid_at=self._valid_at, known_at=self._known_at)

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
