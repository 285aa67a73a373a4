"""A project slips three times: the likely curve has learnt it, the certain curve never lied."""

from tests.support.story import Story

SAID = ((0, 10), (11, 20), (21, 30))
"""On which day it was said, and for which."""
LATE = 16
"""By day 36 the three were 26, 16 and 6 days late: the middle one."""


def test_the_likely_curve_has_learnt_and_the_certain_one_never_lied(story: Story) -> None:
    story.begin("late/h100", "slow", total=64)
    grant = story.grant("slow", 64)["data"]["grant"]

    def foresee(number: float, due: float) -> int:
        story.go_to(number)
        steps = [{"quantity": 64, "expected_at": story.day(due)}]
        return story.tell("forecast", grant=grant, steps=steps, confidence="high")["position"]

    said = [foresee(number, due) for number, due in SAID]
    story.go_to(36)
    last = foresee(36, 50)
    for position, (number, due) in zip(said, SAID, strict=True):
        known = {"known_at": position}
        assert story.curve("certain", number + 1, 99, **known) == [(number + 1, 0)]
        [row] = story.read("/v1/forecasts", pool=story.pool, valid_at=story.day(number + 1),
                           **known)["items"]  # fmt: skip
        assert row["steps"] == [{"quantity": 64, "expected_at": story.day(due)}]
    first = {"known_at": said[0]}
    assert story.curve("likely", 1, 99, **first) == [(1, 0), (10, 64)], "it was believed"

    [row] = story.read("/v1/forecasts", pool=story.pool, valid_at=story.day(36.5))["items"]
    assert (row["slip_days"], row["revised"]) == (LATE, 3)
    assert row["expected"] == [{"quantity": 64, "expected_at": story.day(50 + LATE)}]
    assert story.curve("likely", 36.5, 99)[1:] == [(50 + LATE, 64)]
    assert story.curve("certain", 37, 99) == [(37, 0)]

    story.go_to(60)
    back = story.tell("release", grants=[{"grant": grant, "quantity": 64}])["position"]
    assert story.curve("certain", 61, 99) == story.curve("likely", 61, 99) == [(61, 64)]
    assert story.read("/v1/forecasts", pool=story.pool, valid_at=story.day(61))["items"] == []
    # What was believed on day 37 is what was believed, whatever came of it.
    known = {"known_at": last}
    assert story.curve("likely", 36.5, 99, **known)[1:] == [(50 + LATE, 64)]
    assert story.curve("certain", 37, 99, known_at=back - 1) == [(37, 0)]
