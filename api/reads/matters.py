"""What falls due beside grants and capacity: authority, budgets, requests, pledges and so on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from api.reads.ahead import Window
from api.reads.concerned import Concerned, concerned
from api.reads.judged import Judge
from api.reads.look import Look
from api.reads.shapes_of_outlook import DueKind, DueRow
from ledger.budgets import Budget, ShareRecord, is_overdue, share_at
from ledger.codec import decode
from ledger.events import RequestAmended, Requested
from ledger.periods import FOREVER, MICROSECOND, Instant, shifted
from ledger.pledges import Promise, promise_at
from ledger.store.reading import read_at
from projections.budgets.read import Place, turning
from projections.history.phrases import Background, abridged
from projections.history.pledging import promised
from projections.history.read import page
from projections.history.search import Named, Search
from projections.history.subjects import positions_of
from projections.organisation import read as organisation
from projections.pledges.read import Pledge, pledges
from projections.proposals.read import Lapsing, lapsing
from projections.requests.asked import Asked as Request
from projections.requests.read import requests

DEBTS_MAX: Final = 100
"""Of more debts the calendar names the newest; the history finds all."""


class Matter(Struct, frozen=True):
    """A row of the calendar, and whom it concerns; without `pools` it is not about some pools."""

    row: DueRow
    units: frozenset[str]
    pools: frozenset[str] | None


def matters(look: Look, asked_for: Window, pool: str | None, known_at: int) -> Iterator[Matter]:
    """Everything of the kinds below that falls due, in no order; more than of a pool perhaps."""
    for some in _MATTERS:
        yield from some(look, asked_for, pool, known_at)


def debts(look: Look, asked_for: Window, known_at: int) -> Iterator[Matter]:
    """What somebody lost without a word, as long as the words are owed: due since it was done."""
    owed = Search((Named("flag", "reason_debt"),))
    judge = Judge(look.connection, known_at)
    found = [
        one
        for one in page(
            look.connection, owed, known_at=known_at, limit=DEBTS_MAX, order="desc", judge=judge
        )
        if one.event.recorded_at < asked_for.until
    ]
    named = concerned(look.connection, [one.stored.decode() for one in found], known_at)
    for one, names in zip(found, named, strict=True):
        row = DueRow(
            at=one.event.recorded_at,
            kind="reason_debt",
            pool=_only(names.pools),
            unit=_only(names.units),
            position=one.position,
            sentence=f"{one.event.by} owes words for this: {one.sentence}",
        )
        yield Matter(row, frozenset(names.units), _some(names.pools))


def _delegations(
    look: Look, asked_for: Window, _pool: str | None, known_at: int
) -> Iterator[Matter]:
    for one in organisation.delegations_ending(
        look.connection, start=asked_for.start, end=asked_for.until, known_at=known_at
    ):
        row = DueRow(
            at=one.until,
            kind="delegation_end",
            unit=one.unit,
            position=one.position,
            sentence=f"{one.to} is {one.role} of {one.unit} no more",
        )
        yield Matter(row, frozenset((one.unit,)), _some(one.pools))


def _splits(look: Look, asked_for: Window, pool: str | None, known_at: int) -> Iterator[Matter]:
    """Splits that begin or end where they count: not where another one had taken over."""
    begun: defaultdict[tuple[Instant, int], list[tuple[Place, ShareRecord]]] = defaultdict(list)
    ended: defaultdict[tuple[Instant, int], list[tuple[Place, ShareRecord]]] = defaultdict(list)
    found = turning(
        look.connection, pool=pool, start=asked_for.start, end=asked_for.until, known_at=known_at
    )
    for place, budget in found.items():
        for share in budget:
            if _within(share.start, asked_for) and share_at(budget, share.start) == share:
                begun[share.start, share.position].append((place, share))
            before = share_at(budget, shifted(share.until, -MICROSECOND))
            is_last = before == share and not share.limits_nothing
            if _within(share.until, asked_for) and is_last:
                ended[share.until, share.position].append((place, share))
    for (at, _), some in begun.items():
        yield _split(at, "split_start", some, "takes effect")
    for (at, _), some in ended.items():
        goes_on = any(_goes_on(found[place], at, share) for place, share in some)
        rest = ", and goes on until there is another" if goes_on else ""
        yield _split(at, "split_end", some, f"ends{rest}")


def _goes_on(budget: Budget, at: Instant, share: ShareRecord) -> bool:
    """Whether a share counts from its end on, as there is no other."""
    return share_at(budget, at) == share and is_overdue(share, at)


def _split(
    at: Instant, kind: DueKind, some: Sequence[tuple[Place, ShareRecord]], what: str
) -> Matter:
    units = sorted(place[1] for place, _ in some)
    (pool, _), share = some[0]
    between = f"among {abridged(units)}" if len(units) > 1 else f"for {units[0]}"
    row = DueRow(
        at=at,
        kind=kind,
        pool=pool,
        unit=share.parent,
        position=share.position,
        sentence=f"The split of {pool} {between} {what}",
    )
    return Matter(row, frozenset((share.parent, *units)), frozenset((pool,)))


def _proposals(look: Look, asked_for: Window, _pool: str | None, known_at: int) -> Iterator[Matter]:
    found = lapsing(look.connection, start=asked_for.start, end=asked_for.until, known_at=known_at)
    named = concerned(look.connection, [one.command for one in found], known_at) if found else ()
    for one, names in zip(found, named, strict=True):
        yield _proposal(one, names)


class _Command(Struct, frozen=True):
    do: str


def _proposal(one: Lapsing, names: Concerned) -> Matter:
    asked = msgspec.json.decode(one.command, type=_Command).do.replace("_", " ")
    row = DueRow(
        at=one.expires_at,
        kind="proposal_lapse",
        pool=_only(names.pools),
        unit=_only(names.units),
        position=one.position,
        sentence=f"What {one.by} proposes ({asked}) lapses unless a second person confirms it",
    )
    return Matter(row, frozenset(names.units), _some(names.pools))


def _requests(look: Look, asked_for: Window, pool: str | None, known_at: int) -> Iterator[Matter]:
    """Answers put off until a day of the window, or an earlier one, and requests that lapse."""
    waiting = requests(look.connection, known_at=known_at, pool=pool, is_waiting=True)
    lapses = [one for one in waiting if _within(one.end, asked_for)]
    stated = _stated(look, [one.request for one in lapses], known_at)
    labels = _labels(look, known_at)
    for one in lapses:
        yield _request(one, one.end, "request_lapse", stated[one.request], labels)
    for one in waiting:
        if one.outcome == "deferred" and one.until is not None and one.until < asked_for.until:
            is_due = one.until >= asked_for.start
            at = one.until if is_due else asked_for.start
            stands = one.status(shifted(at, -MICROSECOND) if is_due else at)
            if stands == "deferred":
                kind = "request_due" if is_due else "request_overdue"
                yield _request(one, one.until, kind, one.decided, labels)


_SAID_OF_REQUESTS: Final[Mapping[DueKind, str]] = {
    "request_due": "is to be decided again",
    "request_overdue": "was to be decided again and has not been",
    "request_lapse": "lapses, unless it is fulfilled before",
}  # fmt: skip


def _request(
    one: Request, at: Instant, kind: DueKind, position: int, labels: Mapping[str, str]
) -> Matter:
    wish = Background(labels, {}).wish(one.quantity, one.pools)
    pools = frozenset((*one.pools, *(pool for pool, _ in one.awarded)))
    row = DueRow(
        at=at,
        kind=kind,
        pool=_only(pools),
        unit=one.unit,
        request=one.request,
        quantity=one.quantity,
        position=position,
        sentence=f"The request of {one.unit} for {wish} {_SAID_OF_REQUESTS[kind]}",
    )
    return Matter(row, frozenset((one.unit,)), pools)


def _pledges(look: Look, asked_for: Window, _pool: str | None, known_at: int) -> Iterator[Matter]:
    """Where a promise begins, and where there is none any more."""
    found = pledges(look.connection, known_at=known_at)
    background = Background(_labels(look, known_at) if found else {}, {})
    for pledge in found:
        dates = {date for one in pledge.said for date in (one.start, one.until)}
        for at in sorted(date for date in dates if _within(date, asked_for)):
            before = promise_at(pledge.said, shifted(at, -MICROSECOND))
            now = promise_at(pledge.said, at)
            if before is None and now is not None:
                yield _pledge(pledge, at, "pledge_start", now, background)
            elif before is not None and now is None:
                yield _pledge(pledge, at, "pledge_end", before, background)


def _pledge(
    pledge: Pledge, at: Instant, kind: DueKind, promise: Promise, background: Background
) -> Matter:
    withdrawn = [one.position for one in pledge.said if one.is_withdrawal and one.start == at]
    begins_or_ends = "begins" if kind == "pledge_start" else "ends"
    terms = promised(promise, background)
    row = DueRow(
        at=at,
        kind=kind,
        pool=_only(promise.pools),
        unit=pledge.to_unit,
        pledge=pledge.pledge,
        position=max((*withdrawn, promise.position)),
        sentence=f"The pledge of {terms} to {pledge.to_unit} {begins_or_ends}",
    )
    units = frozenset((pledge.to_unit, *((promise.of_unit,) if promise.of_unit else ())))
    return Matter(row, units, frozenset(promise.pools))


def _stated(look: Look, names: Sequence[str], known_at: int) -> Mapping[str, int]:
    """The positions that said last what some requests ask for, and so until when."""
    told = positions_of(look.connection, names, known_at=known_at)
    found: dict[str, int] = {}
    positions = sorted({position for some in told.values() for position in some})
    for stored in read_at(look.connection, positions):
        event = decode(stored.stored)
        if isinstance(event, Requested | RequestAmended):
            found[event.data.request] = event.position
    return found


def _labels(look: Look, known_at: int) -> Mapping[str, str]:
    pools = organisation.pools(look.connection, valid_at=FOREVER, known_at=known_at)
    return {one.pool: one.unit_label for one in pools}


def _within(at: Instant, asked_for: Window) -> bool:
    return asked_for.start <= at < asked_for.until


def _some(pools: Iterable[str] | None) -> frozenset[str] | None:
    """The pools that are named; None when there are none, as then it is about any."""
    return frozenset(pools or ()) or None


def _only(names: Iterable[str]) -> str | msgspec.UnsetType:
    """The one name, where there is only one."""
    found = sorted(names)
    return found[0] if len(found) == 1 else UNSET


_MATTERS: Final[
    tuple[Callable[[Look, Window, str | None, int], Iterator[Matter]], ...]
] = (_delegations, _splits, _proposals, _requests, _pledges)  # fmt: skip
