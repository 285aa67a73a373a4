"""A decider revoked on Tuesday cannot act on Wednesday; Monday's acts stand by Monday's right."""

from typing import Any

from tests.support.story import Story

MONDAY, TUESDAY, WEDNESDAY = 5, 6, 7
DECIDER = "dora"


def chain(story: Story, grant: str) -> list[dict[str, Any]]:
    return story.read(f"/v1/grants/{grant}/why")["chain"]


def test_what_was_decided_before_stands_and_nothing_is_decided_after(story: Story) -> None:
    story.begin("revoked/h100", "studio", total=64)
    right = story.tell("delegate", to=DECIDER, role="decider", unit="studio")["data"]["delegation"]
    story.go_to(MONDAY)
    monday = story.grant("studio", 32, by=DECIDER)
    assert monday["authority"] == [right]
    story.go_to(TUESDAY)
    revoked = story.tell("revoke", delegation=right, reason="She leads another group now")
    story.go_to(WEDNESDAY)

    no = story.ledger.refusal("grant", pool=story.pool, unit="studio", quantity=8, by=DECIDER)
    assert (no["code"], no["status"]) == ("NotYoursToDecide", 403)
    backdated = story.ledger.refusal(
        "grant", pool=story.pool, unit="studio", quantity=8, by=DECIDER,
        starts_at=story.day(MONDAY), reason="It was agreed on Monday",
    )  # fmt: skip
    assert backdated["code"] == "NotYoursToDecide", "a right is needed when it is recorded"

    assert story.held(WEDNESDAY) == {"studio": 32}, "what was given on Monday is held"
    grant = monday["data"]["grant"]
    [by_right] = [one for one in chain(story, grant) if one["what"] == "delegation"]
    assert by_right["position"] < monday["position"] < revoked["position"]
    [shown] = [
        one
        for one in story.read("/v1/history", pool=story.pool, by=DECIDER)["items"]
        if one["position"] == monday["position"]
    ]
    assert (shown["by"], shown["authority"]) == (DECIDER, [right])
    asked = {"person": DECIDER}
    standing = story.read("/v1/delegations", **asked, valid_at=story.day(MONDAY + 0.5))["items"]
    assert [one["delegation"] for one in standing] == [right]
    later = story.read("/v1/delegations", **asked, valid_at=story.day(WEDNESDAY))["items"]
    assert later == []
