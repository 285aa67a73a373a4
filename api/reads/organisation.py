"""GET /v1/pools, /v1/units, /v1/delegations, /v1/rules: the dated facts of the organisation."""

from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found, paged
from api.reads.shapes import (
    DelegationRow,
    DelegationsPage,
    PoolRow,
    PoolsPage,
    RulesPage,
    RulesRow,
    UnitRow,
    UnitsPage,
)
from api.reads.tree import members, refuse_unknown
from ledger.periods import or_null
from projections.organisation import read as record


def find_pools(look: Look, asked: Asked) -> Found:
    """The pools opened by the instant, by id."""
    clocks = look.clocks(asked)
    found = record.pools(look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at)
    rows = [
        PoolRow(
            pool=one.pool,
            title=one.title,
            unit_label=one.unit_label,
            granule=one.granule,
            opened_at=one.opened_at,
            closed_at=or_null(one.closed_at),
        )
        for one in sorted(found, key=lambda one: one.pool)
    ]
    items, after = paged(rows, lambda row: (row.pool,), asked)
    answer = PoolsPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)


def find_units(look: Look, asked: Asked) -> Found:
    """The units that exist at the instant, by id. 404 UnknownUnit."""
    clocks = look.clocks(asked)
    under = asked.unit("under")
    refuse_unknown(look, clocks.known_at, units=(under,))
    inside = None if under is None else set(members(look, clocks, asked.org, under))
    found = record.units(look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at)
    rows = [
        UnitRow(
            unit=one.unit,
            name=one.name,
            kind=one.kind,
            parent=one.parent,
            created_at=one.since,
            closed_at=or_null(one.closed_at),
            merged_into=one.merged_into,
        )
        for one in sorted(found, key=lambda one: one.unit)
        if inside is None or one.unit in inside
    ]
    items, after = paged(rows, lambda row: (row.unit,), asked)
    answer = UnitsPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        org=asked.org,
        items=items,
        next=None,
    )
    is_fixed = clocks.is_fixed and asked.org == "then"
    return Found(answer=answer, is_fixed=is_fixed, after=after)


def find_delegations(look: Look, asked: Asked) -> Found:
    """The delegations in force at the instant, as given. 404 UnknownUnit."""
    clocks = look.clocks(asked)
    unit, person = asked.unit(), asked.clean("person")
    refuse_unknown(look, clocks.known_at, units=(unit,))
    found = record.delegations(
        look.connection,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        person=person,
        over=None if unit is None else [unit],
    )
    rows = [
        DelegationRow(
            delegation=one.delegation,
            to=one.to,
            role=one.role,
            unit=one.unit,
            pools=None if one.pools is None else tuple(one.pools),
            most=one.most,
            since=one.since,
            until=or_null(one.until),
            by=one.given_by,
            position=one.position,
        )
        for one in sorted(found, key=lambda one: (one.position, one.delegation))
    ]
    items, after = paged(rows, lambda row: (row.position, row.delegation), asked)
    answer = DelegationsPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)


def find_rules(look: Look, asked: Asked) -> Found:
    """The rules in force at the instant, those for all pools first."""
    clocks = look.clocks(asked)
    found = record.rules(look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at)
    rows = [
        RulesRow(
            pool=one.pool,
            second_person_from=one.second_person_from,
            backdate_days=one.backdate_days,
            notice_days=one.notice_days,
            since=one.since,
        )
        for one in sorted(found, key=lambda one: one.pool or "")
    ]
    items, after = paged(rows, lambda row: (row.pool or "",), asked)
    answer = RulesPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)
