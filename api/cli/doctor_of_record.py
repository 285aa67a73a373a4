"""What `allot doctor` says of the record itself, its seal, and what is made from it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import psycopg
from msgspec import Struct
from psycopg.rows import class_row

from api.cli.endings import BROKEN
from api.cli.findings import Finding
from api.queries import queries
from ledger.log import Seal
from ledger.seal.sealing import Sealing, WrongSeal
from ledger.store.reading import head, read_after

if TYPE_CHECKING:
    from projections.registry import ModelPosition

LAG_MAX: Final = 1_000
_FOLLOW: Final = "Run `allot follow`, or `allot serve` without --no-follower."
_READ_AT_ONCE: Final = 5_000
_SQL: Final = queries("api.cli", "doctor.sql")
Connection = psycopg.Connection[Any]


class _Positions(Struct, frozen=True):
    events: int
    first: int
    last: int
    sealed: int


def record(connection: Connection, *, is_hashing: bool, is_fed_here: bool) -> Iterator[Finding]:
    """Whether all that was recorded is there, as it was sealed, and is shown.

    Where a follower can be seen, which `is_fed_here` says, one is missed when there is none.
    """
    from projections.registry import positions

    with connection.cursor(row_factory=class_row(_Positions)) as cursor:
        log = cursor.execute(_SQL["positions"]).fetchone()
    if log is None:
        raise RuntimeError("an aggregate gave no row")
    whole = log.first == 1 and log.events == log.last and bool(log.last or not log.sealed)
    yield Finding(
        check="record",
        well=whole,
        words=f"{log.events} events, up to position {log.last}",
        remedy="Events are missing: restore a copy that is whole, and find out who removed them.",
        code=BROKEN,
    )
    if whole and log.last:
        yield _sealed(connection, is_hashing=is_hashing)
    if not log.last and log.sealed:
        return  # it was founded, and is gone
    yield Finding(
        check="founded",
        well=log.last > 0,
        words="founded" if log.last else "nobody may decide anything yet",
        remedy="Run `allot init`.",
    )
    found = positions(connection)
    yield from _followers(connection, found)
    if found and log.last and is_fed_here:
        yield _fed(connection, found)


class _Newest(Seal, frozen=True, kw_only=True):
    head: int


def _sealed(connection: Connection, *, is_hashing: bool) -> Finding:
    with connection.cursor(row_factory=class_row(_Newest)) as cursor:
        newest = cursor.execute(_SQL["seal"]).fetchone()
    if newest is None:
        return _unsealed("the log has no seal")
    try:
        sealing = Sealing(newest)
    except WrongSeal as wrong:
        return _unsealed(str(wrong))
    words = f"up to position {newest.size}, with root {newest.root.hex()}"
    if newest.size != newest.head:
        return _unsealed(f"{words}, and not up to {newest.head}")
    if not is_hashing:
        return Finding(check="seal", well=True, words=words)
    hashed = Sealing()
    while missing := min(sealing.size - hashed.size, _READ_AT_ONCE):
        hashed.take_in(read_after(connection, hashed.size, missing))
    if hashed.root != sealing.root:
        return _unsealed(f"{words}, but the log hashes to {hashed.root.hex()}")
    return Finding(check="seal", well=True, words=f"{words}, to which the log hashes")


def _unsealed(words: str) -> Finding:
    remedy = "Somebody changed the record: restore a copy that is whole, and find out who did."
    return Finding(check="seal", well=False, words=words, remedy=remedy, code=BROKEN)


def _fed(connection: Connection, found: Sequence["ModelPosition"]) -> Finding:
    """Whether a follower is there for each read model that has not stopped."""
    from projections.registry import unfed

    following = {one.name for one in found if one.state == "following"}
    alone = [name for name in unfed(connection) if name in following]
    whom = "the read models" if following.issubset(alone) else ", ".join(alone)
    return Finding(
        check="follower", well=not alone,
        words=f"nobody feeds {whom}" if alone else "feeds the read models", remedy=_FOLLOW,
    )  # fmt: skip


def _followers(connection: Connection, found: Sequence["ModelPosition"]) -> Iterator[Finding]:
    newest = head(connection)
    if not found:
        yield Finding(check="read models", well=False, words="not there yet", remedy=_FOLLOW)
    for one in found:
        behind = newest - one.position
        stopped = one.state != "following"
        yield Finding(
            check=f"read model {one.name}",
            well=not stopped and 0 <= behind <= LAG_MAX,
            words=_words_of(one.reason if stopped else None, behind, newest),
            remedy=f"Run `allot rebuild {one.name}`." if stopped or behind < 0 else _FOLLOW,
        )


def _words_of(stopped: str | None, behind: int, newest: int) -> str:
    if stopped is not None:
        return f"stopped: {stopped}"
    if behind < 0:
        return f"{-behind} events ahead of the log, which ends at {newest}: it was another once"
    return f"{behind} events behind {newest}"
