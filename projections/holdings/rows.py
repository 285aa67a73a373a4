"""Rows of the holdings, kept until they are written, as the bytes that COPY BINARY takes."""

from struct import Struct as Packed
from typing import Final

from projections.holdings.forks import fork, fork_of_hours
from projections.holdings.numbering import account
from projections.holdings.standing import Draw, Standing
from projections.sheets import NULL, OPEN, ORDINALS, Cells, Changes, packed_text, packed_uuid

KEPT: Final = 300_000
"""Open rows that a rebuild keeps back."""

_ROW: Final = Packed(">hiqiqiqiqiqiqi16sihi?").pack
_KNOWN: Final = Packed(">iqiqiq").pack
_NUMBERS: Final = Packed(">iqiq").pack

Part = tuple[Standing, Draw | None]
"""A grant, and what leaves it, or None for the grant itself."""


class Rows:
    """Rows added and ended. A row's id is its event's position and its ordinal there.

    A row that ends before it is written is written once, ended. What its grant says of it does
    not change as long as it is open.
    """

    def __init__(self) -> None:
        self._open: dict[int, Part] = {}
        self._over: list[bytes] = []
        self._closed: list[tuple[int, int]] = []
        self._accounts: list[Cells] = []
        self._next = 0

    def add(self, part: Part, position: int) -> int:
        """Add a part of a grant, believed from a position on; returns the id of its row."""
        row = self._next
        if row < position * ORDINALS:
            row = position * ORDINALS
        elif row >= (position + 1) * ORDINALS:
            raise ValueError(f"position {position} makes more rows of holdings than ids")
        self._next = row + 1
        self._open[row] = part
        return row

    def close(self, row: int, position: int) -> None:
        """End a row: from a position on it is believed no more."""
        part = self._open.pop(row, None)
        if part is None:
            self._closed.append((row, position))
            return
        since = row // ORDINALS
        # Two legs of one event about one grant: what stood between them was never believed.
        if since != position:
            known = _KNOWN(8, since, 8, position, 8, fork(since, position - 1))
            self._over.append(self._packed(row, part) + known)

    def drain(self, *, settled: bool) -> tuple[Changes, Changes]:
        """Hand over what was collected; settled are rows that ended, and the oldest open ones.

        With the rows come the accounts that they are the first here to name.
        """
        if not settled:
            written, self._open = self._open, {}
        elif len(self._open) > KEPT:
            written = {row: self._open.pop(row) for row in list(self._open)[: KEPT // 2]}
        else:
            written = {}
        for row, part in written.items():
            grant, draw = part
            if draw is None:
                place = fork_of_hours(grant.start, grant.until)
            else:
                place = fork_of_hours(draw.start, draw.until)
            known = _KNOWN(8, row // ORDINALS, 8, OPEN, 8, place)
            self._over.append(self._packed(row, part) + known)
        changes = Changes("holdings", packed=self._over, closed=self._closed)
        accounts = Changes("accounts", grown=self._accounts)
        self._over, self._closed, self._accounts = [], [], []
        return accounts, changes

    def _packed(self, row: int, part: Part) -> bytes:
        return _packed(row, part, self._account(part[0]))

    def _account(self, grant: Standing) -> bytes:
        """Pool, unit and class of a grant, and the numbers of its account and unit."""
        level, its_class = grant.level, grant.grant_class
        packed = level.accounts.get(its_class)
        if packed is None:
            number = account_of(grant)
            self._accounts.append((number, level.pool, level.unit, its_class, level.number))
            packed = level.packed + packed_text(its_class)
            packed += _NUMBERS(8, number, 8, level.number)
            level.accounts[its_class] = packed
        return packed


def account_of(grant: Standing) -> int:
    """The number of the account that a grant is part of."""
    level, its_class = grant.level, grant.grant_class
    number = level.numbers.get(its_class)
    if number is None:
        number = level.numbers[its_class] = account(level.pool, level.unit, its_class)
    return number


def _packed(row: int, part: Part, whose: bytes) -> bytes:
    grant, draw = part
    key = bytes.fromhex(grant.name.replace("-", ""))
    if draw is None:
        return (
            _ROW(
                19, 8, row, 8, grant.first, 8, grant.start, 8, grant.until, 8, grant.end,
                8, grant.made, 16, key, 2, grant.kind, 1, grant.ended,
            )
            + whose + NULL
            + (NULL if grant.lender is None else packed_uuid(grant.lender))
        )  # fmt: skip
    return (
        _ROW(
            19, 8, row, 8, draw.quantity, 8, draw.start, 8, draw.until, 8, grant.end,
            8, draw.made, 16, key, 2, draw.kind, 1, grant.ended,
        )
        + whose
        + (NULL if draw.to_unit is None else packed_text(draw.to_unit))
        + (NULL if draw.other is None else packed_uuid(draw.other))
    )  # fmt: skip
