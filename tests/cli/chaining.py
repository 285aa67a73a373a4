"""Statements of all units, month by month: each adds up, and begins as the one before it ended."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from msgspec import Struct

from api.client import Client
from tests.cli.running import FOUNDER, Ledger


class _Entry(Struct, frozen=True):
    quantity: int
    balance: int


class _Statement(Struct, frozen=True):
    opening: int
    entries: list[_Entry]
    closing: int
    next: str | None


def statements_chain(ledger: Ledger, every: int) -> int:
    """Ask for the statements of all who ever held anything, and of all who have others below.

    Each is over so many months. Returns how many there were.
    """
    head = ledger.head()
    granted = ledger.items("/v1/history", topic="granted.v1")
    dates = sorted(str(one["effective_at"])[:7] for one in granted)
    months = list(_months(dates[0], dates[-1]))
    months = [*months[:-1:every], months[-1]]
    pools = [str(one["pool"]) for one in ledger.items("/v1/pools")]
    units = ledger.items("/v1/units")
    parents = {one["parent"] for one in units}
    period = {"from": months[0], "to": months[-1]}
    held = {(one["pool"], one["unit"]) for one in ledger.items("/v1/series", **period)}
    count = 0
    with Client(ledger.url, actor=FOUNDER) as client:
        for about, pool, unit in (
            *(("unit", pool, unit) for pool, unit in sorted(held)),
            *(
                ("under", pool, one["unit"])
                for pool in pools
                for one in units
                if one["unit"] in parents
            ),
        ):
            asked = {about: str(unit), "pool": str(pool)}
            now = ledger.items("/v1/holdings", valid_at=months[-1], **asked)
            in_hand = sum(int(str(one["quantity"])) for one in now)
            count += _chain(client, {**asked, "known_at": head}, months, in_hand)
    return count


def _chain(client: Client, asked: dict[str, str | int], months: list[str], now: int) -> int:
    """Follow the statements of one unit and pool through all months."""
    balance = 0
    for start, end in pairwise(months):
        given = {**asked, "from": start, "to": end, "limit": 1000}
        said = client.get("/v1/statement", given).read(_Statement)
        assert said.next is None
        assert said.opening == balance, (asked, start)
        for entry in said.entries:
            balance += entry.quantity
            assert entry.balance == balance, (asked, start)
        assert said.closing == balance, (asked, end)
    assert balance == now, asked
    return len(months) - 1


def _months(first: str, last: str) -> Iterator[str]:
    """The beginnings of all months from that of the first fact to the one behind the last."""
    at = date.fromisoformat(f"{first}-01")
    end = date.fromisoformat(f"{last}-01")
    while at <= end:
        yield f"{at}T00:00:00Z"
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    yield f"{at}T00:00:00Z"
