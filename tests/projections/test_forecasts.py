"""What is expected back, and how well that was foreseen before, as recorded by any position."""

from ledger.facts import Advance, Extension, Leg
from ledger.periods import FOREVER, Instant
from projections.forecasts import read
from projections.forecasts.model import FORECASTS
from projections.forecasts.read import Step, likely_at, slip
from tests.projections.conftest import Log
from tests.support.facts import Book, day, forecast, granted, leg, lent, moved, named, released


def follow(log: Log, book: Book) -> None:
    """Let the forecasts follow a book, one event at a time, with a restart after each."""
    log.write(book)
    log.follow(1, restarting=True, models=(FORECASTS,))


def live(log: Log, known_at: int, at: Instant | None = None) -> list[read.Forecast]:
    """The live forecasts of all."""
    return read.standing(
        log.connection, pool=None, units=None, valid_at=at or day(0), known_at=known_at
    )


def outstanding(log: Log, at: int, known_at: int) -> list[tuple[int, Instant]]:
    """What is not back yet of the one live forecast."""
    (one,) = live(log, known_at)
    return [(step.quantity, step.expected_at) for step in one.outstanding(day(at))]


def foreseen(log: Log, by: int, known_at: int, *units: str) -> list[read.Prediction]:
    """The last predictions that fell due by a day."""
    asked = units or ("vision",)
    return read.predictions(log.connection, units=asked, due_by=day(by), known_at=known_at)


def fulfilled(log: Log, by: int, known_at: int) -> list[Instant | None]:
    """When each prediction came true, the oldest first."""
    return [one.fulfilled_at for one in reversed(foreseen(log, by, known_at))]


def test_a_newer_forecast_takes_the_place_of_the_one_before_and_nothing_withdraws_it(
    log: Log,
) -> None:
    book = Book()
    book.tell(granted("g", "vision", 128), recorded=day(1))
    book.tell(forecast("g", (64, day(30)), confidence="low"), recorded=day(2))
    book.tell(forecast("g", (32, day(40)), (32, day(50))), recorded=day(3))
    book.tell(forecast("g", (0, day(40))), recorded=day(4))
    book.tell(forecast("g", (8, day(60))), recorded=day(5))
    follow(log, book)
    (first,) = live(log, 2)
    assert (first.pool, first.unit, first.grant) == ("h100", "vision", named("g"))
    assert (first.position, first.recorded_at, first.ends_at) == (2, day(2), FOREVER)
    assert (first.confidence, first.steps) == ("low", (Step(64, day(30)),))
    (second,) = live(log, 3)
    assert second.steps == (Step(32, day(40)), Step(32, day(50)))
    assert (first.revised, second.revised) == (0, 1)
    assert live(log, 1) == live(log, 4) == []
    assert [(one.position, one.revised) for one in live(log, 5)] == [(5, 0)]


def test_forecasts_are_found_by_pool_and_unit_until_their_grant_ends(log: Log) -> None:
    book = Book()
    book.tell(granted("a", "vision", 8, ends=day(50)), granted("b", "speech", 8, pool="a100"))
    book.tell(forecast("a", (8, day(30))), forecast("b", (8, day(30))))
    book.tell(Extension(grant=named("a"), ends_at=day(40), was_ends_at=day(50)))
    follow(log, book)

    def found(at: int, known_at: int, pool: str | None, units: list[str] | None) -> list[str]:
        standing = read.standing(
            log.connection, pool=pool, units=units, valid_at=day(at), known_at=known_at
        )
        return [one.unit for one in standing]

    assert found(0, 4, None, None) == ["speech", "vision"]
    assert found(0, 4, "h100", None) == found(0, 4, None, ["vision", "atlas"]) == ["vision"]
    assert found(0, 4, "h100", ["speech"]) == []
    assert found(45, 4, "h100", None) == found(49, 4, "h100", None) == ["vision"]
    assert found(50, 4, "h100", None) == []
    assert found(45, 5, "h100", None) == [], "it ends on day 40 now"


