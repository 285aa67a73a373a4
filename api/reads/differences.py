"""GET /v1/differences: what is believed of an instant at one position and was not at another."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.holdings import chosen
from api.reads.look import Clocks, Look
from api.reads.reading import Found, paged
from api.reads.shapes_of_books import DifferenceRow, DifferencesPage
from api.reads.statement import Unreconciled
from api.reads.tree import refuse_unknown
from ledger.periods import Instant
from projections.holdings.accounts import holders_of
from projections.holdings.read import Held, held, held_of_grants, touched
from projections.holdings.told import Turn, turns

Key = tuple[str, str, str]
"""pool, unit, grant."""
Difference = tuple[str, str, str, int, int]
"""The same, with what was believed before and is believed after."""
FEW: Final = 8
"""So many holders are looked at first, where there are more units."""
EVENTS: Final = 2_000
"""Where no more happened in between, only the grants that it was about are compared."""


class Span(Struct, frozen=True):
    """Two positions, and whether the caller named both."""

    known_from: int
    known_to: int
    is_fixed: bool


def find(look: Look, asked: Asked) -> Found:
    """Differences. 404 UnknownPool, UnknownUnit; 422 for known_to before known_from."""
    span = _span(look, asked)
    given = asked.instant("valid_at")
    at = given or look.now
    clocks = Clocks(valid_at=at, known_at=span.known_to, is_fixed=False)
    pool, unit, under = asked.pool(), asked.unit(), asked.unit("under")
    refuse_unknown(look, span.known_to, pool=pool, units=(unit, under))
    units = chosen(look, clocks, asked, unit, under)
    if span.known_to - span.known_from <= EVENTS and (units is None or len(units) > FEW):
        found = _in_between(look, at, span, pool, units)
    else:
        found = _differing(look, asked, pool, units, partial(_between, look, at, span))
    page, more = paged(found, _key, asked)
    why = _turns(look, [_key(one) for one in page], at, span)
    answer = DifferencesPage(
        position=span.known_to,
        known_at=span.known_to,
        valid_at=at,
        known_from=span.known_from,
        known_to=span.known_to,
        items=tuple(_row(one, why[_key(one)]) for one in page),
        next=None,
    )
    return Found(answer=answer, is_fixed=span.is_fixed and given is not None, after=more)


def _span(look: Look, asked: Asked) -> Span:
    if asked.text("known_from") is None:
        raise invalid("known_from is what is compared with: name it.", parameter="known_from")
    known_from, _ = look.known_at(asked, "known_from")
    known_to, is_named = look.known_at(asked, "known_to")
    if known_from > known_to:
        raise invalid(
            f"known_from {known_from} comes after known_to {known_to}: name the earlier one as"
            " known_from.",
            parameter="known_from",
        )
    return Span(known_from, known_to, is_named)


def _differing(
    look: Look,
    asked: Asked,
    pool: str | None,
    units: Sequence[str] | None,
    between: Callable[[str | None, Sequence[str] | None], list[Difference]],
) -> Iterator[Difference]:
    """What differs, in order: of a few of many first, for they may fill a page, and then of all."""
    if units is not None and not units:
        return
    first = asked.cursor.after[:2] if asked.cursor else ("", "")
    holders = holders_of(look.connection, pool=pool, units=units)
    ahead = [one for one in holders if one >= first]
    are_many = len({unit for _, unit in ahead}) > FEW
    few = [unit for of, unit in ahead[:FEW] if are_many and of == ahead[0][0]]
    if few:
        yield from between(ahead[0][0], few)
        first = (ahead[0][0], few[-1] + "\0")
    if len(few) < len(ahead):
        for one in between(pool, units):
            if one[:2] >= first:
                yield one


def _in_between(
    look: Look, at: Instant, span: Span, pool: str | None, units: Sequence[str] | None
) -> Iterator[Difference]:
    """What differs of the grants that what happened in between was about, in order."""
    grants = touched(look.connection, span.known_from, span.known_to)
    before, after = (
        _by_key(held_of_grants(look.connection, grants, valid_at=at, known_at=known_at))
        for known_at in (span.known_from, span.known_to)
    )
    wanted = None if units is None else set(units)
    for one in _differences(before, after):
        if pool in (None, one[0]) and (wanted is None or one[1] in wanted):
            yield one


def _between(
    look: Look, at: Instant, span: Span, pool: str | None, units: Sequence[str] | None
) -> list[Difference]:
    before, after = (
        _by_key(held(look.connection, pool=pool, units=units, valid_at=at, known_at=known_at))
        for known_at in (span.known_from, span.known_to)
    )
    return _differences(before, after)


def _differences(before: Mapping[Key, int], after: Mapping[Key, int]) -> list[Difference]:
    return [
        (*key, before.get(key, 0), after.get(key, 0))
        for key in sorted(before.keys() | after.keys())
        if before.get(key, 0) != after.get(key, 0)
    ]


def _key(one: Difference) -> Key:
    return one[:3]


def _by_key(found: Iterable[Held]) -> dict[Key, int]:
    return {(one.pool, one.unit, one.grant): one.quantity for one in found}


def _turns(look: Look, keys: Sequence[Key], at: Instant, span: Span) -> dict[Key, list[Turn]]:
    """What changed each grant in a unit, by position."""
    grants = sorted({grant for _, _, grant in keys})
    of: defaultdict[tuple[str, str], list[Turn]] = defaultdict(list)
    if grants:
        for one in turns(
            look.connection,
            grants,
            valid_at=at,
            known_from=span.known_from,
            known_to=span.known_to,
        ):
            of[one.unit, one.grant].append(one)
    return {key: of[key[1], key[2]] for key in keys}


def _row(one: Difference, why: Sequence[Turn]) -> DifferenceRow:
    pool, unit, grant, before, after = one
    if before + sum(one.quantity for one in why) != after:
        raise Unreconciled(f"grant {grant} of {unit}: {before} and what was recorded make {after}")
    return DifferenceRow(
        pool=pool,
        unit=unit,
        grant=grant,
        before=before,
        after=after,
        positions=tuple(one.position for one in why),
    )
