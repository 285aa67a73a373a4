"""Noes: each rule's refusal by name, with the status it is answered with and its arithmetic."""

from typing import ClassVar

from ledger.arithmetic import Arithmetic, Holder, NextFree


class Refusal(Exception):
    """A no that a rule gives: recorded in the receipts, never in the log."""

    STATUS: ClassVar[int] = 409
    TITLE: ClassVar[str] = "Refused"

    def __init__(
        self,
        detail: str,
        *,
        arithmetic: Arithmetic | None = None,
        next_free: tuple[NextFree, ...] = (),
        holders: tuple[Holder, ...] = (),
        leg: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.arithmetic = arithmetic
        self.next_free = next_free
        self.holders = holders
        self.leg = leg

    @property
    def code(self) -> str:
        """The refusal's name, as answered in `code`."""
        return type(self).__name__


class UnknownPool(Refusal):
    """No pool of that id exists at that time."""

    STATUS = 404
    TITLE = "Unknown pool"


class UnknownUnit(Refusal):
    """No unit of that id exists at that time."""

    STATUS = 404
    TITLE = "Unknown unit"


class UnknownGrant(Refusal):
    """No grant has that id."""

    STATUS = 404
    TITLE = "Unknown grant"


class UnknownDelegation(Refusal):
    """No delegation has that id."""

    STATUS = 404
    TITLE = "Unknown delegation"


class UnknownProposal(Refusal):
    """No proposal has that id."""

    STATUS = 404
    TITLE = "Unknown proposal"


class ProposalOver(Refusal):
    """The proposal was confirmed, closed, or has lapsed."""

    TITLE = "The proposal is over"


class UnknownRequest(Refusal):
    """No request has that id."""

    STATUS = 404
    TITLE = "Unknown request"


class UnknownPledge(Refusal):
    """No pledge has that id."""

    STATUS = 404
    TITLE = "Unknown pledge"


class UnknownPosition(Refusal):
    """The log has no such position yet."""

    STATUS = 404
    TITLE = "Unknown position"


class NotYoursToDecide(Refusal):
    """The person has no authority for this, or needs a second person for it."""

    STATUS = 403
    TITLE = "Not yours to decide"


class OwnRequest(Refusal):
    """Nobody answers what they asked for, nor an appeal against what they decided."""

    STATUS = 403
    TITLE = "Own request"


class NotEnoughFree(Refusal):
    """At some instant the pool would hold more than is allocatable."""

    TITLE = "Not enough free"


class MoreThanHeld(Refusal):
    """More is taken than the grants named, or the unit, can give."""

    TITLE = "More than held"


class OverAmount(Refusal):
    """Units would own more than they are entitled to, or be promised more than there is."""

    TITLE = "Over the amount"


class OverCap(Refusal):
    """Units would have more in hand than they may at most."""

    TITLE = "Over the cap"


class BelowFloor(Refusal):
    """Units would keep less than cannot be taken from them."""

    TITLE = "Below the floor"


class BeyondAward(Refusal):
    """More would be granted for a request than it was awarded."""

    TITLE = "Beyond the award"


class NegativeHolding(Refusal):
    """A grant would hold less than nothing at some instant."""

    TITLE = "A holding would be negative"


class DependentFacts(Refusal):
    """Later or future facts stand on what would go."""

    TITLE = "Other facts depend on this"


class Impossible(Refusal):
    """It cannot be so in the world, or makes no sense of what is recorded."""

    TITLE = "Impossible"


class NoDifference(Refusal):
    """It already is as asked."""

    TITLE = "No difference"


class NotEmpty(Refusal):
    """It still holds, reserves or contains something."""

    TITLE = "Not empty"


class Cycle(Refusal):
    """A unit would stand below itself."""

    TITLE = "A unit would stand below itself"


class SameUnit(Refusal):
    """A move from a unit to itself that changes no class."""

    TITLE = "From a unit to itself"


class AlreadyExists(Refusal):
    """The id is taken, perhaps in other case; ids are never reused."""

    TITLE = "Already exists"


class GrantEnded(Refusal):
    """The grant had ended at that instant, or was ended for good."""

    TITLE = "The grant has ended"


class UnitClosed(Refusal):
    """The unit is closed at that time."""

    TITLE = "The unit is closed"


class PoolClosed(Refusal):
    """The pool is closed at that time."""

    TITLE = "The pool is closed"


class NoticeNeeded(Refusal):
    """Something is taken sooner than the rules give notice, and nobody overrides that."""

    TITLE = "Notice is needed"


class Misshapen(Refusal):
    """What an event should say instead has not the shape of its topic."""

    STATUS = 422
    TITLE = "Invalid fields"


class OffGranule(Refusal):
    """The quantity is no multiple of the pool's granule."""

    TITLE = "Off the granule"


class WordsMissing(Refusal):
    """Somebody loses something, or the date lies back: a reason in words is due."""

    TITLE = "Words are missing"


class TooFarBack(Refusal):
    """Further back than the rules allow without an importer's delegation."""

    TITLE = "Too far back"


class Stale(Refusal):
    """What was looked at has changed since."""

    TITLE = "Changed since you looked"


class TooManyLegs(Refusal):
    """An event would exceed 65,535 bytes, or there are over 5,000; make it several decisions."""

    STATUS = 413
    TITLE = "Too many legs"


class KeyReused(Refusal):
    """The person used this key for another command."""

    STATUS = 422
    TITLE = "Key reused"


class ClockUnsure(Refusal):
    """This machine's clock and the database's differ by more than 5 s."""

    STATUS = 503
    TITLE = "The clock is unsure"


class Unfounded(Refusal):
    """The ledger has no founder yet: run `allot init`."""

    STATUS = 503
    TITLE = "The ledger is not founded"


REFUSALS: dict[str, type[Refusal]] = {kind.__name__: kind for kind in Refusal.__subclasses__()}
"""Every refusal by its name."""

NEVER_STORED = frozenset({"KeyReused", "ClockUnsure", "Unfounded", "TooManyLegs", "Misshapen"})
"""Refusals that no receipt keeps: asking again may be answered otherwise."""
