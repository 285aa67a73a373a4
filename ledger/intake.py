"""Asks that wait for the committer, in the order in which they were handed in."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import structlog
from msgspec import Struct

from ledger.asks import Answer, Put

Done = Callable[[Sequence[Answer]], None]
_log = structlog.get_logger()


class Waiting(Struct, frozen=True, gc=False):
    """One ask, and who takes its answer."""

    ask: Put
    take: Callable[[Answer], None]

    def tell(self, given: Answer) -> None:
        """Hand an answer over. Who cannot take it harms nobody else: that is said and left."""
        try:
            self.take(given)
        except Exception:  # noqa: BLE001 - said; the others still have to hear theirs
            _log.exception("an answer could not be handed over")


class _Group:
    """The answers to asks that were handed in together, and are answered together."""

    __slots__ = ("_answers", "_done", "_missing")

    def __init__(self, size: int, done: Done) -> None:
        self._answers: list[Answer | None] = [None] * size
        self._done: Final = done
        self._missing = size

    def answered(self, place: int, given: Answer) -> None:
        """Keep an answer; with the last of them tell all."""
        self._answers[place] = given
        self._missing -= 1
        if not self._missing:
            self._done([one for one in self._answers if one is not None])


def together(asks: Sequence[Put], done: Done) -> Sequence[Waiting]:
    """Asks that are answered together: `done` gets all answers, in their order."""
    if len(asks) == 1:
        return (Waiting(asks[0], lambda given: done((given,))),)
    answered = _Group(len(asks), done).answered
    return [Waiting(ask, partial(answered, place)) for place, ask in enumerate(asks)]


class Intake:
    """A queue that any thread may put into, and one takes from."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether nothing will ever come out of it again."""
        self._queue: queue.SimpleQueue[Sequence[Waiting] | None] = queue.SimpleQueue()
        self._ahead: deque[Waiting] = deque()
        self._door = threading.Lock()
        self._is_closed = False
        self._is_last = False

    def put(self, asks: Sequence[Waiting]) -> bool:
        """Queue asks that were handed in together, of which there are some. False once closed."""
        with self._door:
            if not self._is_closed:
                self._queue.put(asks)
            return not self._is_closed

    def close(self) -> None:
        """Take no more; what is queued still comes out."""
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._queue.put(None)

    def give_up(self, instead: Callable[[Put], Answer]) -> int:
        """Take no more, and answer what is queued with something else; how many asks that were."""
        self.close()
        left: list[Waiting] = []
        while (one := self.take(0.0)) is not None:
            left.append(one)
        tell_all(left, [instead(one.ask) for one in left])
        return len(left)

    @property
    def is_amid(self) -> bool:
        """Whether of asks that were handed in together some came out and some did not."""
        return bool(self._ahead)

    def is_asked(self) -> bool:
        """Whether something waits in it, if only word that it is closed."""
        return bool(self._ahead) or not self._queue.empty()

    @property
    def is_done(self) -> bool:
        """Whether it is closed and nothing is left in it: the one who takes is the last to know."""
        if not self._is_closed or self._ahead:
            return False
        return self._is_last or self._queue.qsize() == 1

    def take(self, wait_s: float) -> Waiting | None:
        """The next ask; None when none has come for so many seconds, or ever will."""
        if self._ahead:
            return self._ahead.popleft()
        while not self._is_last:
            try:
                asks = self._queue.get(wait_s > 0, wait_s)
            except queue.Empty:
                return None
            if asks is not None:
                self._ahead.extend(asks[1:])
                return asks[0]
            self._is_last = True
        self.is_over = True
        return None

    def take_some(self, most: int, wait_s: float) -> list[Waiting]:
        """The next few asks; none when none has come for so many seconds."""
        taken: list[Waiting] = []
        while len(taken) < most and (one := self.take(0.0 if taken else wait_s)):
            taken.append(one)
        return taken

    def put_back(self, taken: Sequence[Waiting]) -> None:
        """Queue again, ahead of everything else, what was taken and not answered."""
        self._ahead.extendleft(reversed(taken))
        self.is_over = self.is_over and not taken


def tell_all(waiting: Iterable[Waiting], given: Iterable[Answer]) -> None:
    """Hand over as many answers as there are, each to who waits in its place."""
    for one, answer in zip(waiting, given, strict=False):
        one.tell(answer)
