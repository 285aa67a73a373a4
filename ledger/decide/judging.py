"""One decision while it is judged: legs are tried on the state in order, rights are collected."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, TypeVar

from msgspec.structs import force_setattr

from ledger.asks import Ask, Stamp
from ledger.authority import ANY, IMPORTER, Actor, Roles
from ledger.codec import EVENTS_MAX
from ledger.commands import starts
from ledger.decide.findings import Confirmed, Counted, Raised, Warned
from ledger.decide.rights import Units, Use, settle
from ledger.decide.seen import demand_recorded
from ledger.decide.touching import capacity_of, pool_of, tells_of_tree
from ledger.decide.unseen import Unseen
from ledger.events import Corrected, Recorded
from ledger.evolve import apply
from ledger.facts import Fact
from ledger.periods import Instant, is_blank, shifted
from ledger.records import GrantRecord
from ledger.refusals import TooFarBack, TooManyLegs, Unfounded, UnknownPosition, WordsMissing
from ledger.requesting import request_of
from ledger.sayings import grants_about
from ledger.standing import Delegations
from ledger.state import State
from ledger.steps import Delta
from ledger.terms import Command
from ledger.vocabulary import Override, ReasonCode

BACKDATED_MINUTES: Final = 5
"""Facts that begin earlier than this before they are recorded are backdated (domain, section 2)."""
BACKDATE_DAYS: Final = 7
"""How far back anybody may go who may do it now, unless `rules-set` says otherwise."""
DEBTS: Final[frozenset[ReasonCode]] = frozenset({"incident", "capacity_loss"})
"""Reasons whose words may follow later: there is no time to write while a hall burns."""

E = TypeVar("E", bound=Recorded)


class Judging:
    """A decision on trial. Raises a Refusal at the first rule that says no.

    `leg` is the index of the leg at hand. `second` says why a second person is needed, and
    `self_dealing` what the person has to do with who gains; one who confirmed a proposal is
    `confirmed`. The state's journal is recording all the while, so that whoever holds the state
    can take everything back.
    """

    __slots__ = (
        "_ask", "_before", "_command", "_made", "_overridden", "_reason", "_reason_code", "_seed",
        "_top", "_uses", "acknowledged", "actor", "confirmed", "corrected", "counted",
        "counted_measures", "decision", "drafts", "entitled", "facts", "gains", "head", "leg",
        "now", "raised", "recounted", "request", "second", "self_dealing", "stale", "state",
        "taking", "unseen", "warnings",
    )  # fmt: skip

    def __init__(
        self, state: State, ask: Ask, stamp: Stamp, *, confirmed: Confirmed | None = None
    ) -> None:
        self.state = state
        self.confirmed: Final = confirmed
        self.second: list[str] = []
        self.self_dealing: str | None = None
        self.gains: list[tuple[str, tuple[str, ...], str, str | None]] = []
        self.now: Final = stamp.recorded_at
        self.actor: Final = Actor(state, ask.by, stamp.recorded_at)
        self.warnings: list[Warned] = []
        self.raised: list[Raised] = []
        self.counted_measures: list[Counted] = []
        self.taking: set[int] = set()
        self.acknowledged: set[int] = set()
        self.entitled: dict[tuple[str, str], list[Delta]] = {}
        self.unseen: Unseen | None = None
        self.recounted: dict[str, int] = {}
        self.corrected: list[tuple[int, Corrected]] = []
        self.stale: frozenset[str] = frozenset()
        self._ask = ask
        self.facts: Final = ask.facts
        self._top: Final = ask.command
        self.begin_leg(0, ask.command)
        self._seed: Final = stamp.seed[:-4]
        self._made = 0
        self.head: Final = state.position
        self.counted: dict[str, int] = {}
        self.drafts: list[tuple[int, Recorded]] = []
        self._uses: list[Use] = []
        self._overridden: list[Override] = []
        self._before: dict[str, GrantRecord | None] = {}
        self.decision: Final = ask.command.decision or self.new_id()
        demand_recorded(state, ask.command.seen)

    def begin_leg(self, leg: int, command: Command) -> None:
        """Turn to a leg of the decision; a command that stands alone is leg 0 of its own."""
        top = self._top
        self.leg = leg
        self._command: Command = command
        words = command.reason or top.reason
        self._reason = None if words is None or is_blank(words) else words
        self._overridden = []
        self.request = request_of(command, top)
        self._reason_code: ReasonCode = command.reason_code or top.reason_code or "other"

    def new_id(self) -> str:
        """An id that follows from the stamp: a uuid7 of the same millisecond."""
        made = f"{self._seed}{self._made:04x}"
        self._made += 1
        return made

    def root(self) -> str:
        """The root unit. Raises Unfounded."""
        if self.state.root is None:
            raise Unfounded("The ledger has no founder yet: run `allot init`")
        return self.state.root

    def begins(self) -> Instant:
        """When the leg's fact begins: as it says, else as the decision says, else now."""
        return starts(self._command) or starts(self._top) or self.now

    def allow(self, roles: Roles, unit: str, pool: str | None, besides: Units = ()) -> None:
        """Demand a delegation of these roles over a unit for the event that is recorded next."""
        self.allow_one_of(self.actor.require(roles, unit, pool, self.leg), unit, pool, besides)

    def allow_one_of(
        self, choices: Delegations, unit: str, pool: str | None, besides: Units = ()
    ) -> None:
        """Rest the event that is recorded next on one of these delegations, narrowest first."""
        at = len(self.drafts)
        self._uses.append(Use(at, self.leg, (unit, *besides), pool, choices))

    def allow_any(self) -> None:
        """Rest the event that is recorded next on whatever delegation the person has."""
        held = self.actor.held(ANY)
        if held:
            self.allow_one_of(held, held[0].unit, None)

    def need_words(self, why: str) -> None:
        """Demand a reason in words, which an incident may owe; `why` says what for."""
        if self._reason is None and self._reason_code not in DEBTS:
            raise WordsMissing(f"{why}: say why in words (reason)", leg=self.leg)

    def date_back(self, at: Instant, pool: str | None, units: Iterable[str]) -> None:
        """Judge how far back a fact about these units begins (domain, section 2).

        Backdated facts need words; those further back than
        `backdate_days` an importer's delegation over each unit, which the event then names.
        """
        if at >= self.now or at >= shifted(self.now, timedelta(minutes=-BACKDATED_MINUTES)):
            return
        if self._reason is None:
            raise WordsMissing(
                f"It begins {at}, before it is recorded: say why in words (reason)", leg=self.leg
            )
        days = self.backdate_days(pool)
        if at >= shifted(self.now, timedelta(days=-days)):
            return
        for unit in units:
            self._go_far_back(unit, pool, f"{at} is more than {days} days back")

    def _go_far_back(self, unit: str, pool: str | None, why: str) -> None:
        """Rest on an importer's delegation over a unit, else ask for a second person."""
        found = self.actor.covering(IMPORTER, unit, pool)
        if found:
            self.allow_one_of(found, unit, pool)
        else:
            self.second.append(why)

    def import_into(self, unit: str, pool: str | None, why: str) -> None:
        """Demand an importer's delegation over a unit, for the event that is recorded next."""
        found = self.actor.covering(IMPORTER, unit, pool)
        if not found:
            raise TooFarBack(f"{why}: it needs an importer over {unit}", leg=self.leg)
        self.allow_one_of(found, unit, pool)

    def overrides(self, name: Override) -> bool:
        """Whether the decision overrides a rule that would say no; then the next event says so."""
        if name not in self._top.overrides:
            return False
        self._overridden.append(name)
        return True

    def fact_at(self, position: int) -> Recorded:
        """The event at a position that the command names. Raises UnknownPosition."""
        found = self.facts.get(position)
        if found is None:
            raise UnknownPosition(
                f"Position {position} was not recorded yet: the head is {self.head}",
                leg=self.leg,
            )
        return found

    @property
    def has_words(self) -> bool:
        """Whether a reason in words was given."""
        return self._reason is not None

    def backdate_days(self, pool: str | None) -> int:
        """The setting of the pool, else of all pools, else the default."""
        set_to = self.state.setting("backdate_days", pool, self.now)
        return BACKDATE_DAYS if set_to is None else set_to

    def record(self, kind: type[E], data: Fact, at: Instant) -> E:
        """Try one event on the state, so that later legs see what it does."""
        if len(self.drafts) == EVENTS_MAX:
            raise TooManyLegs(f"At most {EVENTS_MAX} events make one decision", leg=self.leg)
        made: Any = kind
        event: E = made(
            id=self.new_id(),
            position=self.state.position + 1,
            recorded_at=self.now,
            effective_at=at,
            decision=self.decision,
            leg=(len(self.drafts), 0),
            by=self._ask.by,
            on_behalf_of=self._top.on_behalf_of,
            via=self._ask.via,
            authority=(),
            reason_code=self._reason_code,
            reason=self._reason,
            request=self.request,
            refs=self._command.refs or self._top.refs,
            seen=self._top.seen,
            confirmed_by=self.confirmed and self.confirmed.by,
            proposal=self.confirmed and self.confirmed.proposal,
            overrides=tuple(self._overridden),
            key=self._ask.key,
            data=data,
        )
        self._try(event)
        return event

    def _try(self, event: Recorded) -> None:
        """Apply an event, and keep what it changes for what is judged on the whole decision."""
        added, measures = self.state.journal.added, self.state.journal.counted
        mark, counted_mark = len(added), len(measures)
        if self.actor.is_bounded or isinstance(event, Corrected):
            self._remember(grants_about(event))
        if self.unseen is not None:
            self.unseen.before(event, self.leg)
        apply(self.state, event)
        self.actor.look_again()
        self.drafts.append((self.leg, event))
        if counted_mark < len(measures) and not tells_of_tree(event):
            # A unit that moves is never refused for budgets: who is over is listed (rule 7).
            self.counted_measures += [Counted(self.leg, *one) for one in measures[counted_mark:]]
        if self.unseen is not None:
            self.counted_measures = self.unseen.after(event, self.leg, self.counted_measures)
        if isinstance(event, Corrected):
            self.corrected.append((self.leg, event))
        counted = capacity_of(event)
        if counted is not None:
            self.recounted[counted] = self.leg
        elif mark < len(added):
            pool = pool_of(event, self.state.grants)
            self.raised += [Raised(self.leg, pool, delta) for _, delta in added[mark:]]

    def warn(self, code: str, detail: str) -> None:
        """Tell something that the person should know."""
        self.warnings.append(Warned(code, detail))

    def acknowledge_breach(self, at: Instant) -> None:
        """Have the corrections that acknowledge that a limit is broken say so: it is, then."""
        for leg in self.acknowledged:
            self.mark("breach", leg)
        self.second.append(f"a limit is broken at {at}")

    def overrides_afterwards(self, name: Override) -> bool:
        """The same of the leg at hand, once its events are recorded."""
        if name in self._top.overrides:
            self.mark(name, self.leg)
        return name in self._top.overrides

    def mark(self, name: Override, of_leg: int) -> None:
        """Have the events of a leg say that they override a rule."""
        for leg, event in self.drafts:
            if leg == of_leg and name not in event.overrides:
                force_setattr(event, "overrides", (*event.overrides, name))

    def events(self) -> tuple[Recorded, ...]:
        """The events, with what they rest on and their number, completed where they are."""
        before = self._before if self.actor.is_bounded else None
        authority = settle(self.state, self._uses, before, self._ask.by)
        legs = len(self.drafts)
        for index, (_, event) in enumerate(self.drafts):
            force_setattr(event, "authority", authority.get(index, ()))
            force_setattr(event, "leg", (index, legs))
        return tuple([event for _, event in self.drafts])

    def before(self, grant: str) -> GrantRecord | None:
        """A grant that was corrected, as it was before the decision; None = it was not there."""
        return self._before.get(grant)

    def _remember(self, names: Iterable[str]) -> None:
        grants = self.state.grants
        for name in names:
            if name not in self._before:
                grant = self._before[name] = grants.get(name)
                if grant is not None:
                    self._remember((*grant.loans, *((grant.lender,) if grant.lender else ())))
