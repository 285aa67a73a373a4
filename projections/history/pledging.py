"""What is said of promises and rates, in plain English."""

from collections.abc import Callable
from typing import Any, Final

from ledger.events import Pledged, PledgeRevised, PledgeWithdrawn, RateSet
from ledger.pledge_facts import PledgeMaking, PledgeRevision
from ledger.pledges import Promise
from projections.history.phrases import Background, listed, on, since, till


def _pledged(event: Pledged, background: Background) -> str:
    fact = event.data
    return (
        f"{fact.to_unit} was pledged {promised(fact, background)}{since(event)}{till(fact.until)}"
    )


def _revised(event: PledgeRevised, background: Background) -> str:
    fact = event.data
    terms = promised(fact, background)
    return f"The pledge to {fact.to_unit} is now {terms}{since(event)}{till(fact.until)}"


def _withdrawn(event: PledgeWithdrawn, background: Background) -> str:
    match background.makers.get(event.data.pledge):
        case PledgeMaking() as made:
            terms = promised(made, background)
            return f"The pledge of {terms} to {made.to_unit} was withdrawn{on(event)}"
        case _:
            return f"Pledge {event.data.pledge} was withdrawn{on(event)}"


def promised(fact: PledgeMaking | PledgeRevision | Promise, background: Background) -> str:
    """What is promised: `20 % of what research has of h100`, or `64 gpu of h100`."""
    if fact.share_bp is None:
        quantity = fact.quantity or 0
        if len(fact.pools) == 1:
            return background.amount(quantity, fact.pools[0])
        return f"{quantity:,} of {listed(fact.pools)} together"
    whole = "what is allocatable" if fact.of_unit is None else f"what {fact.of_unit} has"
    return f"{_thousandths(fact.share_bp * 10)} % of {whole} of {listed(fact.pools)}"


def _rate(event: RateSet, background: Background) -> str:
    fact = event.data
    one = background.unit_labels.get(fact.pool, "unit")
    return f"One {one} of {fact.pool} counts as {_thousandths(fact.h100_milli)} H100{since(event)}"


def _thousandths(number: int) -> str:
    """A count of thousandths of one, `20.5`."""
    whole, rest = divmod(number, 1000)
    return f"{whole:,}.{rest:03}".rstrip("0").rstrip(".")


SAID_OF_PLEDGES: Final[dict[type[Any], Callable[[Any, Background], str]]] = {
    Pledged: _pledged,
    PledgeRevised: _revised,
    PledgeWithdrawn: _withdrawn,
    RateSet: _rate,
}
"""How each topic about promises and rates speaks."""
