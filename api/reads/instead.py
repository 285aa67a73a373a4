"""Who got of the pools of a request while it waited: what others were given since it was asked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from api.reads.chain import event_link
from api.reads.limiting import unit_label
from api.reads.look import Clocks, Look
from api.reads.makers import Made, makers
from api.reads.shapes_of_why import Link
from api.reads.tree import memberships
from ledger.events import Corrected, Extended, Granted, Reallocated
from ledger.facts import Extension, Fact, GrantMaking, Reallocation
from ledger.periods import Instant, open_end
from ledger.sayings import Saying, saying
from projections.history.phrases import listed
from projections.history.read import Entry, entries, page
from projections.history.search import Named, Search
from projections.history.subjects import positions_of
from projections.requests.asked import Asked as Request

TOLD: Final = 20
"""So many are told one by one, the newest."""
LOOKED_AT: Final = 500
"""So many of a pool are looked at, the newest."""
UNITS_NAMED: Final = 6
GIVING: Final = tuple(
    Named("topic", str(kind.__struct_config__.tag)) for kind in (Granted, Reallocated, Extended)
)


class Gain(Struct, frozen=True):
    """A unit was given so much, or was let keep it for longer (then nothing more)."""

    unit: str
    grant: str
    quantity: int
    told: Entry


def instead(look: Look, clocks: Clocks, request: Request) -> Iterator[Link]:
    """What others were given of each pool in the time asked for: a sum by unit, then each.

    Loans are not told: a lender gives of its own.
    """
    since = positions_of(look.connection, (request.request,), known_at=clocks.known_at)
    own = {unit for unit, _, _ in memberships(look, clocks.known_at, "then", request.unit)}
    for pool in request.pools:
        search = Search((Named("pool", pool), *GIVING))
        found = page(
            look.connection, search, known_at=clocks.known_at,
            after=since[request.request][0], order="desc", limit=LOOKED_AT,
        )  # fmt: skip
        gains = [one for one in _gains(look, clocks, found, request) if one.unit not in own]
        label = unit_label(look.connection, pool, clocks.valid_at, clocks.known_at)
        yield _sum(pool, label, gains, is_all=len(found) < LOOKED_AT)
        for one in gains[:TOLD]:
            yield replace(
                event_link("instead", one.told), grant=one.grant, unit=one.unit,
                quantity=one.quantity,
            )  # fmt: skip
        if len(gains) > TOLD:
            more = f"{len(gains) - TOLD:,} earlier ones are told by the history of {pool}"
            yield Link(what="instead", sentence=more)


def _sum(pool: str, label: str, gains: Sequence[Gain], *, is_all: bool) -> Link:
    """How much went to whom, in words."""
    by_unit: dict[str, int] = {}
    for one in gains:
        by_unit[one.unit] = by_unit.get(one.unit, 0) + one.quantity
    total = sum(by_unit.values())
    if not gains:
        return Link(
            what="instead", sentence=f"Nobody else was given any of {pool} since it was asked for"
        )
    most = sorted(by_unit.items(), key=lambda one: (-one[1], one[0]))
    parts = [f"{unit} ({quantity:,})" for unit, quantity in most[:UNITS_NAMED]]
    rest = len(most) - UNITS_NAMED
    parts += [f"{rest:,} more"] if rest > 0 else []
    least = "" if is_all else "at least "
    return Link(
        what="instead",
        sentence=(
            f"Since it was asked for {least}{total:,} {label} of {pool} went to others: "
            f"{listed(parts)}"
        ),
        quantity=total,
    )


def _gains(
    look: Look, clocks: Clocks, found: Sequence[Entry], request: Request
) -> Iterator[Gain]:  # fmt: skip
    """What of some events gives to somebody in the time asked for, as is believed."""
    anew = [one.corrected_by for one in found if one.corrected_by is not None]
    said = {
        one.position: saying(one.event.data.topic, one.event.data.replacement)
        for one in entries(look.connection, anew, known_at=clocks.known_at)
        if isinstance(one.event, Corrected)
    }
    longer = {one.event.data.grant for one in found if isinstance(one.event, Extended)}
    kept = makers(look.connection, longer, clocks.known_at)
    for one in found:
        if one.event.request == request.request:
            continue
        now = Saying(one.event.effective_at, one.event.data)
        if one.corrected_by is not None:
            now = said.get(one.corrected_by)
        gain = None if now is None else _gain(one, now, kept)
        if gain is not None and _meets(now, request):
            yield gain


def _gain(one: Entry, now: Saying, kept: Mapping[str, Made]) -> Gain | None:
    """What an event gives to whom; None where it gives nothing."""
    match now.fact:
        case GrantMaking() as made:
            return Gain(made.unit, made.grant, made.quantity, one)
        case Reallocation(loan=False) as moved:
            quantity = sum(leg.quantity for leg in moved.legs if leg.unit != moved.to_unit)
            return Gain(moved.to_unit, moved.to_grant, quantity, one) if quantity else None
        case Extension() as longer if open_end(longer.ends_at) > open_end(longer.was_ends_at):
            made = kept.get(longer.grant)
            return None if made is None else Gain(made.unit, longer.grant, 0, one)
        case _:
            return None


def _meets(now: Saying | None, request: Request) -> bool:
    """Whether what is given lies in the time that is asked for."""
    if now is None:
        return False
    return now.at < request.end and _until(now.fact) > request.start


def _until(fact: Fact) -> Instant:
    match fact:
        case GrantMaking() | Reallocation() | Extension():
            return open_end(fact.ends_at)
        case _:
            raise TypeError(f"{type(fact).__name__} gives nothing")
