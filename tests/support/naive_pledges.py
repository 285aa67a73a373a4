"""What came of a pledge, told the slow way: every instant between two dates is asked anew.

Written from the words of the rules, on plain lists of events, without rows, sums or step functions:
the time is cut at every date that any event mentions, and in each part everything is counted from
all events at its first instant. Sums are fractions of unit-microseconds.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from ledger.codec import encode
from ledger.events import (
    CapacityChanged,
    Event,
    Pledged,
    PledgeRevised,
    PledgeWithdrawn,
    Reallocated,
    UnitCreated,
    UnitMoved,
)
from ledger.facts import Splitting
from ledger.periods import FOREVER, Instant, micros
from tests.projections.belief import Belief

MEASURES = ("promised", "budgeted", "granted", "held")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
Said = Pledged | PledgeRevised | PledgeWithdrawn


class Promises:
    """The events known by a position, each as it was corrected last."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.told = Belief(events)
        dates = {
            Instant(date) for event in events for date in _DATE.findall(encode(event).decode())
        }
        years = range(2025, 2030)
        turns = {Instant(f"{y}-{m:02}-01T00:00:00.000000Z") for y in years for m in (1, 4, 7, 10)}
        self.dates = sorted(dates | turns)

    def pledges(self) -> list[str]:
        """The pledges that were given."""
        return [one.data.pledge for one in self.told.events if isinstance(one, Pledged)]

    def promise(self, pledge: str, at: Instant) -> Pledged | PledgeRevised | None:
        """What was said last of what has begun, unless it has ended by then."""
        said: Said | None = None
        for event in self.told.events:
            if isinstance(event, Said) and event.data.pledge == pledge and event.effective_at <= at:
                said = event
        if said is None or isinstance(said, PledgeWithdrawn) or at >= said.data.until:
            return None
        return said

    def sums(self, pledge: str, until: Instant) -> dict[str, dict[str, Fraction]]:
        """By quarter of UTC, what each measure adds up to until an instant."""
        found: dict[str, dict[str, Fraction]] = {}
        for since, to in zip(self.dates, self.dates[1:], strict=False):
            promise = self.promise(pledge, since) if since < until else None
            if promise is None:
                continue
            span = micros(min(to, until)) - micros(since)
            quarter = f"{since[:4]}-Q{(int(since[5:7]) + 2) // 3}"
            sums = found.setdefault(quarter, dict.fromkeys(MEASURES, Fraction(0)))
            for measure, quantity in self.levels(promise, pledge, since).items():
                sums[measure] += quantity * span
        return found

    def levels(
        self, promise: Pledged | PledgeRevised, pledge: str, at: Instant
    ) -> dict[str, Fraction]:
        """Every measure at an instant."""
        fact = promise.data
        makers = [one.data for one in self.told.events if isinstance(one, Pledged)]
        unit = next(one.to_unit for one in makers if one.pledge == pledge)
        promised = Fraction(fact.quantity or 0)
        if fact.share_bp is not None:
            base = sum(
                self.allocatable(pool, at)
                if fact.of_unit is None
                else self.amount(pool, fact.of_unit, at)
                for pool in fact.pools
            )
            promised = Fraction(base * fact.share_bp, 10_000)
        below = self.below(unit, at)
        held = sum(
            quantity
            for (pool, holder, _, _), quantity in self.told.held(at).items()
            if pool in fact.pools and holder in below
        )
        granted = 0
        for grant in self.told.grants():
            if isinstance(grant, Reallocated):
                name, holder, is_loan = grant.data.to_grant, grant.data.to_unit, grant.data.loan
            else:
                name, holder, is_loan = grant.data.grant, grant.data.unit, False
            if grant.data.pool in fact.pools and holder in below and not is_loan:
                granted += self.told.own(grant, name, at)
        budgeted = sum(self.amount(pool, unit, at) for pool in fact.pools)
        return {
            "promised": promised,
            "budgeted": Fraction(budgeted),
            "granted": Fraction(granted),
            "held": Fraction(held),
        }

    def below(self, unit: str, at: Instant) -> set[str]:
        """The unit and all that stand below it at an instant."""
        parents: dict[str, str | None] = {}
        for event in sorted(self.told.events, key=lambda one: (one.effective_at, one.position)):
            if isinstance(event, UnitCreated | UnitMoved) and event.effective_at <= at:
                parents[event.data.unit] = event.data.parent
        found: set[str] = set()
        for one in parents:
            above: str | None = one
            while above is not None and above != unit:
                above = parents.get(above)
            if above == unit:
                found.add(one)
        return found

    def amount(self, pool: str, unit: str, at: Instant) -> int:
        """Rule 4 by its words: the newest split that names the unit and covers, else the last."""
        covers: int | None = None
        last: tuple[Instant, int] | None = None
        is_covered = False
        for event in self.told.events:
            fact = event.data
            if not isinstance(fact, Splitting) or fact.pool != pool or event.effective_at > at:
                continue
            until = fact.until or FOREVER
            for share in fact.shares:
                if share.unit == unit and at < until:
                    covers, is_covered = share.amount, True
                elif share.unit == unit and (last is None or until >= last[0]):
                    last = (until, share.amount or 0)
        if is_covered:
            return covers or 0
        return last[1] if last else 0

    def allocatable(self, pool: str, at: Instant) -> int:
        """The last count and later movements, less what is lost and held back."""
        installed = lost = headroom = 0
        for event in sorted(self.told.events, key=lambda one: (one.effective_at, one.position)):
            if not isinstance(event, CapacityChanged) or event.data.pool != pool:
                continue
            if event.effective_at > at:
                break
            fact = event.data
            amount = fact.quantity or 0
            match fact.kind:
                case "counted":
                    installed = fact.total or 0
                case "headroom":
                    headroom = fact.total or 0
                case "installed":
                    installed += amount
                case "retired":
                    installed -= amount
                case "lost":
                    lost += amount
                case "restored":
                    lost -= amount
        return max(0, installed - lost - headroom)
