"""The log folded as it was and as a rule would have it, side by side."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from api.replay.believing import Corrections, believed
from api.replay.fitting import Fitting, Thing, made, named
from api.replay.folding import followed
from api.replay.rules import Ledger, Outcome, Rule
from ledger.events import (
    CapacityChanged,
    Event,
    Extended,
    Granted,
    PoolClosed,
    PoolOpened,
    Reallocated,
    Recorded,
    Released,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.evolve import FOLDS
from ledger.evolve.corrections import grants_said
from ledger.gathering import Gathering
from ledger.sayings import Saying

_FOLDED = (
    PoolOpened, PoolClosed, CapacityChanged, UnitCreated, UnitRenamed, UnitMoved, UnitClosed,
    Granted, Released, Reallocated, Extended,
)  # fmt: skip
"""What a holding depends on; of all else the rule is told, and nothing more comes of it."""


class Tally(Struct):
    """How many facts the rule changed, left out and added, and how many had to fit that."""

    changed: int = 0
    left_out: int = 0
    added: int = 0
    fitted: int = 0
    fell_away: int = 0


class WhatIf:
    """A fold of the facts as believed, with a rule between them and the state."""

    def __init__(self, rule: Rule, corrected: Corrections, end: int, name: str) -> None:
        self.state = Gathering()
        self.tally = Tally()
        self._rule = rule
        self._corrected = corrected
        self._name = name
        self._next = end
        self._ledger = Ledger(self.state)
        self._fitting = Fitting(self.state)
        self._waiting: defaultdict[Thing, list[tuple[Event, bool]]] = defaultdict(list)

    def take_in(self, stored: Sequence[bytes]) -> None:
        """Take in stored events that follow. Raises Broken, and whatever the rule raises."""
        with followed(self.state, self._name):
            events = list(believed(stored, self._corrected))
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        state = self.state
        state.recorded_at = state.ticked = event.recorded_at
        is_told = False
        for told in _each(self._rule(event, self._ledger)):
            is_ours = told.position == event.position and not is_told
            is_told = is_told or is_ours
            if told is event:
                self._happen(event, is_added=False)
            elif is_ours:
                self.tally.changed += 1
                self._is_otherwise(event, told)
                self._happen(told, is_added=False)
            else:
                self.tally.added += 1
                self._next += 1
                added = replace(told, position=self._next)
                self._is_otherwise(added)
                self._happen(added, is_added=True)
        if not is_told:
            self.tally.left_out += 1
            self._is_otherwise(event)
            self._fitting.gone |= {*made(event)}
        state.position = event.position

    def _is_otherwise(self, *events: Event) -> None:
        for event in events:
            said = Saying(event.effective_at, event.data)
            self._fitting.otherwise |= {*grants_said(said)}

    def _happen(self, event: Event, *, is_added: bool) -> None:
        """Fold a fact once all it names is there: a corrected one may name what comes later."""
        if not isinstance(event, _FOLDED):
            return
        fitting = self._fitting
        for thing in named(event):
            if thing not in fitting.gone and not self._is_there(thing):
                self._waiting[thing].append((event, is_added))
                return
        fitted = fitting.fitted(event, is_added=is_added)
        if fitted is None:
            self.tally.fell_away += 1
            return
        self.tally.fitted += fitted is not event
        self._fold(fitted)
        for thing in made(fitted):
            for waiting, was_added in self._waiting.pop(thing, ()):
                self._happen(waiting, is_added=was_added)

    def _is_there(self, thing: Thing) -> bool:
        kind, name = thing
        of_kind = {"grant": self.state.grants, "unit": self.state.units, "pool": self.state.pools}
        return name in of_kind[kind]

    def _fold(self, event: Recorded) -> None:
        """Fold a fact, without the request it was for: requests are not folded here."""
        if event.request is not None:
            event = replace(event, request=None)
        with followed(self.state, self._name):
            FOLDS[type(event)](self.state, event)


def _each(outcome: Outcome) -> Iterator[Event]:
    if outcome is None:
        return
    if isinstance(outcome, Recorded):
        yield outcome
    else:
        yield from outcome
