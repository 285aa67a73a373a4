"""What a pool has at any instant, as recorded by any position."""

from ledger.facts import CapacityChange, PoolOpening
from ledger.vocabulary import CapacityKind
from projections.capacity import read
from tests.projections.conftest import Log
from tests.support.facts import Book, day

POOL = PoolOpening(pool="h100", title="h100", unit_label="gpu", granule=8)


def levels(log: Log, at: int, known_at: int) -> list[tuple[int | None, ...]]:
    """installed, lost, headroom and allocatable of each pool."""
    found = read.levels(log.connection, pool=None, valid_at=day(at), known_at=known_at)
    return [(one.installed, one.lost, one.headroom, one.allocatable) for one in found]


def test_a_pool_is_unknown_before_its_first_fact(log: Log) -> None:
    book = Book()
    book.tell(POOL, on=day(0))
    book.tell(CapacityChange(pool="h100", kind="counted", total=100), on=day(5))
    log.write(book)
    log.follow()
    (before,) = read.levels(log.connection, pool="h100", valid_at=day(4), known_at=2)
    assert before.unknown
    assert levels(log, 5, 2) == [(100, 0, 0, 100)]
    assert levels(log, 5, 1) == [(None, None, None, None)]
    assert levels(log, -1, 2) == []


def test_a_backdated_count_restates_what_followed_it(log: Log) -> None:
    book = Book()
    book.tell(POOL, on=day(0))
    book.tell(CapacityChange(pool="h100", kind="counted", total=100), on=day(0))
    book.tell(CapacityChange(pool="h100", kind="lost", quantity=30), on=day(10))
    book.tell(CapacityChange(pool="h100", kind="headroom", total=80), on=day(20))
    book.tell(CapacityChange(pool="h100", kind="counted", total=200), on=day(5), recorded=day(30))
    log.write(book)
    log.follow(1, restarting=True)
    assert [levels(log, at, 4)[0] for at in (3, 10, 20)] == [
        (100, 0, 0, 100), (100, 30, 0, 70), (100, 30, 80, 0),
    ]  # fmt: skip
    assert [levels(log, at, 5)[0] for at in (3, 5, 10, 20)] == [
        (100, 0, 0, 100), (200, 0, 0, 200), (200, 30, 0, 170), (200, 30, 80, 90),
    ]  # fmt: skip
    steps = read.level_steps(log.connection, pool=None, start=day(4), end=day(15), known_at=5)
    assert [(one.start, one.end, one.allocatable) for one in steps] == [
        (day(4), day(5), 100), (day(5), day(10), 200), (day(10), day(15), 170),
    ]  # fmt: skip


def test_a_pool_may_have_shrunk_once_something_is_lost_retired_or_counted_again(log: Log) -> None:
    book = Book()
    book.tell(POOL, on=day(0))
    book.tell(CapacityChange(pool="h100", kind="counted", total=100), on=day(0))
    book.tell(CapacityChange(pool="h100", kind="installed", quantity=8), on=day(5))
    book.tell(CapacityChange(pool="h100", kind="headroom", total=80), on=day(6))
    book.tell(CapacityChange(pool="h100", kind="counted", total=200), on=day(7))
    log.write(book)
    log.follow()
    told = [read.unshrunk(log.connection, position) for position in range(1, 6)]
    assert told == [set(), {"h100"}, {"h100"}, {"h100"}, set()]
    kinds: tuple[tuple[str, CapacityKind], ...] = (("b200", "lost"), ("a100", "retired"))
    for pool, kind in kinds:
        other = PoolOpening(pool=pool, title=pool, unit_label="gpu", granule=8)
        book.tell(other, on=day(8))
        book.tell(CapacityChange(pool=pool, kind="installed", quantity=8), on=day(8))
        book.tell(CapacityChange(pool=pool, kind=kind, quantity=1), on=day(9))
        log.write(book)
        log.follow()
        assert read.unshrunk(log.connection, book.head - 1) == {pool}
        assert read.unshrunk(log.connection, book.head) == set()
