"""GET /v1/requests/{id}/why: how a request was answered, what came of it, who got it instead."""

from msgspec import UNSET

from api.reads.asked import Asked
from api.reads.chain import MOST, Chain, minute
from api.reads.instead import instead
from api.reads.limiting import Limit, Place, limits, unit_label
from api.reads.look import Clocks, Look
from api.reads.measured import below, measured, tree
from api.reads.queue import wanted
from api.reads.reading import Found
from api.reads.requests import named, told
from api.reads.shapes_of_asking import RequestFields
from api.reads.shapes_of_why import Link, RequestWhy
from ledger.events import Granted, Reallocated
from ledger.periods import MICROSECOND, shifted
from ledger.requests import OVER
from projections.budgets.read import budgets
from projections.history.phrases import listed, moment, till
from projections.history.read import Entry
from projections.history.subjects import positions_of
from projections.holdings import lending
from projections.holdings.changes import family
from projections.requests.asked import Asked as Request


def find(look: Look, asked: Asked) -> Found:
    """Why a request stands as it does. 404 UnknownRequest, also when made after `known_at`."""
    clocks = look.clocks(asked)
    request = named(look, clocks, asked.path.split("/")[-2])
    (fields,) = told(look, clocks, [request])
    chain = Chain(look.connection, clocks.known_at)
    chain.add(_itself(look, clocks, fields))
    chain.request(request.request, answers="decision")
    _given(look, clocks, chain, request)
    for pool in request.pools:
        place = Place(pool, request.unit, clocks.valid_at, clocks.known_at)
        limits(look.connection, chain, place, note=_Room(look, clocks, request, pool).note)
    if fields.granted < request.quantity:
        for link in instead(look, clocks, request):
            chain.add(link)
    if fields.status not in OVER:
        chain.add(_queue(request, clocks, fields))
    answer = RequestWhy(
        position=clocks.known_at,
        known_at=clocks.known_at,
        valid_at=clocks.valid_at,
        request=request.request,
        status=fields.status,
        sentences=chain.sentences,
        chain=tuple(chain.links),
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed)


def _itself(look: Look, clocks: Clocks, fields: RequestFields) -> Link:
    """What is asked for now, and where that stands."""
    label = unit_label(look.connection, fields.pools[0], clocks.valid_at, clocks.known_at)
    made = positions_of(look.connection, (fields.request,), known_at=clocks.known_at)
    return Link(
        what="request",
        sentence=(
            f"{fields.unit} asks for {fields.quantity:,} {label} of {_either(fields.pools)}"
            f" from {moment(fields.starts_at)}{till(fields.ends_at)}; on {minute(clocks.valid_at)} "
            f"it is {fields.status}: {fields.awarded:,} awarded, {fields.granted:,} granted"
        ),
        position=made[fields.request][0],
        request=fields.request,
        unit=fields.unit,
        quantity=fields.quantity,
        by=fields.asked_by,
        at=fields.asked_at,
    )


def _either(pools: tuple[str, ...]) -> str:
    return pools[0] if len(pools) == 1 else f"{', '.join(pools[:-1])} or {pools[-1]}"


def _given(look: Look, clocks: Clocks, chain: Chain, request: Request) -> None:
    """The grants that were made for it: who made each, by what right, what it owns now."""
    named = positions_of(look.connection, (request.request,), known_at=clocks.known_at)
    makers = [
        one for one in chain.told(named[request.request])
        if isinstance(one.event, Granted | Reallocated)
    ]  # fmt: skip
    names = [_grant_of(one) for one in makers[:MOST]]
    rows = family(look.connection, names, clocks.known_at) if names else []
    for one, name in zip(makers, names, strict=False):
        steps = lending.steps(rows, name)
        own = next((at.own for at in steps if at.start <= clocks.valid_at < at.end), 0)
        note = f"; on {minute(clocks.valid_at)} it owns {own:,} of it"
        chain.given(one, grant=name, own=own, note=note)
        chain.rights((one,))
    chain.rest("grant", len(makers) - MOST, ("grant was made for it", "grants were made for it"))


def _grant_of(one: Entry) -> str:
    fact = one.event.data
    return str(getattr(fact, "grant", None) or getattr(fact, "to_grant", ""))


class _Room:
    """What the unit that limits holds of a pool with all below it, and what that leaves."""

    def __init__(self, look: Look, clocks: Clocks, request: Request, pool: str) -> None:
        self._look, self._clocks, self._request, self._pool = look, clocks, request, pool

    def note(self, limit: Limit) -> str:
        """The room in words: the least over the time that is asked for and not over yet."""
        look, at, known_at = self._look, self._clocks.valid_at, self._clocks.known_at
        place = (self._pool, limit.unit)
        start = max(at, self._request.start)
        end = max(self._request.end, shifted(start, MICROSECOND))
        over = tree(look, self._clocks, "then", end)
        held = measured(
            look, self._clocks, {place}, over, pool=self._pool, units=below(over, {limit.unit}),
            is_window=True,
        )[place]  # fmt: skip
        shares = budgets(look.connection, known_at=known_at, pool=self._pool, unit=limit.unit)
        left = held.room(shares[place], start, end)
        room = "" if left is None else f", which leaves room for {left:,} over the time asked for"
        return (
            f"; with all below it it owns {held.title[at]:,} and has {held.in_hand[at]:,} in hand"
            f"{room}"
        )


def _queue(request: Request, clocks: Clocks, fields: RequestFields) -> Link:
    """Who stands before it, the earliest date, what blocks it, and who can answer."""
    said: list[str] = []
    if fields.ahead is not None:
        many = fields.ahead.requests
        noun = "request stands" if many == 1 else "requests stand"
        said.append(f"{many:,} {noun} before it, for {fields.ahead.quantity:,}" if many
                    else "nobody stands before it")  # fmt: skip
    if fields.eta is not None:
        said.append(f"what is recorded leaves room for it on {moment(fields.eta)}")
    else:
        said.append("nothing that is recorded leaves room for it")
    if fields.eta_likely is not None and fields.eta_likely != fields.eta:
        said.append(f"what is likely does on {moment(fields.eta_likely)}")
    if fields.blocked_by is not None:
        waits = {"decision": "an answer", "capacity": "capacity", "budget": "room in a budget"}
        said.append(f"it waits for {waits[fields.blocked_by]}")
    if fields.blocked_by == "decision" and fields.deciders:
        said.append(f"{listed(fields.deciders)} can answer")
    return Link(
        what="queue",
        sentence=f"In the queue {', '.join(said)}",
        request=request.request,
        quantity=wanted(request, clocks.valid_at),
        at=UNSET if fields.eta is None else fields.eta,
    )
