"""What the pages ask of the record: one snapshot of the read models at one pair of clocks."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from api.problems import Problem
from api.reads.look import Look
from api.web.charts import Run
from api.web.clocks import short
from api.web.events import Events
from api.web.facts import DelegationFacts, PoolFacts
from api.web.graphs import Graphs
from api.web.pools import Numbers
from api.web.reads import UUID, Reads
from api.web.rendering import quantity
from api.web.spans import USUAL, Window, window
from api.web.tree import Node, Tree
from ledger.capacity import Level
from ledger.periods import FOREVER, Instant
from projections.capacity import read as capacity
from projections.history.read import recorded_at
from projections.holdings import changes, lending
from projections.holdings import read as holdings
from projections.holdings.accounts import Sum
from projections.holdings.ahead import Ahead, ahead
from projections.organisation import read as organisation
from projections.organisation.tree import Member


class Record:
    """One look: every question is answered as of `valid_at`, as recorded by `position`.

    Each question is asked of the database once, however often a page puts it.
    """

    def __init__(self, look: Look, *, position: int, valid_at: Instant) -> None:
        self.position = position
        self.valid_at = valid_at
        self.now = look.now
        self.reads = Reads(look, position=position, valid_at=valid_at)
        self._connection = look.connection
        self._members: dict[str, Sequence[Member]] = {}

    @cached_property
    def events(self) -> Events:
        """The events recorded by the position."""
        return Events(self._connection, self.position, self.names, self._was_below)

    @cached_property
    def recorded_at(self) -> Instant | None:
        """When the position was recorded; None before the first."""
        return recorded_at(self._connection, self.position) if self.position else None

    # -- pools ----------------------------------------------------------------------------------

    def pool(self, pool: str) -> PoolFacts:
        """One pool. Problem 404 UnknownPool."""
        for found in self.pools:
            if found.pool == pool:
                return found
        raise Problem(404, "UnknownPool", f"There is no pool {pool[:200]!r} {self._then}.")

    @cached_property
    def numbers(self) -> Mapping[str, Numbers]:
        """What each pool whose capacity is known has."""
        held: defaultdict[str, int] = defaultdict(int)
        for one in self.held:
            held[one.pool] += one.quantity
        levels = capacity.levels(
            self._connection, pool=None, valid_at=self.valid_at, known_at=self.position
        )
        return {
            level.pool: Numbers.of(
                Level(level.installed, level.lost, level.headroom), held[level.pool]
            )
            for level in levels
            if level.installed is not None and level.lost is not None and level.headroom is not None
        }

    def allocatable_at(self, at: Instant) -> Mapping[str, int]:
        """How much of each pool can be given out at an instant."""
        found = capacity.levels(self._connection, pool=None, valid_at=at, known_at=self.position)
        return {level.pool: level.allocatable or 0 for level in found}

    def ahead(self, later: Sequence[Instant]) -> Mapping[str, Sequence[Ahead]]:
        """What happens to the grants of each pool by some instants after the one asked."""
        return ahead(self._connection, since=self.valid_at, later=later, known_at=self.position)

    def allocatable(self, pool: str, shown: Window) -> Sequence[Run]:
        """How much of a pool can be given out over a period, from its first fact on."""
        start, end = shown
        steps = capacity.level_steps(
            self._connection, pool=pool, start=start, end=end, known_at=self.position
        )
        return [Run(start=step.start, end=step.end, quantity=step.allocatable) for step in steps]

    # -- holdings -------------------------------------------------------------------------------

    @cached_property
    def held(self) -> Sequence[Sum]:
        """What every unit has in hand of each pool, by class."""
        return holdings.held_sums(
            self._connection, pool=None, valid_at=self.valid_at, known_at=self.position
        )

    def in_hand(self, units: Collection[str]) -> Sequence[holdings.Held]:
        """What every grant of some units has in hand."""
        return holdings.held(
            self._connection, pool=None, units=sorted(units), valid_at=self.valid_at,
            known_at=self.position,
        )  # fmt: skip

    def held_by(self, grants: Sequence[str]) -> Mapping[str, int]:
        """What some grants have in hand."""
        now = Counter[str]()
        for row in changes.rows_of(self._connection, grants, self.position):
            if row.start <= self.valid_at < row.stop:
                now[row.grant] += row.quantity
        return now

    @cached_property
    def graphs(self) -> Graphs:
        """What units have over time."""
        return Graphs(self._connection, self.position, self._lives, self._was_below)

    def shown(self, span: str | None) -> tuple[str, Window]:
        """How much time a chart shows, as chosen or as usual, and which."""
        begin = self.first_start()
        chosen = span or self.graphs.span(window(USUAL, self.valid_at, begin))
        return chosen, window(chosen, self.valid_at, begin)

    def first_start(self) -> Instant:
        """When the first grant started; the instant itself when there is none."""
        return holdings.first_start(self._connection, self.position) or self.valid_at

    def grant(self, grant: str) -> holdings.GrantFacts:
        """One grant. Problem 404 UnknownGrant."""
        found = None
        if UUID.match(grant):
            found = holdings.grant(self._connection, grant, self.position)
        if found is None:
            raise Problem(404, "UnknownGrant", f"There is no grant {grant[:60]!r} {self._then}.")
        return found

    @cached_property
    def loaned(self) -> Sequence[lending.Loaned]:
        """Every grant that has lent something at the instant, and every loan that is out."""
        return lending.loans(
            self._connection, pool=None, units=None, valid_at=self.valid_at, known_at=self.position
        )

    def family(self, grants: Sequence[str]) -> Sequence[changes.Row]:
        """The rows of some grants, and of those that lend to them or that they lend to."""
        return changes.family(self._connection, grants, self.position) if grants else ()

    def ending(
        self, under: str, *, begun: bool, after: int, limit: int
    ) -> Sequence[holdings.GrantFacts]:
        """Grants of a unit and all below it by their end: behind so many so many more.

        Those that had begun by the instant and were not over, or those that had not begun.
        """
        return holdings.ending(
            self._connection,
            units=None if under == self.tree.root else self._ever_below(under),
            valid_at=self.valid_at,
            known_at=self.position,
            begun=begun,
            after=after,
            limit=limit,
        )

    def grants(self, under: str, *, ended: bool) -> Sequence[holdings.GrantFacts]:
        """Every grant of a unit and all below it, and of those that were, and are closed.

        Without `ended` those not over at the instant.
        """
        return holdings.grants_of(
            self._connection,
            pool=None,
            units=self._ever_below(under),
            valid_at=self.valid_at,
            known_at=self.position,
            ended=ended,
        )

    def _ever_below(self, under: str) -> Sequence[str]:
        gone = {unit for unit, _, _ in self._was_below(under)} - self.tree.nodes.keys()
        return sorted(self.below(under) | gone)

    # -- the organisation -----------------------------------------------------------------------

    @cached_property
    def pools(self) -> Sequence[PoolFacts]:
        """Every pool that was opened by the instant, by id."""
        found = organisation.pools(self._connection, valid_at=self.valid_at, known_at=self.position)
        return [
            PoolFacts(
                pool=one.pool,
                title=one.title,
                unit_label=one.unit_label,
                granule=one.granule,
                closed_at=one.closed_at if one.closed_at <= self.valid_at else None,
            )
            for one in found
        ]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of every unit that ever was, at the instant or nearest to it."""
        return {unit: node.name for unit, node in self._nearest.items()}

    @cached_property
    def tree(self) -> Tree:
        """The units that exist at the instant."""
        return Tree({unit: node for unit, node in self._nearest.items() if self._exists(unit)})

    @cached_property
    def lineage(self) -> Tree:
        """Every unit that ever was: one that is closed stands where it stood last."""
        return Tree(self._nearest)

    @cached_property
    def _lives(self) -> Mapping[str, Sequence[organisation.UnitRun]]:
        lives: defaultdict[str, list[organisation.UnitRun]] = defaultdict(list)
        for run in organisation.runs(self._connection, self.position):
            lives[run.unit].append(run)
        return lives

    @cached_property
    def _nearest(self) -> Mapping[str, Node]:
        return {unit: self._node(lived) for unit, lived in self._lives.items()}

    def _exists(self, unit: str) -> bool:
        return any(run.valid_from <= self.valid_at < run.valid_to for run in self._lives[unit])

    def unit(self, unit: str | None) -> Node:
        """One unit, the root when none is named, also when it exists at another time only.

        Problem 404 UnknownUnit.
        """
        name = self.tree.root if unit is None else unit
        if name is None:
            raise Problem(404, "UnknownUnit", f"There is no organisation {self._then}.")
        if name not in self._nearest:
            raise Problem(404, "UnknownUnit", f"There is no unit {name[:200]!r} {self._then}.")
        return self._nearest[name]

    def below(self, unit: str) -> frozenset[str]:
        """A unit and all below it at the instant."""
        return frozenset({unit, *(node.unit for node, _ in self.tree.subtree(unit))})

    def delegations(self, units: Sequence[str]) -> Sequence[DelegationFacts]:
        """The delegations in force over any of these units, the widest first."""
        found = organisation.delegations(
            self._connection, valid_at=self.valid_at, known_at=self.position, over=units
        )
        found.sort(key=lambda one: (units.index(one.unit), one.to, one.role))
        return [
            DelegationFacts(
                to=one.to, role=one.role, unit=one.unit, limits=_limits(one), since=one.since
            )
            for one in found
        ]

    def _node(self, lived: Sequence[organisation.UnitRun]) -> Node:
        begun = [run for run in lived if run.valid_from <= self.valid_at]
        run = begun[-1] if begun else lived[0]
        return Node(
            unit=run.unit,
            name=run.name,
            kind=run.kind,
            parent=run.parent,
            closed_at=run.closed_at if run.closed_at <= self.valid_at else None,
            merged_into=run.merged_into,
        )

    def _was_below(self, unit: str) -> Sequence[Member]:
        if unit not in self._members:
            found = organisation.subtree_over_time(self._connection, unit, self.position)
            self._members[unit] = found
        return self._members[unit]

    @property
    def _then(self) -> str:
        at = "now" if self.valid_at == self.now else f"at {short(self.valid_at)}"
        return f"{at}, as recorded by position {quantity(self.position)}"


def _limits(delegation: organisation.Delegation) -> str:
    said: list[str] = []
    if delegation.pools is not None:
        said.append(f"in {', '.join(delegation.pools)}")
    if delegation.most is not None:
        said.append(f"at most {quantity(delegation.most)} at once")
    if delegation.until != FOREVER:
        said.append(f"until {delegation.until[:10]}")
    return ", ".join(said)
