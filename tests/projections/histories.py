"""Random but lawful histories, for tests that compare two ways to the same rows."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

from msgspec.structs import replace

from ledger.events import CapacityChanged, Event, Granted, Released, UnitMoved, UnitRenamed
from ledger.facts import (
    About,
    Advance,
    CapacityChange,
    Delegation,
    Extension,
    Fact,
    Leg,
    NoteText,
    PoolOpening,
    ReleaseOfGrants,
    Revocation,
    Rules,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.periods import FOREVER, Instant, shifted
from ledger.vocabulary import Confidence
from tests.support.facts import Book, day, forecast, granted, leg, lent, moved, named, released

UNITS = ("vision", "speech", "atlas", "robotics")
POOLS = ("h100", "a100")
SEEN = (About(position=1), About(unit="vision"))
WORDS = ("idle since monday", "the deadline moved", "Project Möwe ended; see ticket-12", None)


class Author:
    """Writes a lawful history: what it takes is there, whatever it dates."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.book = Book()
        self.grants: dict[str, tuple[str, str, Instant, Instant]] = {}
        self.left: dict[str, int] = {}
        self.scheduled: dict[str, list[tuple[int, Instant, int]]] = defaultdict(list)
        self.ended, self.loans, self.grown = set[str](), set[str](), set[str]()
        self.made = self.today = 0

    def write(self, decisions: int) -> Book:
        """The lab's beginning, and so many decisions after it."""
        self._found()
        for _ in range(decisions):
            self.today += self.random.choice((0, 0, 1, 3))
            self.random.choice(self.acts())()
        return self.book

    def acts(self) -> tuple[Callable[[], None], ...]:
        """What may be done, the more likely the more often it is named."""
        return (
            self._grant, self._grant, self._grant, self._release, self._release, self._move,
            self._move, self._extend, self._end, self._late, self._count, self._organise,
            self._delegate, self._note, self._lend, self._forecast, self._correct, self._correct,
        )  # fmt: skip

    def _found(self) -> None:
        tell = self.book.tell
        tell(
            UnitCreation(unit="lab", name="lab", kind="company", parent=None),
            Delegation(delegation=named("d0"), to="ann", role="operator", unit="lab"),
            Rules(backdate_days=7),
            on=Instant("1970-01-01T00:00:00.000000Z"),
        )
        for pool in POOLS:
            tell(PoolOpening(pool=pool, title=pool, unit_label="gpu", granule=1))
            tell(CapacityChange(pool=pool, kind="counted", total=1000))
        for unit in UNITS:
            tell(UnitCreation(unit=unit, name=unit.title(), kind="team", parent="lab"))

    def on(self) -> Instant | None:
        """Now, some days ago, or some days ahead."""
        return self.random.choice(
            (None, day(self.today - self.random.randint(0, 4)), day(self.today + 5),
             day(self.today + self.random.randint(1, 30)))
        )  # fmt: skip

    def told(self, *facts: object, on: Instant | None = None) -> int:
        """Record a decision, by somebody and for some reason; returns its last position."""
        self.book.tell(
            *facts,  # pyright: ignore[reportArgumentType] - facts, every one
            on=on,
            recorded=day(self.today),
            by=self.random.choice(("ann", "bob")),
            behalf=self.random.choice((None, None, "cleo")),
            code=self.random.choice(("idle", "deadline", "incident")),
            reason=self.random.choice(WORDS),
        )
        return self.book.head

    def _new(self, pool: str, unit: str, quantity: int, on: Instant, end: Instant | None) -> str:
        self.made += 1
        name = f"g{self.made}"
        self.grants[name] = (pool, unit, on, end or FOREVER)
        self.left[name] = quantity
        return name

    def _after(self, on: Instant) -> Instant | None:
        far = day(self.today + self.random.randint(6, 60))
        return self.random.choice((None, far)) if far > on else None

    def _grant(self) -> None:
        pool, unit = self.random.choice(POOLS), self.random.choice(UNITS)
        on = self.on() or day(self.today)
        end, quantity = self._after(on), self.random.randint(1, 40)
        name = self._new(pool, unit, quantity, on, end)
        borrowed = self.random.random() < 0.3
        fact = granted(name, unit, quantity, ends=end, pool=pool, borrowed=borrowed)
        facts = [fact, NoteText(about=About(grant=named(name)), text="as agreed")]
        self.told(*facts[: self.random.randint(1, 2)], on=on)

    def _live(self, on: Instant, pool: str) -> list[str]:
        return [
            name
            for name, (of, _, start, end) in self.grants.items()
            if of == pool and start <= on < end and self.left[name] and name not in self.ended
        ]

    def _legs(self, pool: str, on: Instant, *, of: int, loans: bool = True) -> list[Leg]:
        """Legs that take what is left for good, and some of what was to leave later."""
        live = [one for one in self._live(on, pool) if loans or one not in self.loans]
        found: list[Leg] = []
        for name in self.random.sample(live, min(len(live), of)):
            _, unit, _, end = self.grants[name]
            quantity = self.random.randint(1, self.left[name])
            self.left[name] -= quantity
            advances: list[Advance] = []
            for place, (position, at, planned) in enumerate(self.scheduled[name]):
                if planned and on < at < end and self.random.random() < 0.7:
                    early = self.random.randint(1, planned)
                    self.scheduled[name][place] = (position, at, planned - early)
                    advances.append(Advance(position=position, quantity=early))
                    quantity += early
            taken = leg(name, unit, quantity)
            found.append(replace(taken, advances=tuple(advances)))
        return found

    def _release(self) -> None:
        on, pool = self.on() or day(self.today), self.random.choice(POOLS)
        legs = self._legs(pool, on, of=self.random.randint(1, 3))
        if not legs:
            return
        kind = self.random.choice(("returned", "reclaimed", "unstated"))
        position = self.told(ReleaseOfGrants(pool=pool, legs=tuple(legs), kind=kind), on=on)
        names = {named(name): name for name in self.grants}
        for one in legs:
            self.scheduled[names[one.grant]].append((position, on, one.quantity))

    def _move(self) -> None:
        on, pool = self.on() or day(self.today), self.random.choice(POOLS)
        legs = self._legs(pool, on, of=self.random.randint(1, 3), loans=False)
        if not legs:
            return
        end, to = self._after(on), self.random.choice(UNITS)
        name = self._new(pool, to, sum(one.quantity for one in legs), on, end)
        self.told(moved(*legs, to=to, into=name, ends=end, pool=pool), on=on)

    def _extend(self) -> None:
        open_ones = [name for name in self.grants if name not in self.ended | self.loans]
        if not open_ones:
            return
        name = self.random.choice(open_ones)
        pool, unit, start, end = self.grants[name]
        new = self.random.choice((None, day(self.today + self.random.randint(-3, 50))))
        if (new or FOREVER) <= start or (new or FOREVER) == end:
            return
        self.grants[name] = (pool, unit, start, new or FOREVER)
        was = None if end == FOREVER else end
        self.told(Extension(grant=named(name), ends_at=new, was_ends_at=was))

    def _end(self) -> None:
        on, pool = self.on() or day(self.today), self.random.choice(POOLS)
        live = self._live(on, pool)
        if not live:
            return
        name = self.random.choice(live)
        _, unit, start, _ = self.grants[name]
        self.grants[name] = (pool, unit, start, on)
        self.ended.add(name)
        self.told(released(leg(name, unit, self.left[name], ends=True), pool=pool), on=on)

    def _late(self) -> None:
        today = day(self.today)
        over = [name for name, grant in self.grants.items() if grant[3] < today]
        if not over:
            return
        name = self.random.choice(over)
        pool, unit, _, _ = self.grants[name]
        self.told(released(leg(name, unit, 1), pool=pool, late=True), on=today)

    def _count(self) -> None:
        kind = self.random.choice(("installed", "lost", "restored", "headroom", "counted"))
        amount = {"total": 900} if kind in ("headroom", "counted") else {"quantity": 16}
        fact = CapacityChange(pool=self.random.choice(POOLS), kind=kind, **amount)
        self.told(fact, on=self.on())

    def _organise(self) -> None:
        self.made += 1
        name = f"team-{self.made}"
        self.told(UnitCreation(unit=name, name=name, kind="project", parent="vision"))
        renamed = UnitRenaming(unit=name, name=f"Team {self.made}")
        self.told(renamed, UnitMove(unit=name, parent="atlas"))
        self.told(UnitClosing(unit=name, merged_into="speech"))

    def _delegate(self) -> None:
        self.made += 1
        name = named(f"d{self.made}")
        given = Delegation(delegation=name, to="bob", role="lead", unit="vision")
        pools = self.random.choice((None, ("h100",)))
        self.told(replace(given, pools=pools, until=day(self.today + 20)))
        self.told(Revocation(delegation=name))

    def _note(self) -> None:
        self.told(NoteText(about=self.random.choice(SEEN), text="Seen on the board, mm-17."))

    def _lend(self) -> None:
        on, pool = self.on() or day(self.today), self.random.choice(POOLS)
        lenders = [one for one in self._live(on, pool) if one not in self.loans]
        if not lenders:
            return
        lender, to = self.random.choice(lenders), self.random.choice(UNITS)
        _, unit, _, end = self.grants[lender]
        quantity = self.random.randint(1, self.left[lender])
        self.left[lender] -= quantity
        back = min(end, shifted(on, timedelta(days=self.random.randint(2, 30))))
        name = self._new(pool, to, quantity, on, back)
        self.loans.add(name)
        self.told(lent(name, lender, unit, quantity, to=to, back=back, pool=pool), on=on)

    def _forecast(self) -> None:
        names = [name for name in self.grants if name not in self.ended]
        if names:
            first = self.today + self.random.randint(1, 20)
            steps = [(self.random.randint(1, 9), day(first + 5 * n)) for n in range(3)]
            told = self.random.choice((steps, steps[:1], [(0, day(first))]))
            sure: Confidence = ("high", "medium", "low")[self.book.head % 3]
            self.told(forecast(self.random.choice(names), *told, confidence=sure))

    def _correct(self) -> None:
        """Say something else that leaves every later fact lawful."""
        kinds = (CapacityChanged, Granted, Released, UnitRenamed, UnitMoved)
        event = self.random.choice([one for one in self.book.events if isinstance(one, kinds)])
        now = self._instead(event)
        on = None if isinstance(event, Granted | UnitMoved) else self.on()
        correction = self.book.correction(event.position, now, on=on)
        if now is not event.data and correction.was != correction.replacement:
            self.told(correction)

    def _instead(self, event: Event) -> Fact | None:
        """What an event should have said; the same where that might undo what followed."""
        names = {named(name): name for name in self.grants}
        match event:
            case CapacityChanged(data=fact):
                amount = {"total": 950} if fact.total is not None else {"quantity": 8}
                other = CapacityChange(pool=fact.pool, kind=fact.kind, **amount)
                return self.random.choice((other, None))
            case Granted(data=fact):
                name = names[fact.grant]
                if name in self.grown:
                    return fact
                self.grown.add(name)
                self.left[name] += 3
                return replace(fact, quantity=fact.quantity + 3)
            case UnitRenamed(data=fact):
                return self.random.choice((UnitRenaming(unit=fact.unit, name="Other"), None))
            case UnitMoved(data=fact):
                return UnitMove(unit=fact.unit, parent="robotics")
            case Released(data=fact) if not fact.late:
                return self._take_back(event.position, fact, names)
            case _:
                return event.data

    def _take_back(
        self, position: int, fact: ReleaseOfGrants, names: Mapping[str, str]
    ) -> Fact | None:
        """A release that nothing builds on never happened."""
        planned = {
            (name, at): left
            for name, schedules in self.scheduled.items()
            for at, _, left in schedules
        }
        for one in fact.legs:
            is_whole = planned.get((names[one.grant], position)) == one.quantity
            if one.ends or one.advances or not is_whole:
                return fact
        for one in fact.legs:
            name = names[one.grant]
            self.left[name] += one.quantity
            self.scheduled[name] = [s for s in self.scheduled[name] if s[0] != position]
        return None
