"""A rack is lost while everything is held: nobody's grant is touched, and who is short is shown."""

import re

from tests.support.story import Fields, Story

HOLDER = re.compile(
    r'<a href="/unit[^"]*" title="(.*?)">.*</th>\s*'
    r'<td class="num">(\d+)</td><td class="num[^"]*">(\d+)</td>'
)
NUMBERS = ("installed", "lost", "allocatable", "held", "free", "overcommitted", "shortfall")


def numbers(row: Fields) -> tuple[int, ...]:
    """What a pool has, in the order above."""
    return tuple(row[name] for name in NUMBERS)


def delivered(story: Story, number: float) -> dict[str, int]:
    """What each unit can use."""
    items = story.read("/v1/holdings", pool=story.pool, valid_at=story.day(number))["items"]
    return {one["unit"]: one["deliverable"] for one in items}


def shown(story: Story, number: float) -> list[tuple[str, int, int]]:
    """What the page of the pool says of each holder that is short: unit, held, deliverable."""
    page = story.page("/pool", pool=story.pool, valid_at=story.day(number))
    found = HOLDER.findall(page) if "Deliverable" in page else []
    return [(unit, int(held), int(usable)) for unit, held, usable in found]


def test_a_rack_is_lost_and_comes_back_and_nothing_has_to_be_undone(story: Story) -> None:
    story.begin("rack/h100", "vision", "speech", "guest", total=128)
    story.grant("vision", 64)
    story.grant("speech", 40)
    story.grant("guest", 24, borrowed=True)
    held = {"guest": 24, "speech": 40, "vision": 64}
    story.go_to(10)
    before = len(story.ledger.events)
    story.tell("change_capacity", pool=story.pool, kind="lost", quantity=32,
               reason_code="capacity_loss")  # fmt: skip
    assert numbers(story.capacity(11)) == (128, 32, 96, 128, 0, 32, 32)
    assert story.held(11) == held
    assert delivered(story, 11) == {"guest": 0, "speech": 37, "vision": 59}
    assert shown(story, 11) == [("vision", 64, 59), ("speech", 40, 37), ("guest", 24, 0)]
    page = story.page("/unit", unit="speech", valid_at=story.day(11))
    assert '<dt>Deliverable</dt><dd class="bad">37</dd>' in page
    said = story.ledger.refusal("grant", pool=story.pool, unit="vision", quantity=1)
    assert (said["code"], said["arithmetic"]["limit"], said["arithmetic"]["before"]) == (
        "NotEnoughFree", 96, 128,
    )  # fmt: skip

    story.go_to(13)
    story.tell("change_capacity", pool=story.pool, kind="restored", quantity=32)
    assert numbers(story.capacity(14)) == (128, 0, 128, 128, 0, 0, 0)
    assert story.held(14) == delivered(story, 14) == held
    assert shown(story, 14) == [], "where all can be used, the page does not say so for each"
    assert "Deliverable" not in story.page("/unit", unit="speech", valid_at=story.day(14))
    assert len(story.ledger.events) == before + 2, "two facts, and nothing to undo"
    assert numbers(story.capacity(11)) == (128, 32, 96, 128, 0, 32, 32), "what was, was"
    assert [story.entries(unit, 5, 20) for unit in held] == [[], [], []]
    history = story.read("/v1/history", pool=story.pool, topic="capacity-changed.v1")["items"]
    assert [one["sentence"] for one in history[1:]] == [
        "32 gpu of rack/h100 were lost", "32 gpu of rack/h100 were restored",
    ]  # fmt: skip


def test_free_units_and_headroom_bear_a_loss_first(story: Story) -> None:
    story.begin("headroom/h100", "team", total=512)
    story.tell("change_capacity", pool=story.pool, kind="headroom", total=32)
    story.grant("team", 480)
    story.tell("change_capacity", pool=story.pool, kind="lost", quantity=16)
    assert numbers(story.capacity(1)) == (512, 16, 464, 480, 0, 16, 0)
    assert delivered(story, 1) == {"team": 480}


def test_a_loan_is_short_first_and_once_it_is_back_all_in_proportion(story: Story) -> None:
    story.begin("short/h100", "owner", "debtor", "third", total=512)
    story.grant("owner", 128)
    story.grant("third", 384)
    story.tell("lend", pool=story.pool, from_={"unit": "owner"}, quantity=80, to="debtor",
               starts_at=story.day(16), returns_at=story.day(32))  # fmt: skip
    story.go_to(17)
    story.tell("change_capacity", pool=story.pool, kind="lost", quantity=64)
    assert delivered(story, 18) == {"debtor": 16, "owner": 48, "third": 384}
    assert delivered(story, 32) == {"owner": 112, "third": 336}
