"""What is found out about a decision while it is tried, leg by leg."""

from msgspec import Struct

from ledger.measures import Measure, Place
from ledger.steps import Delta


class Warned(Struct, frozen=True, gc=False):
    """Something to know about a decision that is taken all the same."""

    code: str
    detail: str


class Raised(Struct, frozen=True, gc=False):
    """What one leg did to what a pool has free, over time: less when it grants."""

    leg: int
    pool: str
    free: Delta


class Counted(Struct, frozen=True, gc=False):
    """What one leg did to a measure of a unit that has a budget, over time."""

    leg: int
    place: Place
    measure: Measure
    delta: Delta


class Confirmed(Struct, frozen=True):
    """The proposal that a decision carries out, and the second person who confirmed it.

    `changed` = what it names that has changed since they looked, if they asked for that.
    """

    proposal: str
    by: str
    changed: frozenset[str] = frozenset()
