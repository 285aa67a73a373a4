"""A ledger without a database: the pure core, its state and its log, driven command by command."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from api.decisions.commands import DOORS
from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.codec import decode
from ledger.commands import AnyCommand, positions_named
from ledger.decide.founding import found
from ledger.decide.proposals import named_by
from ledger.events import Event
from ledger.evolve import evolve
from ledger.facts import Via
from ledger.holders import ever_of_unit
from ledger.holding import own_at
from ledger.log import StoredEvent
from ledger.measures import MEASURES
from ledger.periods import BEGINNING, FOREVER, Instant, from_datetime, shifted, to_datetime
from ledger.state import State

FOUNDER = "founder"
SECOND = "second"
ROOT = "lab"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
VIA = Via(tool="test")
_command = msgspec.json.Decoder(AnyCommand)
_LISTED: Final = {door.do: door.refusals for door in DOORS}
"""By which noes each door says that a rule may refuse its command."""


def day(number: float) -> Instant:
    """The instant so many days after 1 January 2026."""
    return from_datetime(BEGIN + timedelta(days=number))


class Refused(AssertionError):
    """A command that should have passed was refused."""


class InMemory:
    """A founded ledger whose clock stands still unless it is moved.

    `events` is the log. Every answer is checked to leave a state equal to a replay when
    `replayed()` is asked for, and every refusal to be one that the command's door lists.
    """

    def __init__(self, *, backdate_days: int = 7) -> None:
        self.state = State()
        self.events: list[Event] = []
        self.stored: list[StoredEvent] = []
        self.now = day(0)
        self._asked = 0
        self._stamped = 0
        for event in found(
            self.stamp(), founder=FOUNDER, root=ROOT, via=VIA, backdate_days=backdate_days
        ):
            evolve(self.state, event)
            self.events.append(event)

    def go_to(self, now: Instant) -> None:
        """Let time pass."""
        self.now = max(self.now, now)

    def ask(self, do: str, *, by: str = FOUNDER, dry_run: bool = False, **fields: Any) -> Answer:
        """Give a command as a door would hand it over; `from_` stands for `from`."""
        self._asked += 1
        named = {name.rstrip("_"): value for name, value in fields.items()}
        command = _command.decode(msgspec.json.encode({"do": do, **named}))
        fingerprint = hashlib.sha256(msgspec.json.encode({"do": do, **named})).digest()
        ask = Ask(
            command=command,
            by=by,
            via=VIA,
            key="" if dry_run else f"k{self._asked}",
            fingerprint=fingerprint,
            dry_run=dry_run,
            facts={at: self.events[at - 1] for at in positions_named(named_by(self.state, command))
                   if at <= len(self.events)},
        )  # fmt: skip
        given = answer(self.state, ask, self.stamp())
        assert given.code is None or given.code in _LISTED[do], f"{do} does not list {given.code}"
        self.stored += given.events
        self.events += [decode(event.stored) for event in given.events]
        return given

    def tell(self, do: str, *, by: str = FOUNDER, **fields: Any) -> list[dict[str, Any]]:
        """Give a command that must pass, if need be with a second person; returns its events."""
        given = self.ask(do, by=by, **fields)
        if given.status == 202:
            given = self._confirm(msgspec.json.decode(given.body)["proposal"])
        if given.status not in (200, 201):
            raise Refused(given.body.decode())
        return msgspec.json.decode(given.body)["events"]

    def _confirm(self, proposal: str) -> Answer:
        """Have a second person confirm, who may do what the founder may."""
        for role in ("steward", "decider", "operator", "importer"):
            if not any(
                one.to == SECOND and one.role == role for one in self.state.delegations.values()
            ):
                self.ask("delegate", to=SECOND, role=role, unit=ROOT)
        return self.ask("confirm", by=SECOND, proposal=proposal)

    def refusal(self, do: str, *, by: str = FOUNDER, **fields: Any) -> dict[str, Any]:
        """Give a command that must be refused and must change nothing; returns the problem."""
        before = len(self.events)
        given = self.ask(do, by=by, **fields)
        assert given.status >= 400, given.body
        assert len(self.events) == before
        return msgspec.json.decode(given.body)

    def grant(self, unit: str, quantity: int, pool: str = "h100", **fields: Any) -> str:
        """Grant and return the grant's id."""
        made = self.tell("grant", pool=pool, unit=unit, quantity=quantity, **fields)
        return made[-1]["data"]["grant"]

    def free(self, at: Instant, pool: str = "h100") -> int:
        """What a pool has free at an instant; below zero when overcommitted."""
        return self.state.free[pool].at(at)

    def own(self, grant: str, at: Instant) -> int:
        """What a grant holds at an instant."""
        return own_at(self.state.grants[grant], at)

    def hold(self, grant: str, at: Instant) -> int:
        """What a grant has in hand at an instant: what it holds, less what it has lent."""
        return self.state.hold_at(self.state.grants[grant], at)

    def holds(self, unit: str, at: Instant, pool: str = "h100") -> int:
        """What a unit's own grants have in hand at an instant."""
        return sum(
            self.hold(name, at)
            for name, grant in self.state.grants.items()
            if grant.unit == unit and grant.pool == pool
        )

    def facts(self) -> list[dict[str, Any]]:
        """The log as plain JSON."""
        return msgspec.json.decode(msgspec.json.encode(self.events))

    def replayed(self) -> State:
        """A new state folded from the log alone."""
        state = self.known_at(len(self.events))
        state.tick(self.state.ticked)
        return state

    def known_at(self, position: int) -> State:
        """What was believed at a position: a new state folded from the log up to there."""
        state = State()
        for event in self.events[:position]:
            evolve(state, event)
        return state

    def stamp(self) -> Stamp:
        """What the committer would add to the next ask."""
        self.now = max(self.now, shifted(self.state.recorded_at, timedelta(microseconds=1)))
        self._stamped += 1
        millis = int(to_datetime(self.now).timestamp() * 1000)
        seed = f"{millis >> 16:08x}-{millis & 0xFFFF:04x}-7000-8000-{self._stamped:08x}0000"
        return Stamp(recorded_at=self.now, seed=seed)


