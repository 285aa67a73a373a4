"""Facts about requests, by the short names of tests."""

from ledger.periods import Instant
from ledger.request_facts import (
    Appealing,
    Award,
    RequestAmendment,
    RequestDecision,
    RequestMaking,
    RequestWithdrawal,
)
from ledger.vocabulary import Outcome, Priority, Rest
from tests.support.facts import named

WISHES = (RequestMaking, RequestAmendment, RequestWithdrawal, RequestDecision, Appealing)


def wanted(
    request: str,
    unit: str,
    quantity: int,
    *pools: str,
    least: int = 1,
    ends: Instant | None = None,
    priority: Priority = "normal",
    justification: str = "It is needed",
) -> RequestMaking:
    """A request by its short name."""
    return RequestMaking(
        request=named(request),
        unit=unit,
        pools=pools or ("h100",),
        quantity=quantity,
        least=least,
        ends_at=ends,
        priority=priority,
        justification=justification,
    )


def amended(request: RequestMaking, quantity: int, *, ends: Instant | None = None,
            priority: Priority | None = None, justification: str | None = None,
) -> RequestAmendment:  # fmt: skip
    """What is asked for instead of what a request asked for."""
    return RequestAmendment(
        request=request.request,
        unit=request.unit,
        pools=request.pools,
        quantity=quantity,
        least=min(request.least, quantity),
        ends_at=ends,
        priority=priority or request.priority,
        justification=justification,
    )


def answered(
    request: str,
    outcome: Outcome,
    *awarded: tuple[str, int],
    rest: Rest = "closed",
    until: Instant | None = None,
    priority: Priority | None = None,
) -> RequestDecision:
    """What was decided on a request."""
    return RequestDecision(
        request=named(request),
        outcome=outcome,
        awarded=tuple(Award(pool=pool, quantity=quantity) for pool, quantity in awarded),
        rest=rest,
        until=until,
        priority=priority,
    )
