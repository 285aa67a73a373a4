"""Facts about pools, units, delegations and rules folded into rows, in both clocks."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from msgspec import Raw, Struct

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    Corrected,
    Event,
    PoolClosed,
    PoolOpened,
    RateSet,
    RulesSet,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.facts import (
    Fact,
    PoolClosing,
    PoolOpening,
    Replacement,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.facts import Rules as Settings
from ledger.periods import Instant, open_end
from ledger.pledge_facts import RateSetting
from ledger.sayings import FACTS, Saying, replacement, saying, sayings
from projections.memory import KeptWhole
from projections.organisation.dated import (
    Pool,
    Rate,
    Rules,
    Unit,
    pool_of,
    rates_of,
    rules_of,
    unit_of,
)
from projections.sheets import Cells, Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.organisation", "recall.sql")
_TOPICS: Final = {kind: topic for topic, kind in FACTS.items()}
_ALL: Final = ""
"""What the rules of all pools are about: no pool has that id."""


class Delegation(NamedTuple):
    """A delegation over `[since, until)`."""

    delegation: str
    to: str
    role: str
    unit: str
    pools: list[str] | None
    most: int | None
    since: Instant
    until: Instant
    given_by: str
    revoked: bool


class OrganisationFold(KeptWhole):
    """Folds the facts around the holdings; few, all kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        super().__init__(is_empty)
        self._pool_sheet = Sheet("pools")
        self._unit_sheet = Sheet("units")
        self._delegation_sheet = Sheet("delegations")
        self._rules_sheet = Sheet("rules")
        self._rates_sheet = Sheet("rates")
        self._said_sheet = Sheet("said")
        self._said: dict[tuple[str, str], dict[int, Saying]] = {}
        self._said_rows: dict[int, int] = {}
        self._pools: dict[str, list[tuple[int, Pool]]] = {}
        self._units: dict[str, list[tuple[int, Unit]]] = {}
        self._rates: dict[str, list[tuple[int, Rate]]] = {}
        self._delegations: dict[str, tuple[int, Delegation]] = {}
        self._rules: dict[str, list[tuple[int, Rules]]] = {}

    def read_back(self, connection: Connection) -> None:
        """Read everything back."""
        for one in fetch(connection, SQL["said_standing"], {}, _Said):
            kept = Replacement(effective_at=one.effective_at, data=Raw(one.said.encode()))
            said = saying(one.topic, kept)
            if said is not None and (about := _about(said.fact)) is not None:
                self._said.setdefault(about, {})[one.position] = said
                self._said_rows[one.position] = one.row
        for row, cells in fetch(connection, SQL["pools_standing"], {}, _row):
            pool = Pool(*cells)
            self._pools[pool.pool] = [(row, pool)]
        for row, cells in fetch(connection, SQL["units_standing"], {}, _row):
            unit = Unit(*cells)
            self._units.setdefault(unit.unit, []).append((row, unit))
        for row, cells in fetch(connection, SQL["rates_standing"], {}, _row):
            rate = Rate(*cells)
            self._rates.setdefault(rate.pool, []).append((row, rate))
        for row, cells in fetch(connection, SQL["delegations_standing"], {}, _row):
            delegation = Delegation(*cells)
            self._delegations[delegation.delegation] = (row, delegation)
        for row, cells in fetch(connection, SQL["rules_standing"], {}, _row):
            rules = Rules(*cells)
            self._rules.setdefault(rules.pool or _ALL, []).append((row, rules))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        position = event.position
        match event:
            case PoolOpened() | PoolClosed() | UnitCreated() | UnitRenamed():
                self._say(position, position, None, Saying(event.effective_at, event.data))
            case UnitMoved() | UnitClosed() | RateSet() | RulesSet():
                self._say(position, position, None, Saying(event.effective_at, event.data))
            case Corrected(data=fact):
                was, now = sayings(fact)
                self._say(position, fact.corrects, was, now)
            case AuthorityDelegated():
                self._delegate(event)
            case AuthorityRevoked():
                self._revoke(event)
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        return (
            self._pool_sheet.drain(),
            self._unit_sheet.drain(),
            self._delegation_sheet.drain(),
            self._rules_sheet.drain(),
            self._rates_sheet.drain(),
            self._said_sheet.drain(),
        )

    def _say(self, position: int, of: int, was: Saying | None, now: Saying | None) -> None:
        """From a position on the event at the position `of` says something, or nothing."""
        told = now or was
        about = None if told is None else _about(told.fact)
        if about is None:
            return
        said = self._said.setdefault(about, {})
        if was is not None:
            del said[of]
            self._said_sheet.close(self._said_rows.pop(of), position)
        if now is not None:
            said[of] = now
            self._said_rows[of] = self._said_sheet.add(position, _cells(of, now))
        what, name = about
        if what == "pool":
            pools = self._pools.get(name, [])
            self._pools[name] = self._pool_sheet.restate(pools, pool_of(said), position)
        elif what == "rate":
            rates = self._rates.get(name, [])
            self._rates[name] = self._rates_sheet.restate(rates, rates_of(said), position)
        elif what == "rules":
            rules = self._rules.get(name, [])
            self._rules[name] = self._rules_sheet.restate(rules, rules_of(said), position)
        else:
            units = self._units.get(name, [])
            self._units[name] = self._unit_sheet.restate(units, unit_of(said), position)

    def _delegate(self, event: AuthorityDelegated) -> None:
        given = event.data
        pools = None if given.pools is None else list(given.pools)
        delegation = Delegation(
            given.delegation, given.to, given.role, given.unit, pools, given.most,
            event.effective_at, open_end(given.until), event.by, revoked=False,
        )  # fmt: skip
        row = self._delegation_sheet.add(event.position, delegation)
        self._delegations[given.delegation] = (row, delegation)

    def _revoke(self, event: AuthorityRevoked) -> None:
        row, held = self._delegations[event.data.delegation]
        until = min(held.until, event.effective_at)
        self._delegation_sheet.close(row, event.position)
        held = held._replace(until=until, revoked=True)
        row = self._delegation_sheet.add(event.position, held)
        self._delegations[held.delegation] = (row, held)


class _Said(Struct, frozen=True):
    row: int
    position: int
    topic: str
    effective_at: Instant
    said: str


def _about(fact: Fact) -> tuple[str, str] | None:
    """Whether a fact is about a pool, its rate or rules, or a unit, and which."""
    match fact:
        case PoolOpening(pool=name) | PoolClosing(pool=name):
            return "pool", name
        case RateSetting(pool=name):
            return "rate", name
        case Settings(pool=name):
            return "rules", name or _ALL
        case (
            UnitCreation(unit=name)
            | UnitRenaming(unit=name)
            | UnitMove(unit=name)
            | UnitClosing(unit=name)
        ):
            return "unit", name
        case _:
            return None


def _cells(position: int, said: Saying) -> Cells:
    kept = replacement(said)
    text = "" if kept is None else bytes(kept.data).decode()
    return position, _TOPICS[type(said.fact)], said.at, text


def _row(row: int, *cells: Any) -> tuple[int, tuple[Any, ...]]:
    return row, cells
