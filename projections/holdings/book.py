"""The grants as believed, their rows and what units have in hand: what the fold changes."""

from collections import defaultdict
from collections.abc import Iterable

from ledger.events import Reallocated, Released
from ledger.facts import Leg
from ledger.periods import Instant, open_end
from projections.holdings.levels import Level
from projections.holdings.rows import Rows, account_of
from projections.holdings.shifts import Shifts
from projections.holdings.standing import BACK, LENT, RELEASED, Draw, Standing
from projections.sheets import micros_2000

Place = tuple[str, str]


class Book:
    """Standings by grant and levels by unit. Every row added or ended changes its unit's level.

    So it does its account's sum: `shifts` collects both.
    """

    def __init__(self, shifts: Shifts) -> None:
        self.rows = Rows()
        self.shifts = shifts
        self.standing: dict[str, Standing] = {}
        self.levels: dict[Place, Level] = {}

    def level(self, pool: str, unit: str) -> Level:
        """What a unit has in hand of a pool over time."""
        level = self.levels.get((pool, unit))
        if level is None:
            level = self.levels[pool, unit] = Level(pool, unit)
        return level

    def open(self, grant: Standing) -> None:
        """Take in a grant that is made, with a row of its own."""
        if grant.name in self.standing:
            raise ValueError(f"grant {grant.name} is made twice")
        self.standing[grant.name] = grant
        self.add(grant, None, grant.made)

    def take(self, event: Released | Reallocated, at: int, leg: Leg, kind: int) -> None:
        """A leg takes from a grant, or ends it."""
        grant = self.standing[leg.grant]
        position = event.position
        is_early = at < grant.start
        if leg.ends:
            end_at = grant.start_at if is_early else event.effective_at
            self.end(grant, grant.start if is_early else at, end_at, position, ended=True)
            return
        if leg.advances:
            self._advance(grant, leg, position)
        start = grant.start if is_early else at
        until = max(start, grant.until)
        to_unit = event.data.to_unit if isinstance(event, Reallocated) else None
        draw = Draw(0, kind, -leg.quantity, start, until, position, to_unit)
        grant.draw(draw)
        self.add(grant, draw, position)
        if start < grant.end:
            grant.left -= leg.quantity
            if grant.left <= 0:
                grant.weigh()
        if grant.lender is not None:
            self.mirror(grant, position)

    def end(
        self, grant: Standing, end: int, end_at: Instant, position: int, *, ended: bool
    ) -> None:
        """Give a grant another end. Its rows say when it ends, so that all are made anew."""
        self.strike(grant, position)
        grant.end, grant.end_at, grant.ended = end, end_at, ended
        grant.told = (*grant.told, position)
        grant.weigh()
        self.lay(grant, position)
        self.mirror_all(grant, position)

    def strike(self, grant: Standing, position: int) -> None:
        """End all rows of a grant, those of what it has lent among them."""
        for draw in [None, *grant.draws, *grant.lent]:
            self.remove(grant, draw, position)
        grant.lent.clear()

    def lay(self, grant: Standing, position: int) -> None:
        """Add the rows of a grant that has none, each as long as it is to be."""
        for draw, until in grant.lengths():
            part = grant if draw is None else draw
            part.until = until
            self.add(grant, draw, position)

    def mirror_all(self, grant: Standing, position: int) -> None:
        """Bring what a lender has lent, or a loan's lender, up to date with a grant."""
        if grant.lender is not None:
            self.mirror(grant, position)
        for name in grant.loans:
            loan = self.standing.get(name)
            if loan is not None:
                self.mirror(loan, position)

    def mirror(self, loan: Standing, position: int) -> None:
        """Have the rows of a loan on its lender, the other way round, as long as that lives.

        Inside a decision that corrects both, the lender may be gone for a moment.
        """
        lender = self.standing.get(loan.lender or "")
        if lender is None:
            return
        end, unit, name = lender.end, loan.level.unit, loan.name
        until = max(loan.start, min(loan.until, end))
        wanted = [Draw(0, LENT, -loan.first, loan.start, until, loan.made, unit, name)]
        for draw in loan.draws:
            until = max(draw.start, min(draw.until, end))
            wanted.append(Draw(0, BACK, -draw.quantity, draw.start, until, draw.made, unit, name))
        self.exchange(lender, name, wanted, position)

    def exchange(
        self, lender: Standing, loan: str, wanted: Iterable[Draw], position: int
    ) -> None:  # fmt: skip
        """Have exactly these rows of a loan on a lender."""
        left = {_key(draw): draw for draw in wanted}
        for draw in [one for one in lender.lent if one.other == loan]:
            if left.pop(_key(draw), None) is None:
                lender.lent.remove(draw)
                self.remove(lender, draw, position)
        for draw in left.values():
            lender.lent.append(draw)
            self.add(lender, draw, position)

    def add(self, grant: Standing, draw: Draw | None, position: int) -> None:
        """Add the row of a part of a grant."""
        part = grant if draw is None else draw
        part.row = self.rows.add((grant, draw), position)
        quantity = grant.first if draw is None else draw.quantity
        self._shift(grant, part.start, part.until, quantity)

    def remove(self, grant: Standing, draw: Draw | None, position: int) -> None:
        """End the row of a part of a grant: it is believed no more."""
        part = grant if draw is None else draw
        self.rows.close(part.row, position)
        quantity = grant.first if draw is None else draw.quantity
        self._shift(grant, part.start, part.until, -quantity)

    def _shift(self, grant: Standing, start: int, until: int, quantity: int) -> None:
        if start < until:
            grant.level.change(start, quantity)
            grant.level.change(until, -quantity)
            self.shifts.note(account_of(grant), grant.level.number, start, until, quantity)

    def _advance(self, grant: Standing, leg: Leg, position: int) -> None:
        """A leg takes what releases were to take later: each draw is looked at once."""
        scheduled: defaultdict[int, list[Draw]] = defaultdict(list)
        for draw in grant.draws:
            if draw.kind == RELEASED:
                scheduled[draw.made].append(draw)
        for advance in leg.advances:
            left = advance.quantity
            for draw in scheduled[advance.position]:
                taken = min(left, -draw.quantity)
                if not taken:
                    continue
                self.remove(grant, draw, position)
                draw.quantity += taken
                if draw.quantity:
                    self.add(grant, draw, position)
                else:
                    grant.told = (*grant.told, draw.made)
                left -= taken
            if left:
                raise ValueError(
                    f"{advance.quantity} of grant {grant.name} are advanced of the release at "
                    f"{advance.position}, which has {advance.quantity - left}"
                )
        grant.draws = [draw for draw in grant.draws if draw.quantity]
        grant.weigh()


def end_of(ends_at: Instant | None) -> tuple[int, Instant]:
    """Where a grant ends, in microseconds and as an instant."""
    end_at = open_end(ends_at)
    return micros_2000(end_at), end_at


def _key(draw: Draw) -> tuple[int, int, int, int, int]:
    return draw.kind, draw.quantity, draw.start, draw.until, draw.made
