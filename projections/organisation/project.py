"""Facts about pools, units, delegations and rules folded into rows, in both clocks."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    Event,
    PoolClosed,
    PoolOpened,
    RulesSet,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.periods import FOREVER, Instant, open_end
from projections.sheets import Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.organisation", "recall.sql")


class Pool(NamedTuple):
    """A pool over `[opened_at, closed_at)`."""

    pool: str
    title: str
    unit_label: str
    granule: int
    opened_at: Instant
    closed_at: Instant


class Unit(NamedTuple):
    """A unit's name and parent over `[valid_from, valid_to)` of its life `[since, closed_at)`."""

    unit: str
    name: str
    kind: str
    parent: str | None
    since: Instant
    closed_at: Instant
    merged_into: str | None
    valid_from: Instant
    valid_to: Instant


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


class Rules(NamedTuple):
    """Settings of a pool, or of all, over `[valid_from, valid_to)`."""

    pool: str | None
    second_person_from: int | None
    backdate_days: int | None
    notice_days: int | None
    valid_from: Instant
    valid_to: Instant


class OrganisationFold:
    """Folds the facts around the holdings; few, all kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        self._pool_sheet = Sheet("pools")
        self._unit_sheet = Sheet("units")
        self._delegation_sheet = Sheet("delegations")
        self._rules_sheet = Sheet("rules")
        self._pools: dict[str, tuple[int, Pool]] = {}
        self._units: dict[str, list[tuple[int, Unit]]] = {}
        self._delegations: dict[str, tuple[int, Delegation]] = {}
        self._rules: dict[str | None, list[tuple[int, Rules]]] = {}
        self._is_recalled = is_empty

    @property
    def is_whole(self) -> bool:
        """Whether everything is in memory."""
        return self._is_recalled

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read everything back once."""
        del events
        if self._is_recalled:
            return
        self._is_recalled = True
        for row, cells in fetch(connection, SQL["pools_standing"], {}, _row):
            pool = Pool(*cells)
            self._pools[pool.pool] = (row, pool)
        for row, cells in fetch(connection, SQL["units_standing"], {}, _row):
            unit = Unit(*cells)
            self._units.setdefault(unit.unit, []).append((row, unit))
        for row, cells in fetch(connection, SQL["delegations_standing"], {}, _row):
            delegation = Delegation(*cells)
            self._delegations[delegation.delegation] = (row, delegation)
        for row, cells in fetch(connection, SQL["rules_standing"], {}, _row):
            rules = Rules(*cells)
            self._rules.setdefault(rules.pool, []).append((row, rules))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        at, position = event.effective_at, event.position
        match event:
            case PoolOpened(data=made):
                pool = Pool(made.pool, made.title, made.unit_label, made.granule, at, FOREVER)
                self._pools[pool.pool] = (self._pool_sheet.add(position, pool), pool)
            case PoolClosed(data=end):
                row, pool = self._pools[end.pool]
                self._pool_sheet.close(row, position)
                pool = pool._replace(closed_at=at)
                self._pools[pool.pool] = (self._pool_sheet.add(position, pool), pool)
            case UnitCreated(data=made):
                unit = Unit(
                    made.unit, made.name, made.kind, made.parent, at, FOREVER, None, at, FOREVER
                )
                self._restate(made.unit, [unit], position)
            case UnitRenamed(data=fact):
                self._from(fact.unit, at, position, name=fact.name)
            case UnitMoved(data=fact):
                self._from(fact.unit, at, position, parent=fact.parent)
            case UnitClosed(data=end):
                self._close(end.unit, at, end.merged_into, position)
            case AuthorityDelegated():
                self._delegate(event)
            case AuthorityRevoked():
                self._revoke(event)
            case RulesSet():
                self._set_rules(event)
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
        )

    def _from(self, unit: str, at: Instant, position: int, **facts: str) -> None:
        """A unit is otherwise from an instant on. It follows all that was said of it before."""
        runs = [run for _, run in self._units[unit]]
        last = runs[-1]
        if at < last.valid_from:
            raise ValueError(f"{unit} changes at {at}, before its last change {last.valid_from}")
        before = [last._replace(valid_to=at)] if last.valid_from < at else []
        after = last._replace(valid_from=at, **facts)
        self._restate(unit, [*runs[:-1], *before, after], position)

    def _close(self, unit: str, at: Instant, into: str | None, position: int) -> None:
        closed = [
            run._replace(closed_at=at, merged_into=into, valid_to=min(run.valid_to, at))
            for _, run in self._units[unit]
        ]
        self._restate(unit, [run for run in closed if run.valid_from < at], position)

    def _restate(self, unit: str, wanted: Sequence[Unit], position: int) -> None:
        standing = self._units.get(unit, [])
        self._units[unit] = self._unit_sheet.restate(standing, wanted, position)

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

    def _set_rules(self, event: RulesSet) -> None:
        fact, at = event.data, event.effective_at
        standing = self._rules.get(fact.pool, [])
        runs = [run for _, run in standing]
        last = runs[-1] if runs else Rules(fact.pool, None, None, None, at, FOREVER)
        if at < last.valid_from:
            raise ValueError(f"rules are set from {at}, before the last ones {last.valid_from}")
        kept = [*runs[:-1], last._replace(valid_to=at)] if last.valid_from < at else runs[:-1]
        now = last._replace(
            valid_from=at,
            second_person_from=_or(fact.second_person_from, last.second_person_from),
            backdate_days=_or(fact.backdate_days, last.backdate_days),
            notice_days=_or(fact.notice_days, last.notice_days),
        )
        wanted = [*kept, now]
        self._rules[fact.pool] = self._rules_sheet.restate(standing, wanted, event.position)


def _or(new: int | None, old: int | None) -> int | None:
    return old if new is None else new


def _row(row: int, *cells: Any) -> tuple[int, tuple[Any, ...]]:
    return row, cells
