"""What facts said about one grant, put in and taken out; then the grant is counted anew (rule 0).

A correction changes what an earlier fact said, so that a grant is the same as if the fact had
said it from the first. Quantities are whole units, periods half-open.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ledger.facts import Extension, GrantMaking, Leg, Reallocation, ReleaseOfGrants
from ledger.holding import left_until
from ledger.periods import Instant, micros, open_end
from ledger.records import Draw, End, GrantRecord
from ledger.sayings import Saying


def refolded(name: str, said: Mapping[int, Saying | None]) -> GrantRecord | None:
    """A grant from what the events about it say, by position; None when it was never made.

    However many drew on it, it is counted once.
    """
    record: GrantRecord | None = None
    raws: list[Draw] = []
    for position in sorted(said):
        one = said[position]
        fact = None if one is None else one.fact
        if one is None or fact is None:
            continue
        if record is None:
            if isinstance(fact, GrantMaking) or (
                isinstance(fact, Reallocation) and fact.to_grant == name
            ):
                record = _new(name, position, one.at, fact)
        elif isinstance(fact, Extension):
            record = _said_end(record, position, End(position, open_end(fact.ends_at)))
        elif isinstance(fact, ReleaseOfGrants | Reallocation):
            record = _told(record, raws, position, one.at, fact)
    return None if record is None else _counted(record, raws)


def _told(
    grant: GrantRecord,
    raws: list[Draw],
    position: int,
    at: Instant,
    fact: ReleaseOfGrants | Reallocation,
) -> GrantRecord:
    """The grant with what a release or a move tells; what it draws is added to `raws` alone."""
    leg = _leg_of(grant, fact)
    if leg is None:
        return grant
    is_release = isinstance(fact, ReleaseOfGrants)
    if is_release and fact.late:
        return with_late(grant, position, at, leg)
    if leg.ends:
        return _said_end(grant, position, End(position, at, is_final=True))
    raws.append(_draw_of(position, at, leg, is_release=is_release))
    return grant


def _new(
    name: str, position: int, at: Instant, made: GrantMaking | Reallocation
) -> GrantRecord:  # fmt: skip
    end = open_end(made.ends_at)
    blank = GrantRecord(
        grant=name, pool=made.pool, unit="", start=at, end=end, first=0,
        grant_class=made.grant_class, left=0, made=position, touched=position, began=micros(at),
    )  # fmt: skip
    return made_anew(blank, at, made)


def drawn(
    grant: GrantRecord, position: int, at: Instant, fact: ReleaseOfGrants | Reallocation
) -> GrantRecord:
    """The grant with what a release or a move at a position takes from it, or tells of it."""
    raws = _raw(grant)
    told = _told(grant, raws, position, at, fact)
    return grant if told is grant and len(raws) == len(grant.draws) else _counted(told, raws)


def _leg_of(grant: GrantRecord, fact: ReleaseOfGrants | Reallocation) -> Leg | None:
    """What a release or a move takes from a grant; a loan takes nothing."""
    if isinstance(fact, Reallocation) and fact.loan:
        return None
    return next((leg for leg in fact.legs if leg.grant == grant.grant), None)


def made_anew(
    grant: GrantRecord, at: Instant, made: GrantMaking | Reallocation | None
) -> GrantRecord:  # fmt: skip
    """The grant as its maker says now; None = it was never made. What was drawn stands."""
    if made is None:
        return _counted(replace(grant, first=0), _raw(grant))
    is_move = isinstance(made, Reallocation)
    end = open_end(made.ends_at)
    changed = replace(
        grant,
        start=at,
        began=micros(at),
        first=made.quantity,
        unit=made.to_unit if is_move else made.unit,
        grant_class=made.grant_class,
        lender=made.legs[0].grant if is_move and made.loan else None,
        end=end,
        ends=(End(grant.made, end), *grant.ends[1:]),
    )
    return _counted(changed, _raw(grant))


def without(grant: GrantRecord, position: int) -> GrantRecord:
    """The grant without what the event at a position drew from it, or said of its end."""
    raws = [draw for draw in _raw(grant) if draw.position != position]
    ends = tuple(end for end in grant.ends if end.position != position)
    late = tuple(one for one in grant.late if one[0] != position)
    return _counted(replace(grant, ends=ends, late=late), raws)


def _draw_of(position: int, at: Instant, leg: Leg, *, is_release: bool) -> Draw:
    advances = tuple((one.position, one.quantity) for one in leg.advances)
    return Draw(at, leg.quantity, position, is_release, advances)


def with_late(grant: GrantRecord, position: int, at: Instant, leg: Leg) -> GrantRecord:
    """The grant with what came back after its end, as the event at a position tells."""
    return replace(grant, late=tuple(sorted((*grant.late, (position, leg.quantity, at)))))


def with_end(grant: GrantRecord, position: int, end: End) -> GrantRecord:
    """The grant with what the event at a position says of its end."""
    return _counted(_said_end(grant, position, end), _raw(grant))


def _said_end(grant: GrantRecord, position: int, end: End) -> GrantRecord:
    ends = grant.ends or (End(grant.made, grant.end),)
    kept = [one for one in ends if one.position != position]
    return replace(grant, ends=tuple(sorted((*kept, end), key=lambda one: one.position)))


def gross(grant: GrantRecord, position: int) -> int:
    """What the leg at a position was recorded to take, before later legs advanced of it."""
    return next((draw.quantity for draw in _raw(grant) if draw.position == position), 0)


def advanced(grant: GrantRecord, position: int) -> tuple[int, tuple[int, ...]]:
    """How much later legs advanced of the release at a position, and their positions."""
    taken = [
        (quantity, draw.position)
        for draw in grant.draws
        for scheduled, quantity in draw.advances
        if scheduled == position
    ]
    return sum(quantity for quantity, _ in taken), tuple(by for _, by in taken)


def _raw(grant: GrantRecord) -> list[Draw]:
    """The draws as they were recorded: when, and how much before anything was advanced."""
    given_back: dict[int, int] = {}
    for draw in grant.draws:
        for scheduled, quantity in draw.advances:
            given_back[scheduled] = given_back.get(scheduled, 0) + quantity
    return [
        Draw(
            draw.at or draw.instant,
            draw.quantity + given_back.get(draw.position, 0),
            draw.position,
            draw.is_release,
            draw.advances,
        )
        for draw in grant.draws
    ]


def _counted(grant: GrantRecord, raws: Iterable[Draw]) -> GrantRecord:
    """The grant with its end, draws and what is left as they follow from what was recorded."""
    raws = list(raws)
    taken: dict[int, int] = {}
    for draw in raws:
        for scheduled, quantity in draw.advances:
            taken[scheduled] = taken.get(scheduled, 0) + quantity
    start = grant.start
    draws = [
        Draw(
            max(draw.instant, start),
            draw.quantity - taken.get(draw.position, 0),
            draw.position,
            draw.is_release,
            draw.advances,
            draw.instant if draw.instant < start else None,
        )
        for draw in raws
    ]
    draws.sort(key=lambda draw: (draw.instant, draw.position))
    end, ended = grant.end, False
    if grant.ends:
        last = grant.ends[-1]
        end, ended = (max(last.at, start) if last.is_final else last.at), last.is_final
    if not grant.first:
        end = start
    counted = replace(grant, draws=tuple(draws), end=end, ended=ended)
    return replace(counted, left=left_until(counted, end))
