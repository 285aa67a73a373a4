"""Taking from grants: named ones, or by holder; never below zero at any instant (rule 5)."""

from typing import Final

from ledger.decide.judging import Judging
from ledger.facts import Advance, Leg
from ledger.holders import holding_of_unit, of_unit
from ledger.holding import lowest_hold, own_at, scheduled_releases, takable
from ledger.periods import Instant
from ledger.records import Draw, GrantRecord
from ledger.refusals import Arithmetic, GrantEnded, MoreThanHeld, NegativeHolding


class Draught:
    """What one event takes from grants at an instant: one leg for each grant, in order drawn."""

    def __init__(self, judging: Judging, at: Instant, *, advance: bool) -> None:
        self._judging: Final = judging
        self._at: Final = at
        self._advance: Final = advance
        self._taken: dict[str, int] = {}

    def begins(self, grant: GrantRecord) -> Instant:
        """When a leg on a grant takes effect: at the grant's start when it has not begun."""
        return max(self._at, grant.start)

    def room(self, grant: GrantRecord) -> int:
        """How much more of a grant can be taken without its ever falling below zero."""
        loans = self._judging.state.loans_of(grant) if grant.loans else ()
        most = takable(grant, self.begins(grant), self._judging.now, loans, advance=self._advance)
        return most - self._taken.get(grant.grant, 0)

    def take(self, grant: GrantRecord, quantity: int) -> None:
        """Take from a named grant. Raises GrantEnded, MoreThanHeld, NegativeHolding (promised)."""
        taken = self._taken.get(grant.grant, 0)
        at = self.begins(grant)
        if at >= grant.end:
            ended = "ended" if grant.end <= self._judging.now else "ends"
            raise GrantEnded(
                f"Grant {grant.grant} of {grant.unit} {ended} at {grant.end}",
                leg=self._judging.leg,
            )
        own = self._judging.state.hold_at(grant, at)
        if taken + quantity > own:
            available = max(0, self.room(grant))
            kept = own - taken - available
            raise MoreThanHeld(
                f"{quantity} asked of grant {grant.grant} of {grant.unit}, which holds "
                f"{own - taken} at {at}" + (f", {kept} of them {self._kept_by()}" if kept else ""),
                arithmetic=Arithmetic(
                    measure="hold" if grant.loans else "own", pool=grant.pool, unit=grant.unit,
                    grant=grant.grant, at=at, asked=quantity, available=available,
                ),
                leg=self._judging.leg,
            )  # fmt: skip
        if quantity > self.room(grant):
            raise self._promised(grant, taken + quantity)
        self._taken[grant.grant] = taken + quantity

    def draw(self, pool: str, unit: str, quantity: int, *, apart_from: str | None = None) -> None:
        """Take from a unit's own live grants: borrowed first, then the latest start, then by id.

        Loans, and grants of class `apart_from`, are passed over. Raises MoreThanHeld.
        """
        left = quantity
        available = 0
        live: dict[str, GrantRecord] = {}
        state = self._judging.state
        for grant in of_unit(state, pool, unit, self._at):
            if grant.grant_class == apart_from or grant.lender is not None:
                continue
            live[grant.grant] = grant
            room = self.room(grant)
            available += room
            part = min(left, room)
            if part > 0:
                self._taken[grant.grant] = self._taken.get(grant.grant, 0) + part
                left -= part
            if not left:
                return
        others = [
            grant
            for grant in holding_of_unit(state, pool, unit, self._at)
            if grant.grant not in live and grant.grant_class != apart_from
        ]
        held = quantity - left - sum(self._taken.get(name, 0) for name in live)
        held += sum(state.hold_at(grant, self._at) for grant in (*live.values(), *others))
        # What it has borrowed it holds, and cannot give.
        borrowed = sum(
            state.hold_at(grant, self._at) for grant in others if grant.lender is not None
        )
        parts = ((borrowed, "borrowed"), (held - available - borrowed, self._kept_by()))
        kept = "".join(f", {count} of them {of}" for count, of in parts if count > 0)
        raise MoreThanHeld(
            f"{quantity} asked of {unit}, which holds {held} of {pool} at {self._at}{kept}",
            arithmetic=Arithmetic(
                measure="in_hand", pool=pool, unit=unit, at=self._at, asked=quantity,
                available=available,
            ),
            leg=self._judging.leg,
        )  # fmt: skip

    def _kept_by(self) -> str:
        """Why what is held cannot be taken."""
        is_promised = self._advance and self._at >= self._judging.now
        return "promised to others" if is_promised else "taken later, by what is recorded"

    def all_of(self, pool: str, unit: str, *, apart_from: str | None = None) -> tuple[int, int]:
        """How much of what a unit holds can be taken, and how much is promised and stays."""
        state = self._judging.state
        grants = [
            grant
            for grant in of_unit(state, pool, unit, self._at)
            if grant.grant_class != apart_from
        ]
        movable = sum(max(0, self.room(grant)) for grant in grants if grant.lender is None)
        held = sum(
            state.hold_at(grant, self._at) - self._taken.get(grant.grant, 0) for grant in grants
        )
        return movable, held - movable

    def grants(self) -> list[GrantRecord]:
        """The grants taken from, in the order drawn, as they were before."""
        return [self._judging.state.grants[name] for name in self._taken]

    def legs(self) -> tuple[Leg, ...]:
        """The legs to record; each says what it took of releases that were scheduled."""
        grants = self._judging.state.grants
        return tuple(
            [
                Leg(
                    grant=name,
                    unit=grants[name].unit,
                    quantity=quantity,
                    advances=self._advances(grants[name], quantity),
                )
                for name, quantity in self._taken.items()
            ]
        )

    def _advances(self, grant: GrantRecord, quantity: int) -> tuple[Advance, ...]:
        if not self._advance or not grant.draws:
            return ()
        advances: list[Advance] = []
        left = quantity
        for draw in scheduled_releases(grant, max(self.begins(grant), self._judging.now)):
            part = min(left, draw.quantity)
            advances.append(Advance(position=draw.position, quantity=part))
            left -= part
            if not left:
                break
        return tuple(advances)

    def _promised(self, grant: GrantRecord, quantity: int) -> NegativeHolding:
        """The refusal that names the first instant and the positions that draw on the grant."""
        at = self.begins(grant)
        if grant.loans:
            return self._lent(grant, quantity)
        shrunk = {a.position: a.quantity for a in self._advances(grant, quantity)}
        own = own_at(grant, at) - quantity
        after: list[Draw] = []
        for draw in grant.draws:
            if not at < draw.instant < grant.end:
                continue
            after.append(draw)
            own -= draw.quantity - shrunk.get(draw.position, 0)
            if own < 0:
                break
        positions = tuple(dict.fromkeys(draw.position for draw in after if draw.quantity))
        first = after[-1].instant
        return NegativeHolding(
            f"Grant {grant.grant} of {grant.unit} would hold {own} at {first}: "
            f"position {', '.join(map(str, positions))} draws on it",
            arithmetic=Arithmetic(
                measure="own", pool=grant.pool, unit=grant.unit, grant=grant.grant, at=first,
                asked=quantity, available=takable(grant, at, self._judging.now,
                advance=self._advance), after=own, positions=positions,
            ),
            leg=self._judging.leg,
        )  # fmt: skip

    def _lent(self, grant: GrantRecord, quantity: int) -> NegativeHolding:
        """The refusal of a lender: the first instant, and the loans and draws that stand there."""
        at, state, now = self.begins(grant), self._judging.state, self._judging.now
        loans = state.loans_of(grant)
        lowest = lowest_hold(grant, loans, at, past=now if self._advance else None)
        if lowest is None:
            raise ValueError(f"grant {grant.grant} does not live at {at}")
        first, available = lowest
        positions = tuple(
            sorted(
                {loan.made for loan in loans if own_at(loan, first)}
                | {draw.position for draw in grant.draws if at < draw.instant <= first}
            )
        )
        return NegativeHolding(
            f"Grant {grant.grant} of {grant.unit} would hold {available - quantity} at {first}: "
            f"position {', '.join(map(str, positions))} draws on it",
            arithmetic=Arithmetic(
                measure="hold", pool=grant.pool, unit=grant.unit, grant=grant.grant, at=first,
                asked=quantity, available=max(0, available), after=available - quantity,
                positions=positions,
            ),
            leg=self._judging.leg,
        )  # fmt: skip
