"""The addresses of what is decided: requests and proposals, listed and one by one."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.reads.reading import once_reflected
from api.web import proposals, requests
from api.web.confirming import who_may
from api.web.doorway import PageRoute
from api.web.showing import Visiting, one_of, shown

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/requests")
async def show_requests(
    visit: Visiting,
    status: Annotated[str, Query()] = requests.USUAL,
    pool: Annotated[str, Query()] = "",
    under: Annotated[str, Query()] = "",
) -> Response:
    """Who waits for what. Problem 404 UnknownPool, UnknownUnit."""
    one_of("status", status, requests.LISTED)
    chosen = requests.Filter(status=status, pool=pool or None, under=under or None)
    return await shown(
        visit,
        "requests.html",
        "/requests",
        lambda record, _: requests.requests_page(record, chosen),
    )


@router.get("/request")
async def show_request(visit: Visiting, request: Annotated[str, Query()] = "") -> Response:
    """One request. Problem 404 UnknownRequest."""
    person = visit.who.person
    return await shown(
        visit, "request.html", "/requests",
        lambda record, _: requests.request_page(record, request, person), asks=True,
    )  # fmt: skip


@router.get("/proposals")
async def show_proposals(
    visit: Visiting, status: Annotated[str, Query()] = proposals.USUAL
) -> Response:
    """What waits for a second person, and what became of what did."""
    one_of("status", status, proposals.LISTED)
    return await shown(
        visit, "proposals.html", "/proposals",
        lambda record, _: proposals.proposals_page(record, status),
    )  # fmt: skip


@router.get("/proposal")
async def show_proposal(visit: Visiting, proposal: Annotated[str, Query()] = "") -> Response:
    """One proposal. Problem 404 UnknownProposal."""

    def is_waiting() -> bool:
        with visit.record() as record:
            return record.reads.proposal(proposal).status == "waiting"

    # Whether it can be confirmed is asked of the ledger, which knows now alone.
    is_now = not visit.clocks.kept
    waits = is_now and await once_reflected(visit.running, visit.asked, is_waiting)
    confirming = await who_may(visit, proposal) if waits else None
    return await shown(
        visit, "proposal.html", "/proposals",
        lambda record, _: proposals.proposal_page(record, proposal, confirming), asks=True,
    )  # fmt: skip
