"""The addresses of the page: overview, pool, unit, grant, history, signing in, and its files."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.problems import Problem
from api.reads.flows import GROUPS
from api.reads.reading import once_reflected
from api.web import acting, deciding, planning, signing
from api.web.ahead import DAYS
from api.web.assets import ASSETS
from api.web.differences import Compared, differences_page
from api.web.doorway import PageRoute
from api.web.due import Filter, calendar_page
from api.web.flows import Chosen as ChosenFlows
from api.web.flows import flows_page
from api.web.frame import render
from api.web.grant import grant_page
from api.web.history import ROWS, SEARCH_MAX, history_page
from api.web.overview import overview
from api.web.pool import Chosen as ChosenOfPool
from api.web.pool import pool_page
from api.web.showing import Visiting, one_of, shown
from api.web.spans import SPANS, USUAL
from api.web.unit import SHOWS, Chosen, unit_page
from ledger.quantities import LARGEST

router = APIRouter(route_class=PageRoute, include_in_schema=False)
router.include_router(signing.router)
router.include_router(acting.router)
router.include_router(deciding.router)
router.include_router(planning.router)

_FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get("/")
async def show_overview(visit: Visiting) -> Response:
    """Every pool at a glance."""
    return await shown(visit, "overview.html", "/", overview)


@router.get("/pool")
async def show_pool(
    visit: Visiting,
    pool: Annotated[str, Query()] = "",
    span: Annotated[str | None, Query()] = None,
    ahead: Annotated[str | None, Query()] = None,
) -> Response:
    """One pool. Problem 404 UnknownPool; 422."""
    one_of("span", span or USUAL, SPANS)
    one_of("ahead", ahead or str(DAYS[0]), list(map(str, DAYS)))
    return await shown(
        visit,
        "pool.html",
        "/pool",
        lambda record, to: pool_page(record, record.pool(pool), ChosenOfPool(span, ahead), to),
    )


def chosen(
    span: Annotated[str | None, Query()] = None,
    grants: Annotated[str, Query()] = SHOWS[0],
    pool: Annotated[str | None, Query()] = None,
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
) -> Chosen:
    """What is chosen on the page of a unit. Problem 422."""
    one_of("span", span or USUAL, SPANS)
    one_of("grants", grants, SHOWS)
    return Chosen(span=span, shows=grants, pool=pool, start=start, end=end)


@router.get("/unit")
async def show_unit(
    visit: Visiting,
    asked: Annotated[Chosen, Depends(chosen)],
    unit: Annotated[str | None, Query()] = None,
) -> Response:
    """One unit with all below it, the root when none is named. Problem 404 UnknownUnit."""
    return await shown(
        visit,
        "unit.html",
        "/unit",
        lambda record, to: unit_page(record, record.unit(unit), asked, to),
    )


@router.get("/grant")
async def show_grant(visit: Visiting, grant: Annotated[str, Query()] = "") -> Response:
    """One grant. Problem 404 UnknownGrant."""
    return await shown(
        visit, "grant.html", "", lambda record, _: grant_page(record, record.grant(grant))
    )


@router.get("/calendar")
async def show_calendar(
    visit: Visiting,
    pool: Annotated[str, Query()] = "",
    under: Annotated[str, Query()] = "",
    until: Annotated[str, Query()] = "",
) -> Response:
    """What falls due, and who is about to finish. Problem 404 UnknownPool, UnknownUnit."""
    chosen = Filter(pool=pool or None, under=under or None, until=until)
    return await shown(
        visit, "calendar.html", "/calendar", lambda record, _: calendar_page(record, chosen)
    )


@router.get("/flows")
async def show_flows(
    visit: Visiting,
    pool: Annotated[str, Query()] = "",
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    group: Annotated[str, Query()] = GROUPS[0],
) -> Response:
    """Who passed how much to whom over a period. Problem 404 UnknownPool; 422."""
    one_of("group", group, GROUPS)
    chosen = ChosenFlows(pool=pool or None, start=start, end=end, group=group)
    return await shown(
        visit,
        "flows.html",
        "/flows",
        lambda record, _: flows_page(record, chosen),
        takes_valid=not chosen.is_dated,
    )


@router.get("/differences")
async def show_differences(
    visit: Visiting,
    pool: Annotated[str, Query()] = "",
    under: Annotated[str, Query()] = "",
    known_from: Annotated[str, Query()] = "",
) -> Response:
    """What changed between two positions about an instant. Problem 404, 422."""
    chosen = Compared(known_from=known_from, pool=pool or None, under=under or None)
    return await shown(
        visit,
        "differences.html",
        "/differences",
        lambda record, _: differences_page(record, chosen),
    )


@router.get("/history")
async def show_history(
    visit: Visiting,
    q: Annotated[str, Query(max_length=SEARCH_MAX)] = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    rows: Annotated[str, Query()] = ROWS[0],
) -> Response:
    """Every event, newest first, and the audit search; a search that is not understood is 422."""
    one_of("rows", rows, ROWS)

    def build() -> Response:
        with visit.record() as record:
            view = history_page(record, q, before, int(rows))
            frame = visit.frame("/history", record, takes_valid=False, asks=True)
        return render("history.html", frame, view, 422 if view["refused"] else 200)

    return await once_reflected(visit.running, visit.asked, build)


@router.get("/static/{name:path}")
def show_file(request: Request, name: str, v: Annotated[str, Query()] = "") -> Response:
    """A style, a script or an icon, kept for ever under the hash of its content."""
    found = ASSETS.get(name)
    if found is None:
        raise Problem(404, "NoSuchPlace", f"There is no file {name[:100]} here.")
    headers = {
        "Cache-Control": _FOR_EVER if v == found.digest else "no-cache",
        "ETag": f'"{found.digest}"',
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(None, 304, headers)
    return Response(found.content, 200, headers, found.media_type)
