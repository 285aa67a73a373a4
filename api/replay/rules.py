"""What an analyst writes: a rule that is shown each fact before it is folded (a what-if)."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from ledger.events import Event, Released
from ledger.facts import Leg, ReleaseOfGrants, Via
from ledger.gathering import Gathering
from ledger.holding import own_at
from ledger.periods import Instant
from ledger.records import GrantRecord

Outcome = Event | Iterable[Event] | None
"""What happens instead of a fact: another, several in order, or nothing."""


class Ledger:
    """What the what-if has come to when a rule is asked: look, and change nothing."""

    def __init__(self, state: Gathering) -> None:
        self._state = state

    def grant(self, grant: str) -> GrantRecord | None:
        """A grant as it stands; None when the rule has left it out, or it is not made yet."""
        return self._state.grants.get(grant)

    def hold(self, grant: str, at: Instant) -> int:
        """What a grant has in hand at an instant: 0 for one that is not there."""
        found = self.grant(grant)
        return 0 if found is None else self._state.hold_at(found, at)

    def own(self, grant: str, at: Instant) -> int:
        """What a grant owns at an instant, lent or not: 0 for one that is not there."""
        found = self.grant(grant)
        return 0 if found is None else own_at(found, at)


Rule = Callable[[Event, Ledger], Outcome]
"""Shown each fact in the order of the log, corrected as is believed; says what happens instead.

The fact itself, unchanged: as it was. Whatever else it returns is made to fit (see `fitting`).
"""


class NoRule(Exception):
    """There is no such rule; the message says why."""


def reclaim(event: Event, grant: GrantRecord, quantity: int) -> Released:
    """A fact that a rule adds: so much of a grant goes back when `event` is recorded."""
    return Released(
        id="what-if", position=0, recorded_at=event.recorded_at, effective_at=event.recorded_at,
        decision="what-if", leg=(0, 1), by="what-if", via=Via(tool="allot replay"), authority=(),
        reason_code="other", key="",
        data=ReleaseOfGrants(
            pool=grant.pool, kind="reclaimed",
            legs=(Leg(grant=grant.grant, unit=grant.unit, quantity=quantity),),
        ),
    )  # fmt: skip


def load(named: str) -> Rule:
    """The rule of MODULE:NAME: a function, or a class of which one is made. Raises NoRule.

    MODULE is a module that can be imported from here, or the path of a file that ends in .py.
    """
    module, colon, name = named.rpartition(":")
    if not colon or not module or not name:
        raise NoRule(f"'{named}': a rule is named MODULE:FUNCTION")
    found: Any = getattr(_module(module), name, None)
    if not callable(found):
        raise NoRule(f"{module} has no function {name}")
    rule: Rule = found() if isinstance(found, type) else cast("Rule", found)
    return rule


def _module(name: str) -> ModuleType:
    if not name.endswith(".py"):
        sys.path.insert(0, str(Path.cwd()))
        try:
            return importlib.import_module(name)
        except ImportError as wrong:
            raise NoRule(f"{name} cannot be imported: {wrong}") from wrong
        finally:
            sys.path.remove(str(Path.cwd()))
    path = Path(name)
    if not path.is_file():
        raise NoRule(f"there is no file {name}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise NoRule(f"{name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
