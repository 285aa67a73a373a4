"""Who waits for the read models: one look for all, and nobody is left behind."""

import asyncio
import threading

import pytest

from api.problems import Problem
from api.reads.waiting import Waiting
from tests.support.looping import to_the_end


class Models:
    """Read models that come one position further at each look."""

    def __init__(self) -> None:
        self.position = 0
        self.looks = 0

    def reflected(self) -> int:
        self.looks += 1
        self.position += 1
        return self.position


def test_all_who_wait_share_each_look() -> None:
    models = Models()
    waiting = Waiting(models.reflected)

    async def wait_together() -> None:
        await asyncio.gather(*(waiting.until(5, 30) for _ in range(100)))

    to_the_end(wait_together())
    assert models.looks == 5


def test_who_comes_when_another_has_given_up_is_answered() -> None:
    models = Models()
    waiting = Waiting(models.reflected)

    async def one_after_the_other() -> None:
        with pytest.raises(Problem) as late:
            await waiting.until(10**9, 0, seen=41)
        assert (late.value.status, late.value.headers["Retry-After"]) == (503, "1")
        assert "reflect position 41," in late.value.detail
        await waiting.until(2, 30)

    to_the_end(one_after_the_other())


def test_when_the_process_stops_all_who_wait_are_told_at_once_and_so_is_who_comes_later() -> None:
    is_over = threading.Event()

    def stuck() -> int:
        is_over.wait(60)
        return 9

    waiting = Waiting(stuck)

    async def stop_while_two_wait() -> None:
        both = asyncio.gather(waiting.until(7, 60), waiting.until(8, 60), return_exceptions=True)
        await asyncio.sleep(0)
        waiting.close()
        told = await both
        with pytest.raises(Problem) as later:
            await waiting.until(7, 60)
        for one in (*told, later.value):
            assert isinstance(one, Problem)
            assert (one.status, one.code) == (503, "NotReflectedYet")
            assert one.headers["Retry-After"] == "1"
            assert one.detail.startswith("The service stops")
        await waiting.until(7, 60, seen=7)
        assert not is_over.is_set()
        is_over.set()

    to_the_end(stop_while_two_wait())


def test_a_look_that_fails_fails_all_who_wait_and_the_next_look_anew() -> None:
    looks = 0

    def failing() -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise ConnectionError("away")
        return 7

    waiting = Waiting(failing)

    async def fail_and_ask_again() -> None:
        both = await asyncio.gather(
            waiting.until(7, 30), waiting.until(7, 30), return_exceptions=True
        )
        assert [type(one) for one in both] == [ConnectionError, ConnectionError]
        await waiting.until(7, 30)

    to_the_end(fail_and_ask_again())
    assert looks == 2
