"""What a pool has: headroom is not free, and only what is not there makes anybody short."""

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.in_memory import day, lab

FIELDS = ("installed", "lost", "headroom", "allocatable", "held", "free", "overcommitted",
          "shortfall")  # fmt: skip


def test_headroom_is_not_free_and_is_used_before_anybody_is_short(migrated_database: str) -> None:
    ledger = lab("alpha", total=64)
    ledger.tell("change_capacity", pool="h100", kind="headroom", total=16)
    ledger.grant("alpha", 24)
    for at, lost in ((2, 8), (4, 24), (6, 12)):
        ledger.tell("change_capacity", pool="h100", kind="lost", quantity=lost,
                    effective_at=day(at), reason="A rack")  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        for at, told in (
            (1, (64, 0, 16, 48, 24, 24, 0, 0)),
            (3, (64, 8, 16, 40, 24, 16, 0, 0)),
            (5, (64, 32, 16, 16, 24, 0, 8, 0)),
            (7, (64, 44, 16, 4, 24, 0, 20, 4)),
        ):
            (row,) = read(doors, "/v1/capacity", valid_at=day(at))["items"]
            assert tuple(row[name] for name in FIELDS) == told, at
            assert row["held"] + row["free"] == row["allocatable"] + row["overcommitted"]


def test_what_is_held_is_that_of_each_pool_as_it_was_known(migrated_database: str) -> None:
    ledger = lab("alpha", total=64)
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=16)
    before = len(ledger.events)
    ledger.grant("alpha", 24)
    ledger.grant("alpha", 10, "a100")
    with reading(migrated_database, ledger) as doors:
        for known_at, told in (
            (before, [("a100", 0, 16), ("h100", 0, 64)]),
            (before + 1, [("a100", 0, 16), ("h100", 24, 40)]),
            (before + 2, [("a100", 10, 6), ("h100", 24, 40)]),
        ):
            when = {"valid_at": day(1), "known_at": known_at}
            assert rows(doors, "/v1/capacity", "pool", "held", "free", **when) == told
            alone = rows(doors, "/v1/capacity", "pool", "held", "free", pool="h100", **when)
            assert alone == told[1:]
