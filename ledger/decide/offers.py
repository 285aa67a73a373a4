"""What to ask for instead: who is refused a grant is offered to wait for it (rule 10)."""

from typing import Final

from msgspec import Struct

from ledger.commands import AnyCommand, Decision, Grant, legs_of, starts
from ledger.periods import Instant, is_blank
from ledger.refusals import NotEnoughFree, OverAmount, OverCap, Refusal

_WAITED_FOR: Final = (NotEnoughFree, OverAmount, OverCap)


class Offer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a request to wait for what was refused."""

    unit: str
    pools: tuple[str, ...]
    quantity: int
    starts_at: str | None = None
    ends_at: str | None = None
    justification: str


def offer(command: AnyCommand, refusal: Refusal, now: Instant) -> Offer | None:
    """The body of a request for what a grant was refused; None where waiting does not help.

    A grant that names a request waits already.
    """
    if not isinstance(refusal, _WAITED_FOR):
        return None
    legs = legs_of(command)
    if not legs:
        return None
    leg = legs[refusal.leg or 0]
    is_whole = isinstance(command, Decision)
    if not isinstance(leg, Grant) or leg.request or (is_whole and command.request):
        return None
    start = starts(leg) or starts(command)
    if leg.ends_at is not None and leg.ends_at <= now:
        return None
    words = leg.reason or command.reason or ""
    return Offer(
        unit=leg.unit,
        pools=(leg.pool,),
        quantity=leg.quantity,
        starts_at=start if start is not None and start > now else None,
        ends_at=leg.ends_at,
        justification=words if not is_blank(words) else f"It was refused: {refusal.code}",
    )
