"""Two years of an invented laboratory, up to a given day, as commands with their instants.

A pure function of seed and day: the same two give the same story, word for word.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from api.demo import cast
from api.demo.author import Author, Spoken
from api.demo.books import FAR, Held
from api.demo.lab import ENDING, Lab
from api.demo.plot import DAYS, PLOT
from api.demo.scenes import opening
from ledger.periods import Instant, from_datetime

_G = cast.GRANULE


def begins(day: date) -> Instant:
    """When the ledger of a story that runs up to `day` is founded."""
    return from_datetime(_midnight(day) + timedelta(hours=7))


def story(seed: int, day: date) -> Iterator[Spoken]:
    """What was said, in order; the last is said before `day` begins, some of it about days after.

    It begins right after the founding (rule 6) of the root `lab` by operator@demo.
    """
    begin = _midnight(day)
    author = Author(rng=random.Random(seed), now=begin)
    lab = Lab(author=author, begin=begin)
    for today in range(DAYS):
        clock = _clock(author, begin + timedelta(days=today), spread=today > 0)
        if today == 0:
            yield from _each(author, clock, opening(lab))
        for team in cast.TEAMS:
            if team.founded == today and today > 0:
                yield from _each(author, clock, lab.found(team))
        if today in PLOT:
            yield from _each(author, clock, PLOT[today](lab))
        yield from _each(author, clock, _ordinary_day(lab))
        author.books.forget(author.now)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) - timedelta(days=DAYS)


def _clock(author: Author, midnight: datetime, *, spread: bool) -> Iterator[datetime]:
    """Rising instants of one working day; the first, long day begins early."""
    rng = author.rng
    at = midnight + timedelta(hours=8, seconds=rng.randrange(5 * 3600 if spread else 600))
    while True:
        at += timedelta(seconds=rng.randrange(20, 400), microseconds=rng.randrange(10**6))
        yield at


def _each(author: Author, clock: Iterator[datetime], acts: Iterator[Spoken]) -> Iterator[Spoken]:
    """Draw one act after the other, each at its own instant."""
    while True:
        author.now = next(clock)
        spoken = next(acts, None)
        if spoken is None:
            return
        yield spoken


def _ordinary_day(lab: Lab) -> Iterator[Spoken]:
    """Give out what is free, and some days move, return, prolong or note something."""
    rng = lab.author.rng
    weekend = lab.author.now.weekday() >= 5
    for _ in range(6):
        for pool in cast.POOLS:
            yield from _give_out(lab, pool)
    if rng.random() < (0.08 if weekend else 0.8):
        act = rng.choices((_move, _give_back, _reclaim, _extend, _note), (46, 26, 6, 10, 7))[0]
        yield from act(lab, rng.choice(list(cast.POOLS)))


def _give_out(lab: Lab, pool: str) -> Iterator[Spoken]:
    """Grant some of what is free, for good or for a while."""
    author, rng = lab.author, lab.author.rng
    unit = lab.chosen(lab.routine())
    end = FAR
    if unit not in ENDING and rng.random() < 0.2:
        end = author.now.replace(hour=18, minute=0, second=0, microsecond=0)
        end += timedelta(days=rng.randrange(14, 120))
    free = author.books.free(pool, author.now, end) // _G * _G
    # The least is mostly kept back: somebody will ring tomorrow.
    if (free <= _G and rng.random() < 0.7) or free < _G:
        return
    most = 128 if free >= 256 else 64
    quantity = min(free, _G * rng.randrange(1, most // _G + 1))
    borrowed = rng.random() < 0.12 or not lab.fits(pool, unit, quantity, to=end)
    yield author.say(
        lab.decides(pool, unit),
        author.grant(pool, unit, quantity, lab.why(cast.GRANTED, unit), end=end, borrowed=borrowed),
    )


def _move(lab: Lab, pool: str) -> Iterator[Spoken]:
    author, rng = lab.author, lab.author.rng
    sources = lab.holders(pool, 2 * _G)
    if not sources:
        return
    source = rng.choice(sources)
    to = lab.chosen([unit for unit in lab.routine() if unit != source])
    quantity = _some(lab, source, pool)
    why = lab.why(cast.MOVED, to, source)
    by = lab.decides(pool, source, to)
    borrowed = not lab.fits(pool, to, quantity)
    yield author.say(by, author.move(pool, source, to, quantity, why=why, borrowed=borrowed))


def _give_back(lab: Lab, pool: str) -> Iterator[Spoken]:
    holders = lab.holders(pool, 2 * _G)
    if holders:
        unit = lab.author.rng.choice(holders)
        why = lab.why(cast.RETURNED, unit)
        quantity = _some(lab, unit, pool)
        yield lab.author.say(
            lab.leads[unit],
            lab.author.release(pool, unit, quantity, kind="returned", why=why),
        )


def _reclaim(lab: Lab, pool: str) -> Iterator[Spoken]:
    holders = lab.holders(pool, 4 * _G)
    if holders:
        unit = lab.author.rng.choice(holders)
        why = lab.why(cast.RECLAIMED, unit)
        by = lab.decides(pool, unit)
        yield lab.author.say(by, lab.author.release(pool, unit, 2 * _G, kind="reclaimed", why=why))


def _extend(lab: Lab, pool: str) -> Iterator[Spoken]:
    """Prolong a grant that soon ends, where the books allow it."""
    author = lab.author
    soon = author.now + timedelta(days=30)
    for held in author.books.grants:
        if held.pool == pool and _may_stay(lab, held, soon):
            by = lab.decides(pool, held.unit)
            end = held.end + timedelta(days=author.rng.choice((14, 21, 28)))
            yield author.say(by, author.extend(held, end, lab.why(cast.EXTENDED, held.unit)))
            return


def _may_stay(lab: Lab, held: Held, soon: datetime) -> bool:
    now = lab.author.now
    if not (held.start <= now < held.end < soon and held.left > 0 and held.unit in lab.teams):
        return False
    longer = held.end + timedelta(days=28)
    is_free = lab.author.books.free(held.pool, held.end, longer) >= held.left
    return is_free and lab.fits(held.pool, held.unit, held.left, held.end, longer)


def _note(lab: Lab, pool: str) -> Iterator[Spoken]:
    holders = lab.holders(pool, _G)
    if holders:
        unit = lab.author.rng.choice(holders)
        text = lab.author.rng.choice(cast.NOTED)
        held = lab.author.rng.choice([None, lab.author.books.of(unit, pool, lab.author.now)[0]])
        yield lab.note(lab.decides(pool, unit), text, unit=unit, held=held)


def _some(lab: Lab, unit: str, pool: str) -> int:
    """A part of what a unit has that can be told in round figures."""
    most = min(64, lab.author.books.in_hand(unit, pool, lab.author.now) // 2)
    return _G * lab.author.rng.randrange(1, most // _G + 1)
