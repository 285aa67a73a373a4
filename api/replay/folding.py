"""The log folded by the core's own folds, in bounded memory: what is over is packed away."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import msgspec

from api.replay.stretches import Broken, Stretch
from ledger.folding import REST_EVERY
from ledger.gathering import Gathering
from ledger.gists import gist

_SHAPE: Final = (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError)


class Fold(Protocol):
    """Something that takes in a log; `state` is what it has come to."""

    state: Gathering

    def take_in(self, stored: Sequence[bytes]) -> None:
        """Take in stored events that follow. Raises Broken."""
        ...


class AsRecorded:
    """The state of a log as the service has it, corrections included."""

    def __init__(self, name: str) -> None:
        self.state = Gathering()
        self._name = name

    def take_in(self, stored: Sequence[bytes]) -> None:
        """Take in stored events that follow. Raises Broken."""
        with followed(self.state, self._name):
            self.state.take_in(gist(one) for one in stored)


def fold(stretches: Iterable[Stretch], folds: Sequence[Fold], at: Callable[[int], None]) -> None:
    """Take in the stretches, by each of the folds; `at` hears how much is done. Raises Broken."""
    taken = 0
    for stretch in stretches:
        for one in folds:
            one.take_in(stretch.stored)
        taken += len(stretch.stored)
        if taken >= REST_EVERY:
            taken = 0
            for one in folds:
                one.state.let_rest()
        at(stretch.done)


@contextmanager
def followed(state: Gathering, name: str) -> Generator[None]:
    """What cannot be followed is Broken, with the position it stands after."""
    try:
        yield
    except _SHAPE as wrong:
        raise Broken(f"{name}, after position {state.position}: no event: {wrong}") from wrong
    except (LookupError, ValueError, TypeError) as wrong:
        raise Broken(
            f"{name}: what stands after position {state.position} does not follow from it: {wrong}"
        ) from wrong
