"""What is appended is sealed, and a seal that contradicts itself is not continued."""

from itertools import pairwise

import msgspec
import pytest

from ledger.log import LogUnavailable, Seal, StoredEvent
from ledger.seal.merkle import EMPTY_ROOT
from ledger.seal.sealing import Sealing, WrongSeal, check_covers, check_history
from tests.support.trees import tree_hash


def event(position: int) -> StoredEvent:
    return StoredEvent(position=position, topic="noted.v1", stored=b"%d" % position)


def events(first: int, last: int) -> list[StoredEvent]:
    return [event(position) for position in range(first, last + 1)]


def sealed(first: int, last: int, sealing: Sealing | None = None) -> Seal:
    seal = (sealing or Sealing()).seal(events(first, last))
    assert seal is not None
    return seal


def test_each_seal_continues_the_one_before() -> None:
    sealing = Sealing()
    assert (sealing.size, sealing.root) == (0, EMPTY_ROOT)
    seals = [sealed(first + 1, last, sealing) for first, last in pairwise([0, 1, 7, 8, 100])]
    assert [seal.previous for seal in seals] == [None, 1, 7, 8]
    assert [seal.size for seal in seals] == [1, 7, 8, 100]
    for seal in seals:
        assert seal.root == tree_hash([one.stored for one in events(1, seal.size)])
    assert (sealing.size, sealing.root) == (100, seals[-1].root)


def test_nothing_appended_is_nothing_to_seal() -> None:
    sealing = Sealing(sealed(1, 5))
    assert sealing.seal([]) is None
    sealing.take_in([])
    assert sealing.size == 5


def test_what_others_appended_is_covered_by_the_next_seal() -> None:
    sealing = Sealing(sealed(1, 5))
    sealing.take_in(events(6, 9))
    seal = sealed(10, 12, sealing)
    assert seal.previous == 9
    assert seal.root == sealed(1, 12).root


@pytest.mark.parametrize("positions", [[2], [7], [5, 6], [6, 8], [7, 6]])
def test_what_does_not_follow_is_not_sealed(positions: list[int]) -> None:
    sealing = Sealing(sealed(1, 5))
    with pytest.raises(ValueError, match="does not follow the seal of 5"):
        sealing.seal([event(position) for position in positions])
    assert sealing.size == 5


@pytest.mark.parametrize(
    "change", [{"size": 4}, {"size": 7}, {"root": bytes(32)}, {"frontier": bytes(64)}]
)
def test_a_seal_that_contradicts_itself_is_not_continued(change: dict[str, int | bytes]) -> None:
    damaged = msgspec.structs.replace(sealed(1, 5), **change)
    with pytest.raises(WrongSeal, match=f"seal of {damaged.size} is damaged"):
        Sealing(damaged)


def test_a_batch_is_covered_by_the_seal_of_its_last_event_and_no_other() -> None:
    seal = sealed(1, 5)
    check_covers(seal, 5)
    check_covers(None, None)
    for wrong, head in ((seal, 4), (seal, None), (None, 5)):
        with pytest.raises(ValueError, match="is not that of a log up to"):
            check_covers(wrong, head)


def test_a_log_is_the_one_that_was_read_when_its_root_is() -> None:
    check_history(5, b"known", b"known")
    check_history(5, None, b"known")
    for sealed_there in (None, b"other"):
        with pytest.raises(LogUnavailable, match="not the log that was read"):
            check_history(5, b"known", sealed_there)
