"""Random capacity, organisation and forecasts, corrected again and again, in both clocks."""

from functools import partial
from random import Random

import pytest
from msgspec import structs

from ledger.events import (
    CapacityChanged,
    Corrected,
    PoolClosed,
    PoolOpened,
    ReleaseForecast,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from projections.capacity import read as capacity
from projections.forecasts import read as forecasts
from projections.forecasts.model import FORECASTS
from projections.forecasts.project import ForecastsFold
from projections.organisation import read as organisation
from projections.rebuild import rebuild
from tests.projections import foreseen
from tests.projections.asking import Act, Asking, Fields
from tests.projections.belief import Belief
from tests.projections.conftest import MODELS_FED, Log
from tests.support.correcting import instead, never
from tests.support.facts import stored
from tests.support.in_memory import day

TEAMS = ("team-1", "team-2", "team-3", "team-4")
PARENTS = ("lab", "alpha", "beta", *TEAMS)
AROUND = (
    CapacityChanged, PoolOpened, PoolClosed, UnitCreated, UnitRenamed, UnitMoved, UnitClosed,
)  # fmt: skip


class Wondering(Asking):
    """Asks as well for what is around the grants, and says what it expects back of them."""

    def acts(self) -> tuple[Act, ...]:
        """What may be asked for."""
        return (
            *super().acts(), *([self._forecast] * 8), self._count,
            self._create, self._create, *([self._move_unit] * 6), self._rename, self._close,
            self._open, self._close_pool, self._correct_around, self._correct_around,
            self._correct_around, self._correct_around,
        )  # fmt: skip

    def _forecast(self) -> tuple[str, Fields]:
        grants = self._grants()
        if not grants:
            return "", {}
        first = self.today + self.random.randint(1, 12)
        steps = [
            {"quantity": self.random.randint(1, 3), "expected_at": day(first + 3 * number)}
            for number in range(self.random.choice((1, 1, 2, 3)))
        ]
        if self.random.random() < 0.15:
            steps = [{"quantity": 0, "expected_at": day(first)}]
        confidence = self.random.choice(("low", "medium", "high"))
        grant = self.random.choice(grants)
        return "forecast", {"grant": grant, "steps": steps, "confidence": confidence}

    def _count(self) -> tuple[str, Fields]:
        kind = self.random.choice(("installed", "lost", "restored", "headroom", "counted"))
        sets = kind in ("headroom", "counted")
        amount = self.random.randint(50, 90) if kind == "counted" else self.random.randint(1, 6)
        return "change_capacity", {"pool": "h100", "kind": kind, "effective_at": self._at(),
                                   ("total" if sets else "quantity"): amount}  # fmt: skip

    def _create(self) -> tuple[str, Fields]:
        return "create_unit", {"unit": self.random.choice(TEAMS), "kind": "team",
                               "parent": self.random.choice(PARENTS),
                               "effective_at": self._back()}  # fmt: skip

    def _back(self) -> str:
        return day(self.today - self.random.choice((0, 0, 3, 8)))

    def _move_unit(self) -> tuple[str, Fields]:
        unit = self.random.choice(TEAMS)
        return "move_unit", {"unit": unit, "parent": self.random.choice(PARENTS)}

    def _rename(self) -> tuple[str, Fields]:
        return "rename_unit", {"unit": self.random.choice(TEAMS), "name": self.random.choice("abc")}

    def _close(self) -> tuple[str, Fields]:
        return "close_unit", {"unit": self.random.choice(TEAMS)}

    def _open(self) -> tuple[str, Fields]:
        return "open_pool", {"pool": "b200", "granule": 8, "effective_at": self._back()}

    def _close_pool(self) -> tuple[str, Fields]:
        return "close_pool", {"pool": "b200"}

    def _correct_around(self) -> tuple[str, Fields]:
        facts = [event for event in self.ledger.events[8:] if isinstance(event, AROUND)]
        if not facts:
            return "", {}
        kind = self.random.choice(sorted({type(event).__name__ for event in facts}))
        of_kind = [event for event in facts if type(event).__name__ == kind]
        event, ledger = self.random.choice(of_kind), self.ledger
        if self.random.random() < 0.25:
            return "correct", never(ledger, event.position)
        at = self._back() if self.random.random() < 0.6 else None
        match event:
            case CapacityChanged(data=fact) if fact.total is not None:
                changes: Fields = {"total": max(0, fact.total + self.random.randint(-9, 9))}
            case CapacityChanged():
                changes = {"quantity": self.random.randint(1, 9)}
            case UnitMoved() | UnitCreated():
                changes = {"parent": self.random.choice(PARENTS)}
            case UnitRenamed():
                changes = {"name": self.random.choice("xyz")}
            case PoolOpened():
                changes = {"title": self.random.choice("xyz")}
            case _:
                changes = {}
        return "correct", instead(ledger, event.position, at, **changes)


def around_is_right(log: Log, belief: Belief, known_at: int) -> None:
    """What there is of pools and units on many days."""
    for at in map(day, range(-35, 90, 7)):
        levels = capacity.levels(log.connection, pool="h100", valid_at=at, known_at=known_at)
        told = [(one.installed, one.lost, one.headroom) for one in levels]
        expected = foreseen.capacity(belief, "h100", at) or (None, None, None)
        assert told in ([expected], []), (at, known_at)
        assert bool(told) == ("h100" in foreseen.pools(belief, at))
        pools = organisation.pools(log.connection, valid_at=at, known_at=known_at)
        found = {one.pool: (one.title, one.closed_at) for one in pools}
        assert found == foreseen.pools(belief, at), (at, known_at)
        units = organisation.units(log.connection, valid_at=at, known_at=known_at)
        tree = {one.unit: (one.name, one.parent) for one in units}
        assert tree == foreseen.units(belief, at), (at, known_at)
        for unit in tree:
            way = organisation.path(log.connection, unit, valid_at=at, known_at=known_at)
            assert [one.unit for one in way][-1] == unit
            assert len({one.unit for one in way}) == len(way), "the tree never loops"
        whole = organisation.subtree_over_time(log.connection, "lab", known_at)
        assert {unit for unit, start, end in whole if start <= at < end} >= tree.keys()


def forecasts_are_right(log: Log, belief: Belief, known_at: int) -> None:
    """What is expected, and how well that was foreseen, on many days."""
    holders = ("alpha", "beta", "gamma")
    for at in map(day, range(0, 90, 6)):
        standing = forecasts.standing(
            log.connection, pool="h100", units=None, valid_at=at, known_at=known_at
        )
        told = {
            one.grant: (one.unit, [(s.quantity, s.expected_at) for s in one.outstanding(at)])
            for one in standing
        }
        assert told == foreseen.live(belief, at), (at, known_at)
        everything = foreseen.foretold(belief, at)
        found = forecasts.predictions(log.connection, units=holders, due_by=at, known_at=known_at)
        for unit in holders:
            own = [one for one in found if one.unit == unit]
            expected = [one for one in everything if one[2] == unit]
            assert [
                (one.position, one.step, one.unit, one.expected_at, one.fulfilled_at) for one in own
            ] == expected[:10], (unit, at, known_at)
            assert forecasts.slip(own, at) == foreseen.slip(expected, at)
        assert forecasts.slip(found, at) == foreseen.slip(everything, at)


@pytest.mark.parametrize("seed", range(4))
def test_facts_around_grants_are_what_the_rules_say_of_any_time(log: Log, seed: int) -> None:
    ledger = Wondering(seed).ask(180)
    told = [type(event) for event in ledger.events]
    assert told.count(ReleaseForecast) > 5
    corrected = {one.data.topic for one in ledger.events if isinstance(one, Corrected)}
    assert len(corrected) > 3, corrected
    log.append(*stored(ledger.events))
    log.follow(1 + seed * 4)
    assert set(log.standing().values()) == {(log.head(), "following")}
    random = Random(seed)
    ends = [one.position for one in ledger.events if one.leg[0] + 1 == one.leg[1]]
    for known_at in {ends[-1], *random.sample(ends[8:], k=7)}:
        belief = Belief(ledger.events[:known_at])
        around_is_right(log, belief, known_at)
        forecasts_are_right(log, belief, known_at)
    assert not any(one.differences for one in rebuild(log.url, models=MODELS_FED, processes=1))


@pytest.mark.parametrize("kept", [0, 5])
def test_rows_are_the_same_however_facts_come(log: Log, kept: int) -> None:
    log.append(*stored(Wondering(20 + kept).ask(90).events))
    log.follow(1000)
    at_once = log.rows()
    forgetful = structs.replace(FORECASTS, begin=partial(ForecastsFold, kept=kept))
    others = tuple(model for model in MODELS_FED if model is not FORECASTS)
    for batch, restarting, model in ((1, False, FORECASTS), (3, True, FORECASTS),
                                     (4, False, forgetful), (17, False, FORECASTS)):  # fmt: skip
        log.forget()
        log.follow(batch, restarting=restarting, models=(*others, model))
        assert log.rows() == at_once
