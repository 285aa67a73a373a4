"""What people read before and after all 512 of five ending projects go to one that came up."""

from tests.support.correcting import instead, never
from tests.support.story import Fields, Story

PROJECTS = {"aster": 128, "birch": 128, "cedar": 96, "dahlia": 96, "elm": 64}


def winding_down(story: Story, name: str) -> tuple[dict[str, int], dict[str, int]]:
    """Five projects hold a pool and will all have left it by day 45; it is day 31.

    Returns what each unit holds, and the position of its scheduled release.
    """
    units = {f"{name}-{project}": quantity for project, quantity in PROJECTS.items()}
    story.begin(f"{name}/h100", *units, f"{name}-flagship", total=512)
    for unit, quantity in units.items():
        story.grant(unit, quantity)
    schedules = {
        unit: story.tell("release", pool=story.pool, unit=unit, quantity=quantity,
                         effective_at=story.day(45), reason="The project ends")["position"]
        for unit, quantity in units.items()
    }  # fmt: skip
    story.go_to(31)
    return units, schedules


def moved(story: Story, units: dict[str, int], to: str) -> Fields:
    """One decision that moves all of it to the project that came up."""
    return story.tell(
        "reallocate", pool=story.pool, to=to, reason="The flagship run begins",
        from_=[{"unit": unit, "quantity": quantity} for unit, quantity in units.items()],
    )  # fmt: skip


def test_the_one_that_came_up_has_all_of_theirs_and_the_books_before_stay(story: Story) -> None:
    units, _ = winding_down(story, "ending")
    ahead = {"from": story.day(31), "until": story.day(60)}
    steps = story.read("/v1/supply", pool=story.pool, **ahead)["certain"]
    assert [(story.number(one["at"]), one["free"]) for one in steps] == [(31, 0), (45, 512)]
    causes = {one["unit"]: (one["kind"], one["quantity"]) for one in steps[1]["causes"]}
    assert causes == {unit: ("scheduled_release", count) for unit, count in units.items()}

    before = moved(story, units, "ending-flagship")["position"] - 1
    assert story.held(32) == story.held(46) == {"ending-flagship": 512}
    assert story.curve("certain", 32, 60) == [(32, 0)]
    assert story.entries("ending-aster", 0, 60) == [
        (0, "starts", 128, 128), (31, "moved_out", -128, 0),
    ]  # fmt: skip
    assert story.entries("ending-flagship", 0, 60)[-1] == (31, "moved_in", 512, 512)
    assert story.held(32, known_at=before) == units, "as the books stood"
    assert story.held(46, known_at=before) == {}
    differing = story.read("/v1/differences", valid_at=story.day(46), pool=story.pool,
                           known_from=before)["items"]  # fmt: skip
    assert [(one["unit"], one["before"], one["after"]) for one in differing] == [
        ("ending-flagship", 0, 512)
    ]
    [event] = story.read("/v1/history", pool=story.pool, topic="reallocated.v1")["items"]
    assert "512 of it scheduled for release" in event["sentence"]


def test_a_schedule_that_slips_or_is_called_off_later_takes_nothing_twice(story: Story) -> None:
    units, schedules = winding_down(story, "slipping")
    move = moved(story, units, "slipping-flagship")["position"]
    story.go_to(32)
    ledger = story.ledger
    story.tell("correct", **instead(ledger, schedules["slipping-aster"], story.day(61)))
    story.tell("correct", **never(ledger, schedules["slipping-birch"]))
    for number in (33, 45, 61, 90):
        assert story.held(number) == {"slipping-flagship": 512}
        assert story.capacity(number)["free"] == 0
    assert story.curve("certain", 33, 90) == [(33, 0)]
    # No schedule is less than what was taken of it early.
    cedar = schedules["slipping-cedar"]
    leg = ledger.facts()[cedar - 1]["data"]["legs"][0]
    said = ledger.refusal("correct", **instead(ledger, cedar, legs=[leg | {"quantity": 32}]))
    assert (said["code"], said["arithmetic"]["positions"]) == ("DependentFacts", [move])
