"""How much one person may ask: a burst, then so many a second, and what is owed is waited for."""

from api.allowance import Allowance
from api.problems import Problem


class Clock:
    """Tells the seconds that a test says."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def wait_s(allowance: Allowance, person: str = "ada", count: int = 1) -> int:
    """How long the person is told to wait; 0 when they may."""
    try:
        allowance.take(person, count)
    except Problem as problem:
        told = problem
    else:
        return 0
    assert (told.status, told.code, told.limit) == (429, "TooManyRequests", "reads_of_a_person")
    return int(told.headers["Retry-After"])


def allowance(per_s: float, burst: int) -> tuple[Allowance, Clock]:
    clock = Clock()
    return Allowance(per_s, burst, "reads_of_a_person", clock=clock), clock


def test_a_burst_is_allowed_and_then_so_many_a_second() -> None:
    reads, clock = allowance(2, 5)
    assert [wait_s(reads) for _ in range(7)] == [0, 0, 0, 0, 0, 1, 1]
    clock.now += 1
    assert [wait_s(reads) for _ in range(3)] == [0, 0, 1]
    clock.now += 3600
    assert [wait_s(reads) for _ in range(6)] == [0, 0, 0, 0, 0, 1]


def test_one_person_takes_nothing_from_another() -> None:
    reads, _ = allowance(1, 1)
    assert [wait_s(reads, who) for who in ("ada", "bob", "ada", "bob")] == [0, 0, 1, 1]


def test_a_long_request_is_allowed_and_the_next_one_waits_for_it() -> None:
    reads, clock = allowance(10, 1)
    assert wait_s(reads, count=1000) == 0
    assert wait_s(reads, count=0) == 100
    clock.now += 99
    assert wait_s(reads) == 1
    clock.now += 1
    assert wait_s(reads) == 0


def test_to_look_takes_nothing() -> None:
    reads, _ = allowance(1, 1)
    assert [wait_s(reads, count=0) for _ in range(100)] == [0] * 100
    assert wait_s(reads) == 0


def test_nought_a_second_is_no_limit() -> None:
    reads, _ = allowance(0, 1)
    assert [wait_s(reads) for _ in range(1000)] == [0] * 1000


def test_people_who_ask_no_more_are_forgotten_and_debts_are_not() -> None:
    reads, clock = allowance(1, 5)
    assert wait_s(reads, "debtor", 1_000_000) == 0
    for turn in range(3):
        for number in range(10_000):
            assert wait_s(reads, f"{turn}/{number}") == 0
        clock.now += 10
    assert len(reads._people) <= 20_001
    assert wait_s(reads, "debtor") > 900_000
