"""What may be granted for a request: no more than was awarded, below the unit that asked."""

from ledger.decide.judging import Judging
from ledger.records import RequestRecord
from ledger.refusals import Arithmetic, BeyondAward, Impossible, NotEmpty
from ledger.requests import OVER, status
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
        raise BeyondAward(
            f"{limit} of {pool} are awarded for request {asked.request} and {before} granted: "
            f"{quantity} more are beyond the award",
            arithmetic=Arithmetic(
                measure="granted", pool=pool, unit=asked.unit, asked=quantity,
                available=max(0, limit - before), limit=limit, before=before,
                after=before + quantity,
            ),
            leg=judging.leg,
        )  # fmt: skip


def demand_asked(judging: Judging, request: str, unit: str) -> RequestRecord:
    """Refuse with Impossible to give to a unit for a request that is withdrawn, or of others."""
    asked = judging.state.requests[request]
    if asked.unit not in judging.state.path(unit):
        raise Impossible(
            f"Request {request} is of {asked.unit}, and {unit} does not stand below that",
            leg=judging.leg,
        )
    if asked.withdrawn:
        raise Impossible(f"Request {request} was withdrawn", leg=judging.leg)
    return asked


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
