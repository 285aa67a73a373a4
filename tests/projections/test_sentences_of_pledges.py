"""What the history says of promises and rates."""

from ledger.pledge_facts import PledgeWithdrawal, RateSetting
from projections.history.phrases import Background
from projections.history.sentences import sentence
from tests.support.facts import Book, day, named
from tests.support.pledge_facts import pledged, pledged_anew

LABELS = {"h100": "gpu"}


def test_a_pledge_and_what_becomes_of_it_are_told() -> None:
    share = pledged("p", "vision", of="research", share_bp=2050, until=day(365))
    whole = pledged("q", "speech", "h100", "b200", share_bp=500, until=day(90))
    fixed = pledged("r", "speech", "h100", "b200", quantity=1024, until=day(90))
    background = Background(LABELS, {share.pledge: share})
    book = Book()
    told = [
        sentence(book.tell(fact)[0], background)
        for fact in (
            share, whole, fixed,
            pledged_anew(share, quantity=64),
            PledgeWithdrawal(pledge=named("p")), PledgeWithdrawal(pledge=named("q")),
        )
    ]  # fmt: skip
    year, spring = day(365)[:10], day(90)[:10]
    assert told == [
        f"vision was pledged 20.5 % of what research has of h100 until {year}",
        f"speech was pledged 5 % of what is allocatable of h100 and b200 until {spring}",
        f"speech was pledged 1,024 of h100 and b200 together until {spring}",
        f"The pledge to vision is now 64 gpu of h100 until {year}",
        "The pledge of 20.5 % of what research has of h100 to vision was withdrawn",
        f"Pledge {named('q')} was withdrawn",
    ]


def test_a_rate_says_what_one_counts_as() -> None:
    book = Book()
    told = book.tell(RateSetting(pool="h100", h100_milli=2250), on=day(90))
    assert sentence(told[0], Background(LABELS, {})) == (
        f"One gpu of h100 counts as 2.25 H100 from {day(90)[:10]}"
    )
