"""The period of a statement: a month unless told otherwise, and the months before and after it."""

import pytest

from api.problems import Problem
from api.web.statement import period
from ledger.periods import BEGINNING, FOREVER, Instant

AT = Instant("2026-03-15T10:00:00.000000Z")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (("", ""), ("2026-03-01", "2026-04-01")),
        (("2026-01-01", ""), ("2026-01-01", "2026-02-01")),
        (("2025-12-10", ""), ("2025-12-10", "2026-01-01")),
        (("", "2026-03-01"), ("2026-02-01", "2026-03-01")),
        (("2026-01-05 12:30", "2026-01-09"), ("2026-01-05 12:30", "2026-01-09")),
    ],
)
def test_what_is_not_typed_is_the_month(typed: tuple[str, str], shown: tuple[str, str]) -> None:
    found = period(*typed, AT)
    assert (found.start_text, found.end_text) == shown


def test_a_month_leads_to_the_one_before_and_the_one_after() -> None:
    january = period("2026-01-01", "2026-02-01", AT)
    assert january.earlier == {"from": "2025-12-01", "to": "2026-01-01"}
    assert january.later == {"from": "2026-02-01", "to": "2026-03-01"}


def test_a_part_of_a_month_leads_to_whole_ones() -> None:
    week = period("2026-01-05", "2026-01-12", AT)
    assert week.earlier == {"from": "2026-01-01", "to": "2026-02-01"}
    assert week.later == {"from": "2026-01-01", "to": "2026-02-01"}


@pytest.mark.parametrize("at", [BEGINNING, FOREVER])
def test_there_is_a_month_at_both_ends_of_time(at: Instant) -> None:
    found = period("", "", at)
    assert found.start < found.end


@pytest.mark.parametrize(("start", "end"), [("2026-02-01", "2026-01-01"), ("soon", "")])
def test_what_is_no_period_is_refused(start: str, end: str) -> None:
    with pytest.raises(Problem) as refused:
        period(start, end, AT)
    assert refused.value.status == 422


def test_where_much_happens_it_is_the_day_which_leads_to_days() -> None:
    today = period("", "", AT, step="day")
    assert (today.start_text, today.end_text) == ("2026-03-15", "2026-03-16")
    assert today.earlier == {"from": "2026-03-14", "to": "2026-03-15"}
    assert today.later == {"from": "2026-03-16", "to": "2026-03-17"}


def test_a_day_that_is_typed_leads_to_days_and_a_month_to_months() -> None:
    assert period("2026-01-31", "2026-02-01", AT).later == {
        "from": "2026-02-01",
        "to": "2026-02-02",
    }
    assert period("2026-01-01", "", AT, step="day").end_text == "2026-02-01"
    assert period("2026-01-01", "2026-02-01", AT, step="day").step == "month"
