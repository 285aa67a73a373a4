"""Whether some order of overlapping operations explains their answers, found by search.

Wing and Gong, "Testing and verifying concurrent objects", J. Parallel and Distributed Computing 17
(1993), section 4: an operation may come next when none that is left had returned before it was
invoked; take it if the sequential object answers as it did, else go back. Lowe, "Testing for
linearizability", Concurrency and Computation: Practice and Experience 29 (2017), section 3.2: a set
of operations done that led to a state once without success is not tried again from that state.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

A = TypeVar("A")
R = TypeVar("R")
S = TypeVar("S", bound=Hashable)


class Operation(Struct, Generic[A, R], frozen=True, kw_only=True):
    """What was asked and answered, and between which moments it must have happened."""

    invoked: float
    returned: float
    asked: A
    answered: R


def explanation(
    history: Sequence[Operation[A, R]], begin: S, apply: Callable[[S, A], tuple[S, R]]
) -> list[int] | None:
    """An order, by index, in which the sequential object answers so; None when there is none.

    `apply` is the sequential object: a state and an ask give the next state and the answer. The
    cost grows with the number of operations that overlap: for histories of some tens at most.
    """
    everything = (1 << len(history)) - 1
    hopeless: set[tuple[int, S]] = set()
    order: list[int] = []

    def search(done: int, state: S) -> bool:
        if done == everything:
            return True
        if (done, state) in hopeless:
            return False
        left = [index for index in range(len(history)) if not done >> index & 1]
        until = min(history[index].returned for index in left)
        for index in left:
            one = history[index]
            if one.invoked > until:
                continue
            after, answered = apply(state, one.asked)
            if answered == one.answered:
                order.append(index)
                if search(done | 1 << index, after):
                    return True
                order.pop()
        hopeless.add((done, state))
        return False

    return order if search(0, begin) else None
