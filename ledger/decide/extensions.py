"""A grant's end moves: later, earlier, or to none; of a loan that is prolonging and recalling."""

from msgspec.structs import replace

from ledger.authority import HOLDERS, SHAPERS
from ledger.commands import Extend
from ledger.decide.awards import demand_asked
from ledger.decide.existence import (
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    grant_named,
)
from ledger.decide.grants import demand_window, mind_self_dealing
from ledger.decide.judging import Judging
from ledger.decide.notice import count_for_second, give_notice, is_holder
from ledger.decide.orphans import refuse_depended
from ledger.events import Extended
from ledger.facts import Extension
from ledger.holding import left_until, lowest_hold, own_at
from ledger.periods import BEGINNING, FOREVER, Instant, open_end, or_null
from ledger.records import GrantRecord
from ledger.refusals import (
    Arithmetic,
    DependentFacts,
    GrantEnded,
    Impossible,
    NegativeHolding,
    NoDifference,
)


def extend(judging: Judging, command: Extend) -> None:
    """Record another end of a grant: later, earlier, or none.

    Its effective_at is the first instant at which something changes when that lies in the past,
    so that it counts as backdated. A loan is prolonged by its lender, recalled by either side.
    """
    given = grant_named(judging, command.grant)
    end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    is_later = end > given.end
    changed = min(given.end, end)
    _allow(judging, given, is_later=is_later)
    demand_unchanged(judging, command)
    if judging.request is not None:
        demand_asked(judging, judging.request, given.unit)
    if given.ended:
        raise GrantEnded(
            f"Grant {given.grant} was ended at {given.end} by a release of all", leg=judging.leg
        )
    if end == given.end:
        raise NoDifference(
            f"Grant {given.grant} ends at {or_null(end) or 'no date'} already", leg=judging.leg
        )
    demand_window(judging, given.start, end)
    at = min(judging.begins(), changed)
    if is_later:
        _demand_not_back(judging, given, end)
        demand_open_pool(judging, judging.state.pools[given.pool], end)
        demand_open_unit(judging, judging.state.units[given.unit], end)
        if given.lender is not None:
            demand_outlived(judging, judging.state.grants[given.lender], end)
            judging.taking.add(judging.leg)
        _demand_enough(judging, given, end)
        _demand_in_hand(judging, given, end)
        count_for_second(judging, given.pool, given.left)
    else:
        judging.need_words("An earlier end takes something away")
        demand_no_promises(judging, given, end)
        if not is_holder(judging, given.unit, given.pool):
            judging.taking.add(judging.leg)
            count_for_second(judging, given.pool, own_at(given, max(end, given.start)))
            what = "An earlier end" if given.lender is None else "A recall"
            give_notice(judging, max(end, given.start), given.pool, what)
    judging.date_back(at, given.pool, judging.state.sides_of(given))
    data = Extension(grant=given.grant, ends_at=or_null(end), was_ends_at=or_null(given.end))
    judging.record(Extended, data, at)


def _demand_not_back(judging: Judging, given: GrantRecord, end: Instant) -> None:
    """Refuse with DependentFacts an end behind what came back late: it would be held again."""
    late = [position for position, _, at in given.late if at < end]
    if late:
        why = f"cannot end at {end}, and have had GPUs come back late before"
        refuse_depended(judging, given, why, late)


def demand_outlived(judging: Judging, lender: GrantRecord, end: Instant) -> None:
    """Refuse with Impossible a loan that has no end, or one after its lender's grant."""
    if end == FOREVER:
        raise Impossible("A loan comes back: it has an end", leg=judging.leg)
    if end > lender.end:
        raise Impossible(
            f"Grant {lender.grant} of {lender.unit}, which lends, ends at {lender.end}: "
            "a loan does not outlive it",
            leg=judging.leg,
        )


def _allow(judging: Judging, given: GrantRecord, *, is_later: bool) -> None:
    """Demand the authority to move an end (the table): of a loan the lender's, or either side's."""
    if given.lender is None:
        judging.allow(SHAPERS if is_later else HOLDERS, given.unit, given.pool)
        if is_later:
            mind_self_dealing(judging, given.unit, (), given.pool)
        return
    lender = judging.state.grants[given.lender].unit
    if not is_later and judging.actor.covering(HOLDERS, given.unit, given.pool):
        judging.allow(HOLDERS, given.unit, given.pool, (lender,))
        return
    judging.allow(HOLDERS, lender, given.pool, (given.unit,))
    if is_later:
        mind_self_dealing(judging, given.unit, (lender,), given.pool)


def demand_no_promises(judging: Judging, given: GrantRecord, end: Instant) -> None:
    """Refuse with DependentFacts an end before what already left the grant, or is promised.

    Scheduled releases fall away with the end. Moves are promises, and what was released by now
    was released.
    """
    standing = [
        draw
        for draw in given.draws
        if end <= draw.instant < given.end
        and draw.quantity
        and (not draw.is_release or draw.instant <= judging.now)
    ]
    if standing:
        positions = tuple(dict.fromkeys(draw.position for draw in standing))
        raise DependentFacts(
            f"Grant {given.grant} of {given.unit} cannot end at {end}: "
            f"position {', '.join(map(str, positions))} takes from it later",
            arithmetic=Arithmetic(
                measure="own", pool=given.pool, unit=given.unit, grant=given.grant,
                at=standing[0].instant, positions=positions,
            ),
            leg=judging.leg,
        )  # fmt: skip


def _demand_enough(judging: Judging, given: GrantRecord, end: Instant) -> None:
    """Refuse with NegativeHolding a later end at which idle draws would count again, too many."""
    if left_until(given, end) >= 0:
        return
    own = given.first
    positions: list[int] = []
    at = BEGINNING
    for draw in given.draws:
        own -= draw.quantity
        at = draw.instant
        if draw.instant >= given.end:
            positions.append(draw.position)
        if own < 0:
            break
    raise NegativeHolding(
        f"Grant {given.grant} of {given.unit} would hold {own} at {at}: "
        f"position {', '.join(map(str, positions))} would count again",
        arithmetic=Arithmetic(
            measure="own", pool=given.pool, unit=given.unit, grant=given.grant, at=at, after=own,
            positions=tuple(positions),
        ),
        leg=judging.leg,
    )  # fmt: skip


def _demand_in_hand(judging: Judging, given: GrantRecord, end: Instant) -> None:
    """Refuse with NegativeHolding a later end by which a lender would have lent what it has not."""
    state = judging.state
    lender = given if given.lender is None else state.grants[given.lender]
    if given.lender is None and not given.loans:
        return
    longer = replace(given, end=end, left=left_until(given, end))
    loans = [longer if loan.grant == given.grant else loan for loan in state.loans_of(lender)]
    lowest = lowest_hold(longer if lender is given else lender, loans, BEGINNING)
    if lowest is not None and lowest[1] < 0:
        at, after = lowest
        positions = tuple(sorted(loan.made for loan in loans if loan.start <= at < loan.end))
        raise NegativeHolding(
            f"Grant {lender.grant} of {lender.unit} would hold {after} at {at}: "
            f"position {', '.join(map(str, positions))} draws on it",
            arithmetic=Arithmetic(
                measure="hold", pool=lender.pool, unit=lender.unit, grant=lender.grant, at=at,
                after=after, positions=positions,
            ),
            leg=judging.leg,
        )  # fmt: skip
