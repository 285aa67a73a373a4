"""What may be granted for a request: no more than was awarded, below the unit that asked."""

from msgspec import Struct

from ledger.decide.judging import Judging
from ledger.facts import GrantMaking, Reallocation
from ledger.records import RequestRecord
from ledger.refusals import Arithmetic, BeyondAward, Impossible, NotEmpty
from ledger.requests import OVER, status
from ledger.sayings import Saying, sayings
from ledger.state import State


def granted(state: State, asked: RequestRecord) -> dict[str, int]:
    """First quantities of the grants that name a request, as is believed now, by pool."""
    found: dict[str, int] = {}
    for name in asked.grants:
        grant = state.grants[name]
        found[grant.pool] = found.get(grant.pool, 0) + grant.first
    return found


def demand_award(judging: Judging, unit: str, pool: str, quantity: int) -> None:
    """Refuse with BeyondAward to grant more for the request that a leg names than was awarded."""
    if judging.request is None:
        return
    asked = demand_asked(judging, judging.request, unit)
    limit = dict(asked.awarded).get(pool, 0)
    before = granted(judging.state, asked).get(pool, 0)
    if before + quantity > limit:
        raise _beyond(asked, pool, judging.leg, more=quantity, before=before, limit=limit)


def demand_asked(judging: Judging, request: str, unit: str) -> RequestRecord:
    """Refuse with Impossible to give to a unit for a request that is withdrawn, or of others."""
    asked = judging.state.requests[request]
    demand_below(judging.state, asked, unit, judging.leg)
    if asked.withdrawn:
        raise Impossible(f"Request {request} was withdrawn", leg=judging.leg)
    return asked


def judge_awards(judging: Judging) -> None:
    """Refuse corrections that give more for a request than was awarded, or to a unit of others.

    On what the whole decision leaves: with another award in the same decision it may be right.
    """
    raised: dict[tuple[str, str], tuple[int, int]] = {}
    for leg, event in judging.corrected:
        request = judging.fact_at(event.data.corrects).request
        was, now = (_given(said) for said in sayings(event.data))
        about = now or was
        if request is None or about is None:
            continue
        asked = judging.state.requests[request]
        if now is not None and (was is None or now.unit != was.unit):
            demand_below(judging.state, asked, now.unit, leg)
        more = (now.quantity if now else 0) - (was.quantity if was else 0)
        sofar, last = raised.get((request, about.pool), (0, leg))
        raised[request, about.pool] = (sofar + more, leg if more > 0 else last)
    for (request, pool), (more, leg) in raised.items():
        asked = judging.state.requests[request]
        after, limit = granted(judging.state, asked).get(pool, 0), dict(asked.awarded).get(pool, 0)
        if more > 0 and after > limit:
            raise _beyond(asked, pool, leg, more=more, before=after - more, limit=limit)


class _Given(Struct, frozen=True):
    """What a fact that makes a grant gives, and to whom."""

    pool: str
    unit: str
    quantity: int


def _given(said: Saying | None) -> _Given | None:
    match said.fact if said is not None else None:
        case GrantMaking(pool=pool, unit=unit, quantity=quantity):
            return _Given(pool, unit, quantity)
        case Reallocation(pool=pool, to_unit=unit, quantity=quantity):
            return _Given(pool, unit, quantity)
        case _:
            return None


def _beyond(
    asked: RequestRecord, pool: str, leg: int, *, more: int, before: int, limit: int
) -> BeyondAward:
    return BeyondAward(
        f"{limit} of {pool} are awarded for request {asked.request} and {before} granted: "
        f"{more} more are beyond the award",
        arithmetic=Arithmetic(
            measure="granted", pool=pool, unit=asked.unit, asked=more,
            available=max(0, limit - before), limit=limit, before=before, after=before + more,
        ),
        leg=leg,
    )  # fmt: skip


def demand_below(state: State, asked: RequestRecord, unit: str, leg: int | None = None) -> None:
    """Refuse with Impossible to give to a unit for a request of others."""
    if asked.unit not in state.path(unit):
        raise Impossible(
            f"Request {asked.request} is of {asked.unit}, and {unit} does not stand below that",
            leg=leg,
        )


def demand_nothing_asked(judging: Judging, unit: str) -> None:
    """Refuse with NotEmpty to close a unit of which a request still waits for something."""
    for asked in judging.state.requests.values():
        if asked.unit == unit:
            stands = status(asked, granted(judging.state, asked), judging.now)
            if stands not in OVER:
                raise NotEmpty(
                    f"Request {asked.request} of {unit} is {stands}: withdraw it, or answer it",
                    arithmetic=Arithmetic(measure="requests", unit=unit),
                    leg=judging.leg,
                )
