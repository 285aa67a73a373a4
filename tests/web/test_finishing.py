"""Who is about to finish, as pages say it: overdue is what was to be back and is not."""

import pytest

from tests.api.told import reading
from tests.support.in_memory import day, lab


@pytest.mark.parametrize(("back", "since"), [(0, 3), (8, 3), (16, 9), (20, 9)])
def test_a_forecast_is_overdue_from_the_first_date_on_of_what_is_not_back(
    migrated_database: str, back: int, since: int
) -> None:
    ledger = lab("alpha", total=128)
    grant = ledger.grant("alpha", 64)
    steps = [{"quantity": 16, "expected_at": day(3)}, {"quantity": 16, "expected_at": day(9)}]
    ledger.tell("forecast", grant=grant, steps=steps, confidence="high")
    ledger.go_to(day(2))
    if back:
        ledger.tell("release", grants=[{"grant": grant, "quantity": back}])
    with reading(migrated_database, ledger) as doors:
        for at in (2, 3, 3.5, 5, 9, 9.5):
            page = doors.get("/calendar", params={"valid_at": day(at)})
            assert page.status_code == 200, page.text
            assert ('class="flag">overdue<' in page.text) == (at > since), at