def test_what_left_the_grant_since_is_back_and_counts_for_the_first_steps(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 128), recorded=day(1))
    book.tell(released(leg("g", "vision", 16)), recorded=day(2))
    book.tell(released(leg("g", "vision", 16)), on=day(5), recorded=day(3))
    book.tell(forecast("g", (32, day(30)), (32, day(40))), recorded=day(10))
    book.tell(released(leg("g", "vision", 40)), recorded=day(20))
    book.tell(moved(leg("g", "vision", 8), to="speech", into="h"), on=day(25), recorded=day(21))
    book.tell(lent("l", "g", "vision", 4, to="speech", back=day(60)), recorded=day(22))
    follow(log, book)
    assert outstanding(log, 30, 4) == [(32, day(30)), (32, day(40))], "all that was before"
    assert outstanding(log, 19, 5) == [(32, day(30)), (32, day(40))]
    assert outstanding(log, 20, 5) == [(24, day(40))]
    assert outstanding(log, 25, 6) == [(16, day(40))]
    assert outstanding(log, 60, 7) == [(16, day(40))], "what is lent has not gone back"
    assert fulfilled(log, 90, 7) == [day(20), None]


def test_what_left_earlier_than_scheduled_counts_once(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 128), recorded=day(1))
    book.tell(forecast("g", (64, day(30)), (32, day(40))), recorded=day(2))
    book.tell(released(leg("g", "vision", 64)), on=day(45), recorded=day(3))
    early = Leg(
        grant=named("g"),
        unit="vision",
        quantity=40,
        advances=(Advance(position=3, quantity=40),),
    )
    book.tell(moved(early, to="speech", into="h"), on=day(31), recorded=day(4))
    follow(log, book)
    assert fulfilled(log, 90, 3) == [day(45), None]
    assert fulfilled(log, 90, 4) == [day(45), None], "40 on day 31 and the other 24 on day 45"
    assert outstanding(log, 31, 4) == [(24, day(30)), (32, day(40))]
    assert outstanding(log, 45, 4) == [(32, day(40))]


def test_a_grant_that_has_ended_has_given_everything_back(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64, ends=day(50)), recorded=day(1))
    book.tell(forecast("g", (32, day(30))), recorded=day(2))
    book.tell(Extension(grant=named("g"), ends_at=None, was_ends_at=day(50)), recorded=day(3))
    book.tell(released(leg("g", "vision", 64, ends=True)), on=day(33), recorded=day(4))
    book.correct(4, None, recorded=day(5))
    follow(log, book)
    ends = [fulfilled(log, 90, known_at)[0] for known_at in range(2, 6)]
    assert ends == [day(50), None, day(33), None]
    (prediction,) = foreseen(log, 90, 2)
    assert [prediction.lateness(day(at)) for at in (29, 30, 31, 50, 60)] == [0, 0, 1, 20, 20]


def test_three_forecasts_that_slipped_tell_when_the_next_is_likely(log: Log) -> None:
    november = 304
    book = Book()
    book.tell(granted("g", "vision", 64), recorded=day(200))
    for recorded, on in ((290, november), (november, november + 14), (november + 14, 334)):
        book.tell(forecast("g", (64, day(on))), recorded=day(recorded))
    follow(log, book)
    today = day(november + 23)
    due = read.predictions(log.connection, units=("vision",), due_by=today, known_at=4)
    assert [one.lateness(today) for one in due] == [9, 23]
    assert slip(due, today) == 9
    (now,) = live(log, 4, today)
    assert now.revised == 2
    (step,) = now.outstanding(today)
    assert likely_at(step.expected_at, today, 9) == "2026-12-10T00:00:00.000000Z"
    assert slip(foreseen(log, november, 3), day(november)) is None, "one tells nothing"


def test_what_should_have_been_back_by_now_is_likely_to_take_as_long_again() -> None:
    now = day(20)
    assert likely_at(day(10), now, 3) == likely_at(day(20), now, 3) == day(23)
    assert likely_at(day(21), now, 3) == day(24)
    assert likely_at(day(10), now, 0) == now


