"""Reallocations: units pass from one or more holders to another, as one event (rules 1 and 5)."""

from msgspec import Struct

from ledger.authority import SHAPERS, covering
from ledger.commands import Reallocate, Source
from ledger.decide.awards import demand_award
from ledger.decide.existence import (
    demand_granule,
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    grant_named,
    pool_at,
    unit_at,
)
from ledger.decide.grants import demand_window, mind_self_dealing, new_grant
from ledger.decide.judging import Judging
from ledger.decide.notice import count_for_second
from ledger.decide.taking import Draught
from ledger.events import Reallocated
from ledger.facts import Leg, Reallocation
from ledger.holding import scheduled_releases
from ledger.periods import FOREVER, Instant, open_end, or_null
from ledger.quantities import LARGEST, All
from ledger.records import GrantRecord, PoolRecord
from ledger.refusals import Arithmetic, Impossible, MoreThanHeld, Refusal, SameUnit
from ledger.standing import Delegations
from ledger.vocabulary import GrantClass


class Taking(Struct, frozen=True):
    """What the sources of one move have in common: the pool, the target, the class it gets."""

    judging: Judging
    draught: Draught
    pool: PoolRecord
    to: str
    new_class: GrantClass


def reallocate(judging: Judging, command: Reallocate) -> None:
    """Record a move: legs out of the sources' grants, and one new grant of their sum."""
    start = judging.begins()
    pool = pool_at(judging, command.pool, start)
    target = unit_at(judging, command.to, start)
    losing = tuple(dict.fromkeys([_losing(judging, one, start) for one in command.sources]))
    rights = _demand_authority(judging, losing, target.unit, pool.pool)
    mind_self_dealing(judging, target.unit, losing, pool.pool)
    demand_unchanged(judging, command)
    judging.need_words("A move takes something away")
    end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    demand_window(judging, start, end)
    demand_open_pool(judging, pool, end)
    demand_open_unit(judging, target, end)
    new_class: GrantClass = "borrowed" if command.borrowed else "guaranteed"
    draught = Draught(judging, start, advance=command.advance)
    taking = Taking(judging, draught, pool, target.unit, new_class)
    for source in command.sources:
        _take(taking, source)
    legs = draught.legs()
    if _is_new(taking, legs, start, end):
        rights[target.unit] = _rights_to_grant(taking)
    for unit, choices in rights.items():
        judging.allow_one_of(choices, unit, pool.pool)
    judging.date_back(start, pool.pool, rights)
    quantity = sum([leg.quantity for leg in legs])
    if quantity > LARGEST:
        raise Impossible(f"{quantity} in one grant: at most {LARGEST}", leg=judging.leg)
    demand_award(judging, target.unit, pool.pool, quantity)
    count_for_second(judging, pool.pool, quantity)
    judging.taking.add(judging.leg)
    data = Reallocation(
        pool=pool.pool,
        legs=legs,
        to_grant=new_grant(judging, command.grant),
        to_unit=target.unit,
        quantity=quantity,
        ends_at=or_null(end),
        grant_class=new_class,
    )
    judging.record(Reallocated, data, start)


def _losing(judging: Judging, source: Source, at: Instant) -> str:
    """The unit that a source takes from. Raises UnknownGrant, UnknownUnit."""
    if source.grant is not None:
        return grant_named(judging, source.grant).unit
    return unit_at(judging, source.unit or "", at).unit


def _take(taking: Taking, source: Source) -> None:
    """Draw one source: a named grant, or a unit by holder."""
    if isinstance(source.quantity, int):
        demand_granule(taking.judging, taking.pool, source.quantity)
    if source.grant is None:
        _draw(taking, source.unit or "", source.quantity)
    elif isinstance(source.quantity, int):
        given = grant_named(taking.judging, source.grant)
        _demand_movable(taking, given)
        taking.draught.take(given, source.quantity)


def _draw(taking: Taking, unit: str, wanted: int | All) -> None:
    """Draw by holder. A unit moves to itself only what is of the other class."""
    judging, draught, pool = taking.judging, taking.draught, taking.pool.pool
    passed_over = taking.new_class if unit == taking.to else None
    if passed_over and not any(draught.all_of(pool, unit, apart_from=passed_over)):
        raise _same_unit(judging, unit)
    if isinstance(wanted, int):
        draught.draw(pool, unit, wanted, apart_from=passed_over)
        return
    movable, stays = draught.all_of(pool, unit, apart_from=passed_over)
    if not movable:
        raise MoreThanHeld(
            f"{unit} holds nothing of {pool} that can move",
            arithmetic=Arithmetic(measure="in_hand", pool=pool, unit=unit, available=0),
            leg=judging.leg,
        )
    if stays:
        judging.warn("StaysBehind", f"{stays} of {pool} stay with {unit}: they are promised")
    draught.draw(pool, unit, movable, apart_from=passed_over)


