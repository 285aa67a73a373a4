"""Facts about promises and rates, by the short names of tests."""

from ledger.periods import Instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision, PledgeWithdrawal, RateSetting
from tests.support.facts import named

PROMISES = (PledgeMaking, PledgeRevision, PledgeWithdrawal, RateSetting)


def pledged(
    pledge: str,
    unit: str,
    *pools: str,
    until: Instant,
    of: str | None = None,
    share_bp: int | None = None,
    quantity: int | None = None,
) -> PledgeMaking:
    """A pledge by its short name."""
    return PledgeMaking(
        pledge=named(pledge),
        to_unit=unit,
        pools=pools or ("h100",),
        until=until,
        of_unit=of,
        share_bp=share_bp,
        quantity=quantity,
    )


def pledged_anew(
    was: PledgeMaking, *, until: Instant | None = None, **terms: int
) -> PledgeRevision:
    """What is promised instead: another share or quantity, of the same unit or nobody."""
    is_share = "share_bp" in terms or ("quantity" not in terms and was.share_bp is not None)
    return PledgeRevision(
        pledge=was.pledge,
        to_unit=was.to_unit,
        pools=was.pools,
        until=until or was.until,
        of_unit=was.of_unit if is_share else None,
        share_bp=terms.get("share_bp", was.share_bp) if is_share else None,
        quantity=None if is_share else terms.get("quantity", was.quantity),
    )
