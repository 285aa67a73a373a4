"""Reads the log for those who only read: the head, and events after a position."""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg.rows import args_row

from ledger.log import Key, Receipt, StoredEvent
from ledger.store.statements import statements

_SQL: Final = statements("reading.sql")


def head(connection: psycopg.Connection[Any]) -> int:
    """The position of the last committed event, 0 when there is none."""
    found = connection.execute(_SQL["head"]).fetchone()
    return found[0] if found else 0


def read_after(connection: psycopg.Connection[Any], after: int, limit: int) -> list[StoredEvent]:
    """Up to `limit` committed events after a position, in order, without gaps."""
    with connection.cursor(binary=True, row_factory=args_row(_stored)) as cursor:
        return cursor.execute(_SQL["read_after"], {"after": after, "limit": limit}).fetchall()


def read_stored(connection: psycopg.Connection[Any], after: int, limit: int) -> list[bytes]:
    """The bytes of up to `limit` committed events after a position, in order, without gaps."""
    with connection.cursor(binary=True) as cursor:
        found = cursor.execute(_SQL["read_stored"], {"after": after, "limit": limit}).fetchall()
    return [stored for (stored,) in found]


def read_lines(connection: psycopg.Connection[Any], after: int, up_to: int) -> bytes:
    """The bytes of committed events after a position up to another, a line break between them."""
    with connection.cursor(binary=True) as cursor:
        given = {"after": after, "up_to": up_to}
        found = cursor.execute(_SQL["read_lines"], given).fetchone()
    return found[0] if found else b""


def read_at(connection: psycopg.Connection[Any], positions: Sequence[int]) -> list[StoredEvent]:
    """The committed events at some positions, in order; positions beyond the head have none."""
    # As text, which costs a tenth of what psycopg takes to look at a list.
    given = {"positions": f"{{{','.join(map(str, positions))}}}"}
    with connection.cursor(binary=True, row_factory=args_row(_stored)) as cursor:
        return cursor.execute(_SQL["read_at"], given).fetchall()


def receipt(connection: psycopg.Connection[Any], key: Key) -> Receipt | None:
    """The stored answer of a key."""
    with connection.cursor(binary=True, row_factory=args_row(_receipt)) as cursor:
        return cursor.execute(_SQL["receipt"], {"person": key[0], "key": key[1]}).fetchone()


def is_decided(connection: psycopg.Connection[Any], decision: str) -> bool:
    """Whether the id of a decision is in use."""
    return connection.execute(_SQL["is_decided"], {"decision": decision}).fetchone() is not None


def _stored(position: int, topic: str, stored: bytes) -> StoredEvent:
    return StoredEvent(position=position, topic=topic, stored=stored)


def _receipt(*columns: Any) -> Receipt:
    person, key, fingerprint, status, body, position, decision = columns
    return Receipt(
        person=person,
        key=key,
        fingerprint=fingerprint,
        status=status,
        body=body,
        position=position,
        decision=None if decision is None else str(decision),
    )
