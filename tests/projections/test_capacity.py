"""What a pool has at any instant, as recorded by any position."""

from ledger.facts import CapacityChange, PoolOpening
from ledger.vocabulary import CapacityKind
from projections.capacity import read
from projections.capacity.model import CAPACITY
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
    log.follow(models=(CAPACITY,))
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
    log.follow(1, restarting=True, models=(CAPACITY,))
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
    log.follow(models=(CAPACITY,))
    told = [read.unshrunk(log.connection, position) for position in range(1, 6)]
    assert told == [set(), {"h100"}, {"h100"}, {"h100"}, set()]
    kinds: tuple[tuple[str, CapacityKind], ...] = (("b200", "lost"), ("a100", "retired"))
    for pool, kind in kinds:
        other = PoolOpening(pool=pool, title=pool, unit_label="gpu", granule=8)
        book.tell(other, on=day(8))
        book.tell(CapacityChange(pool=pool, kind="installed", quantity=8), on=day(8))
        book.tell(CapacityChange(pool=pool, kind=kind, quantity=1), on=day(9))
        log.write(book)
        log.follow(models=(CAPACITY,))
        assert read.unshrunk(log.connection, book.head - 1) == {pool}
        assert read.unshrunk(log.connection, book.head) == set()


def test_a_corrected_count_leaves_a_later_count_alone(log: Log) -> None:
    book = Book()
    book.tell(POOL, on=day(0))
    book.tell(CapacityChange(pool="h100", kind="counted", total=784), on=day(0))
    book.tell(CapacityChange(pool="h100", kind="counted", total=840), on=day(39))
    book.tell(CapacityChange(pool="h100", kind="installed", quantity=64), on=day(90))
    book.correct(2, CapacityChange(pool="h100", kind="counted", total=776))
    log.write(book)
    log.follow(1, restarting=True, models=(CAPACITY,))
    for known_at, first in ((4, 784), (5, 776)):
        told = [levels(log, at, known_at)[0][0] for at in (5, 40, 91)]
        assert told == [first, 840, 904]
    assert read.unshrunk(log.connection, 2) == {"h100"}
    book.correct(3, None)
    log.write(book)
    log.follow(1, restarting=True, models=(CAPACITY,))
    assert read.unshrunk(log.connection, 6) == set(), "what was corrected may have been more"


def test_a_correction_may_move_a_count_behind_a_later_one_and_be_undone(log: Log) -> None:
    book = Book()
    book.tell(POOL, on=day(0))
    book.tell(CapacityChange(pool="h100", kind="counted", total=100), on=day(0))
    book.tell(CapacityChange(pool="h100", kind="lost", quantity=30), on=day(10))
    book.correct(2, CapacityChange(pool="h100", kind="counted", total=200), on=day(20))
    book.correct(3, None)
    book.correct(2, CapacityChange(pool="h100", kind="counted", total=100), on=day(0))
    book.correct(3, CapacityChange(pool="h100", kind="lost", quantity=30))
    log.write(book)
    log.follow(1, restarting=True, models=(CAPACITY,))
    nothing = (None, None, None, None)
    assert [levels(log, at, 4)[0] for at in (0, 10, 20)] == [
        nothing, (0, 30, 0, 0), (200, 30, 0, 170),
    ]  # fmt: skip
    assert [levels(log, at, 5)[0] for at in (0, 10, 20)] == [nothing, nothing, (200, 0, 0, 200)]
    for at in (0, 10, 20):
        assert levels(log, at, 7) == levels(log, at, 3)


def test_a_pool_may_turn_out_to_have_opened_later_or_never(log: Log) -> None:
    book = Book()
    book.tell(POOL, on=day(0))
    book.correct(1, PoolOpening(pool="h100", title="h100", unit_label="node", granule=1), on=day(5))
    book.correct(1, None)
    book.correct(1, POOL, on=day(0))
    log.write(book)
    log.follow(1, restarting=True, models=(CAPACITY,))

    def pools(at: int, known_at: int) -> list[tuple[str, int]]:
        found = read.levels(log.connection, pool=None, valid_at=day(at), known_at=known_at)
        return [(one.unit_label, one.granule) for one in found]

    assert [pools(2, known_at) for known_at in range(1, 5)] == [[("gpu", 8)], [], [], [("gpu", 8)]]
    assert [pools(5, known_at) for known_at in range(2, 4)] == [[("node", 1)], []]
