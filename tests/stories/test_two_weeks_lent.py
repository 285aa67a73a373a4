"""80 of 128 are lent on 16 June and come back by themselves on 2 July; 32 come back before."""

from tests.support.story import Story

JUNE_16, JUNE_20, JULY_2 = 15, 19, 31


def test_a_loan_comes_back_by_itself_and_both_sides_can_read_it(story: Story) -> None:
    story.begin("loan/h100", "lender", "borrower", total=128)
    lender = story.grant("lender", 128)["data"]["grant"]
    loan = story.tell(
        "lend", pool=story.pool, from_={"unit": "lender"}, quantity=80, to="borrower",
        starts_at=story.day(JUNE_16), returns_at=story.day(JULY_2),
    )["data"]["to_grant"]  # fmt: skip
    assert story.held(JUNE_16 - 1) == {"lender": 128}
    assert story.held(JUNE_16) == {"borrower": 80, "lender": 48}
    assert story.held(JULY_2) == {"lender": 128}

    story.go_to(JUNE_20)
    story.tell("release", grants=[{"grant": loan, "quantity": 32}])
    assert story.held(JUNE_20 + 1) == {"borrower": 48, "lender": 80}
    [borrower, owner] = story.read("/v1/holdings", pool=story.pool,
                                   valid_at=story.day(JUNE_20 + 1))["items"]  # fmt: skip
    assert (borrower["borrowed_in"], borrower["borrowed"], borrower["guaranteed"]) == (48, 48, 0)
    assert (owner["lent"], owner["guaranteed"]) == (48, 80)
    assert story.capacity(JUNE_20 + 1)["free"] == 0, "nothing of it ever was the pool's"
    assert story.curve("certain", JUNE_20 + 1, 60) == [(JUNE_20 + 1, 0)]

    assert story.entries("lender", 0, 60) == [
        (0, "starts", 128, 128), (JUNE_16, "lent", -80, 48), (JUNE_20, "loan_back", 32, 80),
        (JULY_2, "loan_back", 48, 128),
    ]  # fmt: skip
    assert story.entries("borrower", 0, 60) == [
        (JUNE_16, "borrowed_in", 80, 80), (JUNE_20, "returned", -32, 48),
        (JULY_2, "loan_ends", -48, 0),
    ]  # fmt: skip
    steps = story.read(f"/v1/grants/{lender}", valid_at=story.day(60))["steps"]
    assert [(one["own"], one["hold"]) for one in steps] == [
        (128, 128), (128, 48), (128, 80), (128, 128),
    ]  # fmt: skip
    due = story.read("/v1/due", pool=story.pool, **{"from": story.day(JUNE_20 + 1),
                                                    "until": story.day(60)})["items"]  # fmt: skip
    assert [(story.number(one["at"]), one["kind"], one["quantity"]) for one in due] == [
        (JULY_2, "loan_return", 48)
    ]
