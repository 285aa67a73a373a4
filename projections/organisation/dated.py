"""What dated facts add up to: the lives of pools and units, the rates and the rules over time."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ledger.facts import (
    Fact,
    PoolClosing,
    PoolOpening,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.facts import Rules as Settings
from ledger.periods import FOREVER, Instant
from ledger.pledge_facts import RateSetting
from ledger.sayings import Saying

OF_POOLS = (PoolOpening, PoolClosing)
OF_UNITS = (UnitCreation, UnitRenaming, UnitMove, UnitClosing)


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


class Rate(NamedTuple):
    """What a unit of a pool counts as over `[valid_from, valid_to)`, as set at a position."""

    pool: str
    h100_milli: int
    position: int
    valid_from: Instant
    valid_to: Instant


class Rules(NamedTuple):
    """Settings of a pool, or of all, over `[valid_from, valid_to)`; null = none is set."""

    pool: str | None
    second_person_from: int | None
    backdate_days: int | None
    notice_days: int | None
    valid_from: Instant
    valid_to: Instant


class _Dated(NamedTuple):
    at: Instant
    position: int
    fact: Fact


def _in_order(said: Mapping[int, Saying]) -> list[_Dated]:
    """By effective time, and at one instant in the order of the log."""
    dated = (_Dated(one.at, position, one.fact) for position, one in said.items())
    return sorted(dated, key=lambda one: (one.at, one.position))


def pool_of(said: Mapping[int, Saying]) -> list[Pool]:
    """The pool, from what the events at some positions say of it; none when it never opened."""
    closed_at = FOREVER
    for one in _in_order(said):
        if isinstance(one.fact, PoolClosing):
            closed_at = one.at
    return [
        Pool(fact.pool, fact.title, fact.unit_label, fact.granule, one.at, closed_at)
        for one in said.values()
        if isinstance(fact := one.fact, PoolOpening)
    ]


def rates_of(said: Mapping[int, Saying]) -> list[Rate]:
    """The rates of a pool in order of time, each until the next; at one instant the last counts."""
    dated = _in_order(said)
    ends = [*(one.at for one in dated[1:]), FOREVER][: len(dated)]
    return [
        Rate(one.fact.pool, one.fact.h100_milli, one.position, one.at, end)
        for one, end in zip(dated, ends, strict=True)
        if isinstance(one.fact, RateSetting) and one.at < end
    ]


def rules_of(said: Mapping[int, Saying]) -> list[Rules]:
    """The settings in order of time: each is what was named last by then, whenever it was said."""
    runs: list[Rules] = []
    for one in _in_order(said):
        if not isinstance(fact := one.fact, Settings):
            continue
        last = runs.pop() if runs else Rules(fact.pool, None, None, None, one.at, FOREVER)
        if last.valid_from < one.at:
            runs.append(last._replace(valid_to=one.at))
        runs.append(
            Rules(
                fact.pool,
                _or(fact.second_person_from, last.second_person_from),
                _or(fact.backdate_days, last.backdate_days),
                _or(fact.notice_days, last.notice_days),
                one.at,
                FOREVER,
            )
        )
    return runs


def _or(new: int | None, old: int | None) -> int | None:
    return old if new is None else new


def unit_of(said: Mapping[int, Saying]) -> list[Unit]:
    """The unit over its life, in order of time; equal neighbours are one, none if it never was."""
    dated = _in_order(said)
    begun = next((n for n, one in enumerate(dated) if isinstance(one.fact, UnitCreation)), None)
    if begun is None:
        return []
    closed_at, into = FOREVER, None
    for one in dated:
        if isinstance(one.fact, UnitClosing):
            closed_at, into = one.at, one.fact.merged_into
    return list(_runs(dated[begun:], closed_at, into))


def _runs(dated: Iterable[_Dated], closed_at: Instant, into: str | None) -> Iterable[Unit]:
    """Runs from the creation, which is the first, to the closing."""
    steps: list[tuple[Instant, Unit]] = []
    for one in dated:
        match one.fact:
            case UnitCreation() as made:
                unit = Unit(
                    made.unit, made.name, made.kind, made.parent, one.at, closed_at, into, one.at,
                    closed_at,
                )  # fmt: skip
            case UnitRenaming(name=name) if steps:
                unit = steps[-1][1]._replace(name=name)
            case UnitMove(parent=parent) if steps:
                unit = steps[-1][1]._replace(parent=parent)
            case _:
                continue
        if steps and steps[-1][0] == one.at:
            steps.pop()
        if not steps or steps[-1][1] != unit:
            steps.append((one.at, unit))
    ends = [*(at for at, _ in steps[1:]), FOREVER]
    for (at, unit), end in zip(steps, ends, strict=True):
        until = min(end, closed_at)
        if at < until:
            yield unit._replace(valid_from=at, valid_to=until)
