"""A grant is corrected 128 -> 256 -> 64 -> 128, and a count 784 -> 776: each belief has its own."""

from itertools import pairwise

from tests.support.correcting import instead, quantity
from tests.support.story import Story


def test_each_position_sees_its_own_quantity(story: Story) -> None:
    story.begin("again/h100", "wavering", total=512)
    story.go_to(10)
    granted = story.grant("wavering", 128)["position"]
    positions = [granted]
    for number, count in ((11, 256), (12, 64), (13, 128)):
        story.go_to(number)
        correction = story.tell("correct", **quantity(story.ledger, granted, count))
        assert correction["data"]["corrects"] == granted
        positions.append(correction["position"])
    believed = [story.held(20, known_at=known_at) for known_at in positions]
    assert believed == [{"wavering": count} for count in (128, 256, 64, 128)]
    assert story.held(20) == {"wavering": 128}
    assert [story.capacity(20, known_at=known_at)["free"] for known_at in positions] == [
        384, 256, 448, 384,
    ]  # fmt: skip
    for (older, newer), (before, after) in zip(
        pairwise(positions), pairwise((128, 256, 64, 128)), strict=True
    ):
        [item] = story.read("/v1/differences", valid_at=story.day(20), pool=story.pool,
                            known_from=older, known_to=newer)["items"]  # fmt: skip
        assert (item["before"], item["after"], item["positions"]) == (before, after, [newer])
    same = story.read("/v1/differences", valid_at=story.day(20), pool=story.pool,
                      known_from=positions[0], known_to=positions[-1])  # fmt: skip
    assert same["items"] == []
    [entry] = story.statement("wavering", 0, 60)["entries"]
    assert (entry["quantity"], entry["position"], entry["corrected_by"]) == (
        128, granted, positions[-1],
    )  # fmt: skip


def test_a_later_count_stands_whatever_an_earlier_one_should_have_said(story: Story) -> None:
    story.begin("counted/h100", total=784)
    [counted] = story.read("/v1/history", pool=story.pool, topic="capacity-changed.v1")["items"]
    story.go_to(39)
    story.tell("change_capacity", pool=story.pool, kind="counted", total=840)
    story.go_to(90)
    story.tell("change_capacity", pool=story.pool, kind="installed", quantity=64)
    story.go_to(91)
    story.tell("correct", **instead(story.ledger, counted["position"], total=776))
    assert [story.capacity(number)["installed"] for number in (38, 40, 92)] == [776, 840, 904]
    known = {"known_at": counted["position"]}
    assert [story.capacity(number, **known)["installed"] for number in (38, 92)] == [784, 784]