def _demand_movable(taking: Taking, given: GrantRecord) -> None:
    judging = taking.judging
    if given.pool != taking.pool.pool:
        raise Impossible(
            f"Grant {given.grant} is of {given.pool}, not {taking.pool.pool}", leg=judging.leg
        )
    if given.lender is not None:
        raise Impossible(
            f"Grant {given.grant} is a loan: it goes back to its lender, and is not moved",
            leg=judging.leg,
        )
    if given.unit == taking.to and given.grant_class == taking.new_class:
        raise _same_unit(judging, taking.to)


def _same_unit(judging: Judging, unit: str) -> SameUnit:
    return SameUnit(
        f"A move from {unit} to itself changes nothing but a class, and none would change",
        leg=judging.leg,
    )


def _demand_authority(
    judging: Judging, losing: tuple[str, ...], to: str, pool: str
) -> dict[str, Delegations]:
    """A decider or operator over every unit, or a lead over both sides (the table).

    A move from a unit to itself changes a class, which is not for leads.
    Returns, for every unit, the delegations that the move may rest on, narrowest first.
    """
    actor = judging.actor
    units = tuple(dict.fromkeys((*losing, to)))
    leading = () if to in losing else actor.leading((to, *losing), pool)
    if not leading:
        return {unit: actor.require(SHAPERS, unit, pool, judging.leg) for unit in units}
    entitled = (*actor.held(SHAPERS), *leading)
    return {unit: covering(judging.state, entitled, unit, pool) for unit in units}


def _is_new(taking: Taking, legs: tuple[Leg, ...], start: Instant, end: Instant) -> bool:
    """Whether the target holds what its sources would not have, for longer or in a better class.

    That is a new grant (rule 1). Warns of what would have come free.
    """
    judging, pool, to = taking.judging, taking.pool.pool, taking.to
    drawn = taking.draught.grants()
    early, back = _beyond(taking, drawn, legs, start, end)
    if not (early or back):
        return _is_better(taking, drawn)
    for instant, quantity in sorted(early.items()):
        judging.warn(
            "BeforeItsStart",
            f"{quantity} of {pool} that {to} holds now are given by their holder from {instant} on",
        )
    if end == FOREVER:
        for instant, quantity in sorted(back.items()):
            judging.warn(
                "OpenEnd",
                f"{quantity} of {pool} would have come free at {instant}, and now do not",
            )
    return True


def _is_better(taking: Taking, drawn: list[GrantRecord]) -> bool:
    """Whether something that was borrowed becomes guaranteed."""
    classes = [given.grant_class for given in drawn]
    return taking.new_class == "guaranteed" and "borrowed" in classes


def _rights_to_grant(taking: Taking) -> Delegations:
    """The right to a new grant, which a lead does not give, nor anybody alone to what they lead."""
    judging, pool, to = taking.judging, taking.pool.pool, taking.to
    mind_self_dealing(judging, to, (), pool)
    held = judging.actor.covering(SHAPERS, to, pool)
    if not held:
        raise _needs_a_grant(taking)
    return held


def _needs_a_grant(taking: Taking) -> Refusal:
    judging, to = taking.judging, taking.to
    is_better = _is_better(taking, taking.draught.grants())
    what = "in a better class" if is_better else "for longer than its sources would"
    refusal = judging.actor.refusal(SHAPERS, to, taking.pool.pool, judging.leg)
    refusal.detail = f"{to} would hold {what}, which is a new grant. {refusal.detail}"
    return refusal


def _beyond(
    taking: Taking, drawn: list[GrantRecord], legs: tuple[Leg, ...], start: Instant, end: Instant
) -> tuple[dict[Instant, int], dict[Instant, int]]:
    """What the target holds before its sources give it, and after they would have given it back.

    Quantities by the instant at which the source begins to give, or would have given back.
    """
    early: dict[Instant, int] = {}
    back: dict[Instant, int] = {}
    now, draught = taking.judging.now, taking.draught
    for given, leg in zip(drawn, legs, strict=True):
        begins = draught.begins(given)
        if begins > start:
            _count(early, begins, leg.quantity)
        if leg.advances:
            ahead = {
                draw.position: draw.instant for draw in scheduled_releases(given, max(begins, now))
            }
            for advance in leg.advances:
                if ahead[advance.position] < end:
                    _count(back, ahead[advance.position], advance.quantity)
        if given.end < end:
            _count(back, given.end, leg.quantity - sum(one.quantity for one in leg.advances))
    return early, back


def _count(to: dict[Instant, int], instant: Instant, quantity: int) -> None:
    if quantity:
        to[instant] = to.get(instant, 0) + quantity
