"""A team moves to another division in mid-quarter: both reports close, by then's tree and now's."""

from typing import Any

from tests.support.story import Story

MOVED, GREW, END = 45, 60, 90
Entry = tuple[int, str, int]


def report(story: Story, division: str, org: str) -> tuple[int, list[Entry], int]:
    """A division's quarter: opening, what changed and when, closing."""
    asked: dict[str, Any] = {"from": story.day(0), "to": story.day(END)}
    found = story.read(
        "/v1/statement", pool=story.pool, under=division, org=org, **asked
    )  # fmt: skip
    entries = [(story.number(one["at"]), one["kind"], one["quantity"]) for one in found["entries"]]
    assert found["opening"] + sum(quantity for _, _, quantity in entries) == found["closing"]
    return found["opening"], sorted(entries), found["closing"]


def held_under(story: Story, division: str, number: float, org: str) -> int:
    return sum(story.held(number, under=division, org=org).values())


def told(story: Story) -> None:
    """Proteins hold 96, and 16 more after they have moved from biology to chemistry."""
    story.begin("moving/h100", "biology", "chemistry", total=256)
    for team, division in (("cells", "biology"), ("proteins", "biology"), ("dyes", "chemistry")):
        story.tell("create_unit", unit=team, parent=division)
    for team, quantity in (("cells", 64), ("proteins", 96), ("dyes", 32)):
        story.grant(team, quantity)
    story.go_to(MOVED)
    story.tell("move_unit", unit="proteins", parent="chemistry", reason="It works with the dyes")
    story.go_to(GREW)
    story.grant("proteins", 16)
    story.go_to(END + 1)


def test_both_divisions_close_to_capacity_by_the_tree_of_each_day_and_by_that_of_today(
    story: Story,
) -> None:
    told(story)
    capacity = story.capacity(END)
    assert (capacity["allocatable"], capacity["held"], capacity["free"]) == (256, 208, 48)

    then = {division: report(story, division, "then") for division in ("biology", "chemistry")}
    assert then == {
        "biology": (0, [(0, "starts", 64), (0, "starts", 96), (MOVED, "left", -96)], 64),
        "chemistry": (
            0,
            [(0, "starts", 32), (MOVED, "joined", 96), (GREW, "starts", 16)],
            144,
        ),
    }
    now = {division: report(story, division, "now") for division in ("biology", "chemistry")}
    assert now == {
        "biology": (0, [(0, "starts", 64)], 64),
        "chemistry": (
            0,
            [(0, "starts", 32), (0, "starts", 96), (GREW, "starts", 16)],
            144,
        ),
    }
    for reports in (then, now):
        closings = sum(closing for _, _, closing in reports.values())
        assert closings + capacity["free"] == capacity["allocatable"]

    before, after = MOVED - 1, MOVED + 1
    assert [held_under(story, "biology", at, "then") for at in (before, after)] == [160, 64]
    assert [held_under(story, "biology", at, "now") for at in (before, after)] == [64, 64]
    assert [held_under(story, "chemistry", at, "then") for at in (before, after)] == [32, 128]
    assert [held_under(story, "chemistry", at, "now") for at in (before, after)] == [128, 128]
