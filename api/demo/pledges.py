"""The scenes of promises: one that is kept, one that falls behind, and what machines count as."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from api.demo import cast
from api.demo.author import Spoken, Why, because
from api.demo.lab import Lab
from ledger.periods import from_datetime
from ledger.pledging import Pledge, RevisePledge, SetRate

BEHIND: Final = "research/safety"
"""The team that is promised more than it ever gets."""
BEHIND_BP: Final = 2500
"""A quarter of what its division may have."""
KEPT: Final = "research/language"
"""The team whose promise is easily kept."""
KEPT_QUANTITY: Final = 8
LASTS: Final = timedelta(days=365)
PLEDGED: Final = "5a1e7000-0000-4000-8000-00000000f1f7"
"""The id of the promise that falls behind."""
H100_MILLI: Final = {cast.H100: 1000, cast.A100: 400}


def rated(lab: Lab) -> Iterator[Spoken]:
    """What a machine of each pool counts as, so that they can be shown together."""
    for pool, h100_milli in H100_MILLI.items():
        why = Why(code="other", words="By the throughput that the performance group measured")
        ask = SetRate(pool=pool, h100_milli=h100_milli)
        yield lab.author.say(cast.OPERATOR, because(ask, why))


def pledges(lab: Lab) -> Iterator[Spoken]:
    """The head of research promises two teams a part of its H100 for a year.

    A share is of what the division has as an amount: after leadership has split the pool.
    """
    until = from_datetime(lab.author.now + LASTS)
    decider = cast.DECIDERS["research"]
    why = Why(code="strategic_priority", words="A quarter of research compute is for safety")
    share = Pledge(
        to_unit=BEHIND, of_unit="research", pools=(cast.H100,), share_bp=BEHIND_BP, until=until,
        pledge=PLEDGED,
    )  # fmt: skip
    yield lab.author.say(decider, because(share, why))
    why = Why(code="strategic_priority", words="Language keeps at least one machine, come what may")
    least = Pledge(to_unit=KEPT, pools=(cast.H100,), quantity=KEPT_QUANTITY, until=until)
    yield lab.author.say(decider, because(least, why))


def pledge_prolonged(lab: Lab) -> Iterator[Spoken]:
    """What was promised is far behind: it is promised for longer, which makes up for nothing."""
    until = from_datetime(lab.author.now + LASTS)
    why = Why(code="strategic_priority", words="Safety got far less than promised: a year more")
    ask = RevisePledge(pledge=PLEDGED, until=until)
    yield lab.author.say(cast.DECIDERS["research"], because(ask, why))
