"""The state that decisions are judged against: a fold of the log, kept in memory."""

from collections.abc import Callable, Iterable

from ledger.awaited import Awaited
from ledger.budgets import Budget
from ledger.capacity import CapacityBook
from ledger.holding import (
    DrawOrder,
    draw_order,
    family_pieces,
    gives,
    hold_at,
    own_at,
    turns,
)
from ledger.in_hand import InHand
from ledger.journal import Journal, discard
from ledger.lineage import Stay, children_ever, ever_below, lineage
from ledger.measures import Measures, Place
from ledger.periods import BEGINNING, Instant
from ledger.pledges import PledgeRecord
from ledger.rates import RateRecord
from ledger.records import (
    DelegationRecord,
    GrantRecord,
    PoolRecord,
    ProposalRecord,
    RequestRecord,
    RulesRecord,
    UnitRecord,
)
from ledger.resting import Grants
from ledger.standing import Standing
from ledger.steps import Delta, Steps


class State:
    """Everything the core knows at a position. Changed by `ledger.evolve` alone, by the journal.

    `free` of a pool = allocatable - held as a function of valid time. `live` lists, in draw order,
    each unit's grants of a pool that hold something now or later; `over` those that ended by date
    with something left, by end, for facts dated back; `made` all it ever had. `rules` and `rates`
    are in order of time; `forecasts` says which forecast of a grant stands, `corrections` which
    correction of a position does. `budgets` are the shares of units by pool and unit, and
    `measures` what these hold with all below them, by pool and unit. No list has grants at rest.
    """

    def __init__(self) -> None:
        self.position = 0
        self.recorded_at: Instant = BEGINNING
        self.ticked: Instant = BEGINNING
        self.root: str | None = None
        self.pools: dict[str, PoolRecord] = {}
        self.units: dict[str, UnitRecord] = {}
        self.folded: dict[str, str] = {}
        self.open_children: dict[str, int] = {}
        self.delegations: dict[str, DelegationRecord] = {}
        self.of_person: dict[str, tuple[str, ...]] = {}
        self.rules: dict[str | None, tuple[RulesRecord, ...]] = {}
        self.grants = Grants()
        self.touched: dict[str, int] = {}
        self.forecasts: dict[str, int] = {}
        self.corrections: dict[int, int] = {}
        self.proposals: dict[str, ProposalRecord] = {}
        self.budgets: dict[Place, Budget] = {}
        self.requests: dict[str, RequestRecord] = {}
        self.pledges: dict[str, PledgeRecord] = {}
        self.rates: dict[str, tuple[RateRecord, ...]] = {}
        self.measures: dict[str, dict[str, Measures]] = {}
        self.capacity: dict[str, CapacityBook] = {}
        self.free: dict[str, Steps] = {}
        self.live: dict[str, dict[str, list[DrawOrder]]] = {}
        self.over: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.made: dict[tuple[str, str], list[str]] = {}
        self.journal = Journal()
        self.in_hand = InHand()
        self._standings: dict[str, Standing] = {}
        self._lineages: dict[str, list[Stay]] = {}
        self._children: dict[str, list[Stay]] = {}
        self._awaited = Awaited(self.journal)

    def tick(self, now: Instant) -> None:
        """Let time pass: grants that ended, or have nothing left to give, leave the live lists.

        Depends on nothing but the facts and the instant. Time itself is never taken back, but
        what passes while the journal holds waits anew when its facts are.
        """
        self.ticked = max(self.ticked, now)
        for name in self._awaited.past(now):
            self._settle(self.grants[name], now)

    def standing_of(self, person: str, now: Instant) -> Standing:
        """What a person may do, now and until something about it changes."""
        standing = self._standings.get(person)
        if standing is None or now >= standing.until:
            held = (self.delegations[name] for name in self.of_person.get(person, ()))
            standing = self._standings[person] = Standing(held, now)
        return standing

    def forget_standings(self) -> None:
        """Somebody's authority, or a unit's place, has changed, or is tried."""
        for known in (self._standings, self._lineages, self._children):
            known.clear()
            self.journal.on_undo(known.clear)

    def take_back(self) -> None:
        """Be as before all that the journal holds; but time goes on."""
        self.journal.take_back()
        self.in_hand.forget_all()

    def add_grant(self, grant: GrantRecord) -> None:
        """Take in a grant that is made."""
        self.journal.put(self.grants, grant.grant, grant)
        self.list_made(grant)
        self._forget_in_hand(grant)

    def list_made(self, grant: GrantRecord) -> None:
        """Name a grant among all that its unit ever had of the pool."""
        names = self.made.setdefault((grant.pool, grant.unit), [])
        names.append(grant.grant)
        self.journal.on_undo(names.pop)

    def keep_grant(self, grant: GrantRecord) -> None:
        """Replace the record of a grant, which stays in the lists it is in."""
        if not self.grants.is_at_hand(grant.grant):
            self._bring_to_hand(self.grants[grant.grant])
        self.journal.put(self.grants, grant.grant, grant)
        self._forget_in_hand(grant)

    def _bring_to_hand(self, grant: GrantRecord) -> None:
        # Never taken back: at hand it is the same grant. Ahead of those whose listing is.
        self.grants[grant.grant] = grant
        self.made.setdefault((grant.pool, grant.unit), []).insert(0, grant.grant)

    def _forget_in_hand(self, grant: GrantRecord) -> None:
        self.in_hand.forget(grant.pool, grant.unit)
        if grant.lender is not None:
            self.in_hand.forget(grant.pool, self.grants[grant.lender].unit)

    def unlist_grant(self, grant: GrantRecord) -> None:
        """Take a grant off the lists it is on, before it is counted anew."""
        self.in_hand.forget(grant.pool, grant.unit)
        ordered = self.live.get(grant.pool, {}).get(grant.unit)
        if ordered is not None:
            self.journal.place(ordered, draw_order(grant), False)
        over = self.over.get((grant.pool, grant.unit))
        if over is not None:
            self.journal.place(over, (grant.end, grant.grant), False)

    def list_grant(self, grant: GrantRecord, now: Instant, was: GrantRecord | None = None) -> None:
        """Bring the lists up to date with a grant that was made, or was another before."""
        if was is not None:
            for instant in turns(was, now):
                self._awaited.cease(was.pool, instant, grant.grant)
        for instant in turns(grant, now):
            self._awaited.wait(grant.pool, instant, grant.grant)
        lists = self.live.setdefault(grant.pool, {})
        ordered = lists.get(grant.unit)
        if ordered is None:
            ordered = lists[grant.unit] = []
        key = draw_order(grant)
        if grant.start >= grant.end:
            self.journal.place(ordered, key, False)
            return  # it was given up before it began
        self.journal.place(ordered, key, grant.end > now and gives(grant, now))
        if grant.end <= now:
            self._list_over(grant)

    def list_over(self, ended: Iterable[GrantRecord]) -> None:
        """List all grants that ended by date, where none is listed yet: they are sorted once."""
        for grant in ended:
            if grant.left and grant.start < grant.end:
                ordered = self.over.setdefault((grant.pool, grant.unit), [])
                ordered.append((grant.end, grant.grant))
        for ordered in self.over.values():
            ordered.sort()

    def _settle(self, grant: GrantRecord, now: Instant) -> None:
        ended = grant.end <= now
        if ended or not gives(grant, now):
            ordered = self.live.get(grant.pool, {}).get(grant.unit)
            if ordered is not None:
                self.journal.place(ordered, draw_order(grant), False)
        if ended and grant.start < grant.end:
            self._list_over(grant)

    def _list_over(self, grant: GrantRecord) -> None:
        if not self.grants.is_at_hand(grant.grant):
            return  # it went to rest, and what had made it so was taken back
        if grant.left or (grant.pool, grant.unit) in self.over:
            ordered = self.over.setdefault((grant.pool, grant.unit), [])
            self.journal.place(ordered, (grant.end, grant.grant), bool(grant.left))

    def unlist_over(self, grant: GrantRecord) -> None:
        """Take a grant that goes to rest off the list of those that ended. Never taken back."""
        ordered = self.over.get((grant.pool, grant.unit))
        if ordered is not None:
            discard(ordered, (grant.end, grant.grant))

    def loans_of(self, grant: GrantRecord) -> list[GrantRecord]:
        """The loans made out of a grant, in the order made."""
        return [self.grants[name] for name in grant.loans]

    def sides_of(self, grant: GrantRecord) -> tuple[str, ...]:
        """The unit that has a grant, and of a loan the unit that lent it: both are concerned."""
        return (grant.unit, *((self.grants[grant.lender].unit,) if grant.lender else ()))

    def family_of(self, grant: GrantRecord) -> list[Delta] | None:
        """What a lender and its loans hold together, as runs; None for a grant that stands alone.

        Given the lender or any of the loans, as it was or is.
        """
        if grant.lender is None and not grant.loans:
            return None
        lender = self.grants[grant.lender or grant.grant]
        return family_pieces(lender, self.loans_of(lender))

    def hold_at(self, grant: GrantRecord, at: Instant) -> int:
        """What a grant has in hand at an instant: what it owns, less what it has lent."""
        return hold_at(grant, at, self.loans_of(grant)) if grant.loans else own_at(grant, at)

    def measure(self, pool: str, unit: str, count: Callable[["State", str, str], Measures]) -> None:
        """Count the measures of a unit anew: it has a budget from another instant on."""
        if pool not in self.measures:
            self.journal.put(self.measures, pool, {})
        of_pool = self.measures[pool]
        self.journal.put(of_pool, unit, count(self, pool, unit))

    def setting(self, name: str, pool: str | None, at: Instant) -> int | None:
        """A setting that decides, of the pool, else of all pools; None when nobody has set it."""
        for scope in (pool, None):
            for rules in reversed(self.rules.get(scope, ())):
                value: int | None = getattr(rules, name)
                if rules.since <= at and value is not None:
                    return value
        return None

    def lineage(self, unit: str) -> list[Stay]:
        """The unit itself and everyone it ever stood below, each with the periods it did."""
        found = self._lineages.get(unit)
        if found is None:
            found = self._lineages[unit] = lineage(self.units, unit)
        return found

    def ever_below(self, unit: str) -> list[str]:
        """The unit itself and everyone who ever stood below it."""
        if not self._children:
            self._children.update(children_ever(self.units))
        return ever_below(self._children, unit)

    def path(self, unit: str) -> list[str]:
        """A unit and those above it, up to the root, in the tree as it stands."""
        found: list[str] = []
        at: str | None = unit
        while at is not None:
            found.append(at)
            at = self.units[at].parent
        return found

    def live_of(self, pool: str, unit: str) -> list[GrantRecord]:
        """A unit's grants of a pool that hold something now or later, in draw order."""
        return [self.grants[key[2]] for key in self.live.get(pool, {}).get(unit, ())]

    def changing(self, pool: str, at: Instant) -> list[GrantRecord]:
        """The grants of a pool that end, or give something away, at an instant ahead."""
        return [self.grants[name] for name in self._awaited.at(pool, at)]

    def changing_between(self, pool: str, after: Instant, until: Instant) -> list[GrantRecord]:
        """The same after an instant ahead and up to another, in the order of their ids."""
        return [self.grants[name] for name in sorted(self._awaited.between(pool, after, until))]