def lab(
    *units: str,
    pool: str = "h100",
    total: int = 128,
    granule: int = 1,
    since: Instant | None = None,
    backdate_days: int = 7,
) -> InMemory:
    """A founded ledger with one pool, so much counted in it, and units below the root."""
    made = InMemory(backdate_days=backdate_days)
    then = {} if since is None else {"effective_at": since, "reason": "It has long been so"}
    made.tell("open_pool", pool=pool, granule=granule, **then)
    made.tell("change_capacity", pool=pool, kind="counted", total=total, **then)
    for unit in units:
        made.tell("create_unit", unit=unit, **then)
    return made


def portrait(state: State) -> dict[str, Any]:
    """Everything a state knows, as plain values that can be compared."""
    return {
        "at": (state.position, state.recorded_at, state.root),
        "records": [
            dict(of)
            for of in (
                state.pools, state.units, state.folded, state.open_children, state.delegations,
                state.of_person, state.rules, state.grants, state.touched, state.forecasts,
                state.corrections, state.budgets, state.proposals, state.requests,
                state.pledges, state.rates,
            )
        ],
        "capacity": {pool: (book.changes, book.levels) for pool, book in state.capacity.items()},
        "free": {pool: list(free.runs(BEGINNING, FOREVER)) for pool, free in state.free.items()},
        "live": {
            (pool, unit): list(grants)
            for pool, units in state.live.items()
            for unit, grants in units.items()
            if grants
        },
        "made": {
            place: [grant.grant for grant in grants]
            for place in state.made
            if (grants := ever_of_unit(state, *place))
        },
        "measures": {
            (pool, unit, measure): list(measures.of(measure)[0].runs(BEGINNING, FOREVER))
            for pool, units in state.measures.items()
            for unit, measures in units.items()
            for measure in MEASURES
        },
        "over": {place: list(grants) for place, grants in state.over.items() if grants},
    }  # fmt: skip
