"""Somebody typed 106000 for 106, and 64 were moved on before it was found."""

from tests.support.correcting import quantity
from tests.support.story import Story


def test_it_is_corrected_and_what_was_believed_stays_for_ever(story: Story) -> None:
    story.begin("typing/hours", "typist", "heir", total=200_000, label="node_hour")
    story.go_to(10)
    granted = story.grant("typist", 106_000)["position"]
    story.go_to(40)
    moved = story.tell("reallocate", pool=story.pool, to="heir", reason="It is needed there",
                       from_=[{"unit": "typist", "quantity": 64}])["position"]  # fmt: skip
    story.go_to(45)
    said = story.ledger.refusal("correct", **quantity(story.ledger, granted, 48))
    assert said["code"] == "NegativeHolding"
    assert (said["arithmetic"]["after"], said["arithmetic"]["positions"]) == (-16, [moved])
    corrected = story.tell("correct", **quantity(story.ledger, granted, 106))["position"]

    assert story.held(15) == {"typist": 106}
    assert story.held(46) == {"heir": 64, "typist": 42}
    for known_at in (moved, corrected - 1, story.day(44)):
        assert story.held(46, known_at=known_at) == {"heir": 64, "typist": 105_936}
        assert story.held(15, known_at=known_at) == {"typist": 106_000}
    assert story.held(46, known_at=corrected) == {"heir": 64, "typist": 42}
    assert story.capacity(46)["free"] == 199_894
    assert story.capacity(46, known_at=moved)["free"] == 94_000

    assert story.entries("typist", 0, 60) == [
        (10, "starts", 106, 106), (40, "moved_out", -64, 42),
    ]  # fmt: skip
    [start, move] = story.statement("typist", 0, 60)["entries"]
    assert (start["position"], start["corrected_by"]) == (granted, corrected)
    assert "corrected_by" not in move
    assert story.entries("typist", 0, 60, known_at=moved) == [
        (10, "starts", 106_000, 106_000), (40, "moved_out", -64, 105_936),
    ]  # fmt: skip
    [item] = story.read("/v1/differences", valid_at=story.day(46), pool=story.pool,
                        known_from=moved)["items"]  # fmt: skip
    assert (item["unit"], item["before"], item["after"], item["positions"]) == (
        "typist", 105_936, 42, [corrected],
    )  # fmt: skip
    [event] = story.read("/v1/history", pool=story.pool, topic="corrected.v1")["items"]
    assert event["position"] == corrected
    assert event["data"]["was"]["data"]["quantity"] == 106_000
    assert {"correction", "backdated"} >= set(event["flags"]) >= {"correction"}

    said = story.ledger.refusal("correct", **quantity(story.ledger, granted, 48))
    assert (said["code"], said["arithmetic"]["positions"]) == ("NegativeHolding", [moved])
