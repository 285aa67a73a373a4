"""Random histories in which budgets are split, and commands wait for a second person as well."""

from collections.abc import Callable

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from ledger.events import Event
from ledger.facts import About, NoteText, Proposal, ProposalClosing, Share, Splitting
from ledger.periods import Instant
from tests.projections.histories import POOLS, UNITS, Author
from tests.support.facts import day, named

COMMAND = Raw(msgspec.json.encode({"do": "set_rules", "notice_days": 3}))


class Decider(Author):
    """Writes what an author does, and decides with it."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.splits: list[int] = []
        self.undone: set[int] = set()
        self.waiting: list[str] = []

    def acts(self) -> tuple[Callable[[], None], ...]:
        """What may be done."""
        return (
            *super().acts(), self._split, self._split, self._split_anew, self._split_anew,
            self._propose, self._close, self._confirm,
        )  # fmt: skip

    def shares(self) -> tuple[Share, ...]:
        """Shares of some units, a cleared one among them now and then."""
        units = self.random.sample(UNITS, self.random.randint(1, len(UNITS)))
        return tuple(self._share(unit) for unit in units)

    def _share(self, unit: str) -> Share:
        limits = sorted(self.random.sample(range(200), 3))
        floor, amount, cap = (limit if self.random.random() < 0.7 else None for limit in limits)
        return Share(unit=unit, floor=floor, amount=amount, cap=cap)

    def _period(self) -> tuple[Instant, Instant | None]:
        on = self.on() or day(self.today)
        until = day(self.today + self.random.randint(6, 60))
        return on, self.random.choice((None, until)) if until > on else None

    def _split(self) -> None:
        on, until = self._period()
        pool = self.random.choice(POOLS)
        fact = Splitting(pool=pool, parent="lab", shares=self.shares(), until=until)
        self.splits.append(self.told(fact, on=on))

    def _split_anew(self) -> None:
        """A split said something else, of others, at another time, or was none."""
        if not self.splits:
            return
        position = self.random.choice(self.splits)
        fact = self.book.events[position - 1].data
        assert isinstance(fact, Splitting)
        on, until = self._period()
        now = replace(fact, shares=self.shares(), until=until)
        if self.random.random() < 0.7:
            self.undone.discard(position)
            self.told(self.book.correction(position, now, on=on))
        elif position not in self.undone:
            self.undone.add(position)
            self.told(self.book.correction(position, None, on=on))

    def _propose(self) -> None:
        self.made += 1
        name = named(f"p{self.made}")
        self.waiting.append(name)
        self.told(
            Proposal(
                proposal=name, command=COMMAND, needs=("second_person",),
                expires_at=day(self.today + 7),
            )
        )  # fmt: skip

    def _close(self) -> None:
        if self.waiting:
            name = self.waiting.pop(self.random.randrange(len(self.waiting)))
            outcome = self.random.choice(("rejected", "withdrawn"))
            self.told(ProposalClosing(proposal=name, outcome=outcome))

    def _confirm(self) -> None:
        """What was proposed is done by the next decision, of one event or of several."""
        if not self.waiting:
            return
        name = self.waiting.pop(self.random.randrange(len(self.waiting)))
        first = self.book.head
        about = About(unit="vision")
        notes = [NoteText(about=about, text=f"As agreed {n}") for n in range(3)]
        self.told(*notes[: self.random.randint(1, 3)])
        told: list[Event] = [
            replace(event, proposal=name, confirmed_by="sue") for event in self.book.events[first:]
        ]
        self.book.events[first:] = told
