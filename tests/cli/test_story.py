"""The invented laboratory: the same seed and day tell the same story, and it stays in bounds."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from api.demo import cast
from api.demo.author import FOUNDED, Spoken
from api.demo.clocks import FINISHING, MEANT, TYPED, WALKER
from api.demo.deciding import BEYOND, FULL, KEEPS, TWO_FROM
from api.demo.plot import DAYS
from api.demo.requesting import (
    AGENTS,
    ASSISTANT,
    CREATIVE,
    EVALUATION,
    FRAUD,
    MULTIMODAL,
    ROBOTICS,
    TRANSLATE,
)
from api.demo.story import begins, story
from ledger.commands import (
    Correct,
    Decision,
    ForecastRelease,
    Grant,
    Lend,
    Reallocate,
    Release,
    starts,
)
from ledger.decide.awards import granted
from ledger.holding import own_at
from ledger.organising import Split
from ledger.periods import from_datetime
from ledger.requesting import DecideRequest, Request
from ledger.requests import status
from tests.support.telling import tell

DAY = date(2026, 11, 25)
END = from_datetime(datetime.combine(DAY, datetime.min.time(), UTC))
ASKED = {
    AGENTS.unit: "fulfilled", ASSISTANT.unit: "awarded", CREATIVE.unit: "deferred",
    EVALUATION.unit: "awarded", FRAUD.unit: "denied", MULTIMODAL.unit: "open",
    ROBOTICS.unit: "appealed", TRANSLATE.unit: "open",
}  # fmt: skip


@pytest.fixture(scope="module")
def told() -> list[Spoken]:
    """The story as it is told on the day."""
    return list(story(1, DAY))


def test_the_same_seed_and_day_tell_the_same_story(told: list[Spoken]) -> None:
    assert list(islice(story(1, DAY), 300)) == told[:300]


def test_another_seed_or_day_tells_another(told: list[Spoken]) -> None:
    others = (story(2, DAY), story(1, DAY + timedelta(days=1)))
    assert all(list(islice(other, 100)) != told[:100] for other in others)


def test_it_is_told_in_order_over_two_years_and_before_the_day_begins(told: list[Spoken]) -> None:
    instants = [spoken.at for spoken in told]
    assert instants == sorted(set(instants))
    assert instants[0] > begins(DAY)
    assert instants[-1] < END
    assert DAYS == 730


def test_every_key_is_used_once(told: list[Spoken]) -> None:
    assert len({spoken.key for spoken in told}) == len(told)


def test_one_decision_moves_something_from_about_fifteen_teams(told: list[Spoken]) -> None:
    moves = [
        sum(isinstance(leg, Reallocate) for leg in spoken.command.legs)
        for spoken in told
        if isinstance(spoken.command, Decision)
    ]
    assert 10 <= max(moves) <= 15


def test_things_start_and_end_around_the_day(told: list[Spoken]) -> None:
    dated = [spoken.command for spoken in told if (starts(spoken.command) or "") > END]
    assert {Grant, Release, Reallocate} <= {type(command) for command in dated}
    ends = [s.command.ends_at for s in told if isinstance(s.command, Grant) and s.command.ends_at]
    near = [end for end in ends if abs(datetime.fromisoformat(end).date() - DAY).days <= 14]
    assert len(near) >= 4


def test_nobody_in_it_is_real_and_everybody_gives_a_reason(told: list[Spoken]) -> None:
    assert all(spoken.by.endswith("@demo") for spoken in told)
    losing = [s.command for s in told if isinstance(s.command, Release | Reallocate)]
    assert all(command.reason for command in losing)


def test_there_are_some_twenty_five_teams_in_two_divisions() -> None:
    assert len(cast.TEAMS) == 25
    divisions = Counter(team.unit.split("/")[0] for team in cast.TEAMS)
    assert set(divisions) == set(cast.DIVISIONS)


def test_a_few_asks_are_meant_to_be_refused(told: list[Spoken]) -> None:
    assert 2 <= sum(spoken.is_refused for spoken in told) <= 5


def test_five_projects_give_all_back_on_one_day(told: list[Spoken]) -> None:
    wound_down = [
        spoken.command
        for spoken in told
        if isinstance(spoken.command, Decision)
        and all(isinstance(leg, Release) and leg.effective_at for leg in spoken.command.legs)
    ]
    (decision,) = wound_down
    assert len(decision.legs) == len(FINISHING)
    (day,) = {starts(leg) for leg in decision.legs}
    assert day is not None
    assert day > END


def test_a_project_lends_and_borrows(told: list[Spoken]) -> None:
    loans = [spoken.command for spoken in told if isinstance(spoken.command, Lend)]
    assert [loan.to for loan in loans] == [WALKER.unit, "products/search"]
    assert all(loan.returns_at > END for loan in loans)


def test_a_forecast_slips_three_times(told: list[Spoken]) -> None:
    said = [spoken for spoken in told if isinstance(spoken.command, ForecastRelease)]
    dates = [
        spoken.command.steps[0].expected_at
        for spoken in said
        if isinstance(spoken.command, ForecastRelease)
    ]
    assert dates == sorted(set(dates))
    assert len(dates) == 4
    assert all(was < again.at for was, again in zip(dates, said[1:], strict=False))
    assert dates[-1] > END


def test_the_typing_error_is_corrected_by_its_position(told: list[Spoken]) -> None:
    """The story knows its positions: one an event, a decision as many as it has legs."""
    (correct,) = [spoken.command for spoken in told if isinstance(spoken.command, Correct)]
    position, mistyped = FOUNDED, None
    for spoken in told:
        if position < correct.corrects:
            mistyped = spoken.command
        if not spoken.is_refused:
            position += len(spoken.command.legs) if isinstance(spoken.command, Decision) else 1
    assert isinstance(mistyped, Grant)
    assert (mistyped.unit, mistyped.quantity) == (WALKER.unit, TYPED)
    assert correct.replacement is not None
    assert correct.replacement.data["quantity"] == MEANT
    assert correct.replacement.data["grant"] == mistyped.grant


def test_the_ledger_answers_as_the_story_expects(told: list[Spoken]) -> None:
    state, events = tell(told, begins(DAY))
    assert state.position == len(events) > 850
    statuses = {
        state.requests[request].unit: status(
            state.requests[request], granted(state, state.requests[request]), END
        )
        for request in state.requests
    }
    assert statuses == ASKED
    [rule, waiting] = state.proposals.values()
    assert rule.ended
    assert (waiting.ended, waiting.by) == (None, cast.OPERATOR)
    assert state.setting("second_person_from", cast.H100, END) == TWO_FROM
    divisions = {unit for pool, unit in state.budgets if pool == cast.H100}
    assert divisions > {*cast.DIVISIONS, FULL, KEEPS}
    *_, lent, kept = sorted(
        (grant for grant in state.grants.values() if (grant.unit, grant.first) == (FULL, BEYOND)),
        key=lambda grant: grant.made,
    )
    assert (lent.grant_class, kept.grant_class) == ("borrowed", "guaranteed")
    assert own_at(lent, END) == 0
    assert own_at(kept, END) == BEYOND


@pytest.mark.slow
@pytest.mark.parametrize("weekday", range(7))
def test_it_holds_on_every_day_of_the_week(weekday: int) -> None:
    """A story differs from that of the week before by its dates alone."""
    day = DAY + timedelta(days=weekday)
    state, _ = tell(story(1, day), begins(day))
    assert len(state.requests) == len(ASKED)


def test_nobody_has_more_guaranteed_than_their_part(told: list[Spoken]) -> None:
    beyond = [spoken for spoken in told if spoken.is_refused and spoken.command.reason]
    assert any(
        isinstance(spoken.command, Grant) and spoken.command.unit == FULL for spoken in beyond
    )
    splits = [spoken for spoken in told if isinstance(spoken.command, Split)]
    assert {spoken.by for spoken in splits} == {cast.HEAD, cast.DECIDERS["research"]}


def test_every_no_has_its_words_and_one_appeal_is_answered_by_another(told: list[Spoken]) -> None:
    answers = [spoken for spoken in told if isinstance(spoken.command, DecideRequest)]
    assert all(spoken.command.reason for spoken in answers)
    heard = [spoken.by for spoken in answers if _request(spoken) == _asked(told, EVALUATION.unit)]
    assert heard == [cast.DECIDERS["research"], cast.HEAD]


def _asked(told: list[Spoken], unit: str) -> str | None:
    [asked] = [
        spoken.command.request
        for spoken in told
        if isinstance(spoken.command, Request) and spoken.command.unit == unit
    ]
    return asked


def _request(spoken: Spoken) -> str | None:
    return spoken.command.request
