"""A pool that was counted very often: a fact about it renews the rows from then on alone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.capacity import Change
from ledger.periods import BEGINNING
from ledger.vocabulary import CapacityKind
from projections.capacity.project import CapacityFold, Level, runs
from projections.sheets import Sheet
from tests.support.in_memory import day

OFTEN = 50
KINDS = st.sampled_from(("counted", "headroom", "installed", "lost"))
ASKED = st.lists(
    st.tuples(st.integers(0, 6), KINDS, st.integers(0, 3), st.integers(0, 9)), max_size=14
)


@given(asked=ASKED)
def test_the_rows_are_those_of_all_that_was_said(
    asked: Sequence[tuple[int, CapacityKind, int, int]],
) -> None:
    fold = CapacityFold(is_empty=True)
    said: list[Change] = []
    for position, (at, kind, amount, other) in enumerate(asked, 1):
        now = Change(day(at), position, kind, amount)
        was = said.pop(other) if other < len(said) else None
        if was is None or amount:
            said.append(now)
        fold._change(position, "h100", was, now if now in said else None)
        told = [level for _, level in fold._rows["h100"]]
        assert told == runs("h100", fold._books["h100"], BEGINNING)
        ids = [row for row, _ in fold._rows["h100"]]
        assert len(set(ids)) == len(ids)


def test_what_was_counted_before_is_not_stated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stated: list[int] = []
    restate = Sheet.restate

    def restating(
        sheet: Sheet, standing: Sequence[tuple[int, Level]], wanted: Sequence[Level], position: int
    ) -> list[tuple[int, Level]]:
        stated.append(len(wanted))
        return restate(sheet, standing, wanted, position)

    monkeypatch.setattr(Sheet, "restate", restating)
    fold = CapacityFold(is_empty=True)
    for one in range(OFTEN):
        fold._change(one + 1, "h100", None, Change(day(one), one + 1, "counted", one % 7))
    assert len(fold._rows["h100"]) == OFTEN
    assert max(stated) <= 3