def test_the_last_ten_predictions_of_a_unit_count_and_those_of_a_subtree_together(
    log: Log,
) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64), granted("h", "speech", 64), recorded=day(1))
    for number in range(15):
        grant = "g" if number % 5 else "h"
        book.tell(forecast(grant, (1, day(100 + number))), recorded=day(2 + number))
    follow(log, book)
    found = foreseen(log, 112, book.head, "speech", "vision", "nobody")
    of: dict[str, list[Instant]] = {"speech": [], "vision": []}
    for one in found:
        of[one.unit].append(one.expected_at)
    assert of["speech"] == [day(110), day(105), day(100)]
    assert of["vision"] == [day(100 + n) for n in (12, 11, 9, 8, 7, 6, 4, 3, 2, 1)]
    now = day(112)
    assert slip(found, now) == 4, "the ten before day 113 are 0 to 9 days late"
    assert slip([one for one in found if one.unit == "speech"], now) == 7


def test_a_correction_of_the_grant_moves_its_forecasts_to_whom_it_was_given(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64), recorded=day(1))
    book.tell(forecast("g", (8, day(30))), recorded=day(2))
    book.tell(forecast("g", (8, day(40))), recorded=day(3))
    book.correct(1, granted("g", "speech", 64, ends=day(35)))
    book.correct(1, None)
    book.correct(1, granted("g", "vision", 64))
    follow(log, book)
    assert [[one.unit for one in live(log, known_at)] for known_at in range(3, 7)] == [
        ["vision"], ["speech"], [], ["vision"],
    ]  # fmt: skip
    of = {
        unit: [len(foreseen(log, 90, known_at, unit)) for known_at in range(2, 7)]
        for unit in ("vision", "speech")
    }
    assert of == {"vision": [1, 2, 0, 0, 2], "speech": [0, 0, 2, 0, 0]}
    assert [one.fulfilled_at for one in foreseen(log, 90, 4, "speech")] == [day(35), day(35)]
    assert fulfilled(log, 90, 6) == [None, None]


def test_a_corrected_release_fulfils_what_it_says_now(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64), granted("h", "vision", 64), recorded=day(1))
    book.tell(forecast("g", (32, day(30))), recorded=day(2))
    book.tell(forecast("h", (32, day(31))), recorded=day(2))
    book.tell(released(leg("g", "vision", 32)), on=day(33), recorded=day(3))
    book.correct(5, released(leg("g", "vision", 16)))
    book.correct(5, released(leg("h", "vision", 32)), on=day(36))
    book.correct(5, None)
    follow(log, book)
    assert [fulfilled(log, 90, known_at) for known_at in range(5, 9)] == [
        [day(33), None], [None, None], [None, day(36)], [None, None],
    ]  # fmt: skip


def test_what_leaves_before_the_grant_begins_leaves_at_its_start(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64), on=day(50), recorded=day(1))
    book.tell(forecast("g", (32, day(45))), recorded=day(2))
    book.tell(released(leg("g", "vision", 32)), recorded=day(3))
    follow(log, book)
    assert fulfilled(log, 90, 4 - 1) == [day(50)]


def test_what_was_back_before_a_forecast_was_recorded_does_not_fulfil_it(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 128), recorded=day(1))
    book.tell(released(leg("g", "vision", 8)), on=day(35), recorded=day(2))
    book.tell(forecast("g", (16, day(30))), recorded=day(3))
    book.tell(released(leg("g", "vision", 16)), on=day(33), recorded=day(4))
    book.tell(forecast("g", (16, day(31))), recorded=day(5))
    book.correct(2, released(leg("g", "vision", 64)), recorded=day(6))
    follow(log, book)
    for known_at in (5, 6):
        assert fulfilled(log, 90, known_at) == [day(33), None]
        assert outstanding(log, 40, known_at) == [(16, day(31))]
