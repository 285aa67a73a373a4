"""Random histories in which units are promised compute as well, and rates are set."""

from collections.abc import Callable

from msgspec.structs import replace

from ledger.pledge_facts import PledgeMaking, PledgeRevision, PledgeWithdrawal, RateSetting
from tests.projections.histories import POOLS, UNITS
from tests.projections.requesting import Asker
from tests.support.facts import day
from tests.support.pledge_facts import pledged


class Promiser(Asker):
    """Writes what an asker does; pledges, revises, withdraws and corrects, and sets rates."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.given: dict[int, PledgeMaking] = {}
        self.gone, self.later = set[int](), set[str]()
        self.rates: list[int] = []

    def acts(self) -> tuple[Callable[[], None], ...]:
        """What may be done."""
        return (
            *super().acts(), *[self._pledge] * 4, *[self._rate] * 3, self._revise, self._revise,
            self._withdraw_pledge, self._pledge_anew, self._pledge_anew, self._rate_anew,
        )  # fmt: skip

    def _promise(self, name: str) -> PledgeMaking:
        """A share of what a unit or the whole has, or a quantity, of one pool or both."""
        pools = self.random.sample(POOLS, self.random.randint(1, len(POOLS)))
        until = day(self.today + self.random.randint(31, 400))
        unit = self.random.choice((*UNITS, "lab"))
        if self.random.random() < 0.4:
            quantity = self.random.randint(1, 60)
            return pledged(name, unit, *pools, quantity=quantity, until=until)
        of = self.random.choice((*UNITS, None, None))
        share = self.random.choice((333, 2000, 10_000))
        return pledged(name, unit, *pools, of=of, share_bp=share, until=until)

    def _pledge(self) -> None:
        self.made += 1
        fact = self._promise(f"q{self.made}")
        self.given[self.told(fact, on=self.on())] = fact

    def _standing(self) -> list[int]:
        return [at for at in self.given if at not in self.gone]

    def _revise(self) -> None:
        if not self._standing():
            return
        was = self.given[self.random.choice(self._standing())]
        now = self._promise("x")
        fact = PledgeRevision(
            pledge=was.pledge, to_unit=was.to_unit, pools=now.pools, until=now.until,
            of_unit=now.of_unit, share_bp=now.share_bp, quantity=now.quantity,
        )  # fmt: skip
        self.later.add(was.pledge)
        self.told(fact, on=self.on())

    def _withdraw_pledge(self) -> None:
        if self._standing():
            was = self.given[self.random.choice(self._standing())]
            self.later.add(was.pledge)
            self.told(PledgeWithdrawal(pledge=was.pledge), on=self.on())

    def _pledge_anew(self) -> None:
        """A pledge said something else, or was never given where nothing later names it."""
        if not self.given:
            return
        position = self.random.choice([*self.given])
        was = self.given[position]
        if (
            was.pledge not in self.later
            and position not in self.gone
            and self.random.random() < 0.4
        ):
            self.gone.add(position)
            self.told(self.book.correction(position, None))
            return
        now = replace(self._promise("x"), pledge=was.pledge)
        if was.pledge in self.later:
            now = replace(now, to_unit=was.to_unit)
        self.gone.discard(position)
        self.given[position] = now
        self.told(self.book.correction(position, now, on=self.on()))

    def _rate(self) -> None:
        fact = RateSetting(pool=self.random.choice(POOLS), h100_milli=self.random.randint(1, 3000))
        self.rates.append(self.told(fact, on=self.on()))

    def _rate_anew(self) -> None:
        if self.rates:
            position = self.random.choice(self.rates)
            fact = self.book.events[position - 1].data
            assert isinstance(fact, RateSetting)
            if self.random.random() < 0.6:
                now = replace(fact, h100_milli=self.random.randint(1, 3000))
                self.told(self.book.correction(position, now, on=self.on()))
            elif self.book.correction(position, fact).was is not None:
                self.told(self.book.correction(position, None))
