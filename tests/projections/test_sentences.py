"""What the history says of each fact: a sentence that an operator would write."""

import pytest
from msgspec import Raw

from ledger.events import TOPICS
from ledger.facts import (
    About,
    Advance,
    CapacityChange,
    Correction,
    Delegation,
    Extension,
    Fact,
    Forecast,
    Leg,
    NoteText,
    PoolClosing,
    PoolOpening,
    Proposal,
    ProposalClosing,
    ReleaseOfGrants,
    Revocation,
    Rules,
    Share,
    Splitting,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.periods import Instant
from ledger.vocabulary import CapacityKind, ReleaseKind
from projections.history.naming import made_by
from projections.history.phrases import Background
from projections.history.sentences import sentence
from tests.support.facts import (
    EVENTS,
    Book,
    day,
    forecast,
    granted,
    leg,
    lent,
    moved,
    named,
    released,
)
from tests.support.pledge_facts import PROMISES
from tests.support.request_facts import WISHES

LABELS = {"h100": "gpu", "tpu": "node_hour"}
NOON = Instant("2026-03-04T12:30:00.000000Z")


def said(*facts: Fact, on: Instant | None = None) -> str:
    """The sentence of the last of some facts, told one after the other."""
    book = Book()
    for fact in facts:
        book.tell(fact, on=on if fact is facts[-1] else None)
    makers = {made[0]: fact for event in book.events if (made := made_by(fact := event.data))}
    return sentence(book.events[-1], Background(LABELS, makers))


def capacity(kind: CapacityKind, amount: int) -> CapacityChange:
    """A capacity fact of a pool."""
    if kind in ("counted", "headroom"):
        return CapacityChange(pool="h100", kind=kind, total=amount)
    return CapacityChange(pool="h100", kind=kind, quantity=amount)


def gone(kind: ReleaseKind, *legs: Leg) -> ReleaseOfGrants:
    """A release of a kind."""
    return ReleaseOfGrants(pool="h100", legs=legs, kind=kind)


ENDING = Extension(grant=named("g"), ends_at=day(90), was_ends_at=None)
OPENING = PoolOpening(pool="h100", title="H100 in Phoenix", unit_label="gpu", granule=8)
LEADING = Delegation(
    delegation=named("d"), to="cleo", role="lead", unit="vision", pools=("h100", "tpu"), most=64,
    until=day(90),
)  # fmt: skip
EARLY = Leg(
    grant=named("g"), unit="vision", quantity=6, advances=(Advance(position=1, quantity=4),)
)

NOW = [
    (OPENING, "Pool h100 (H100 in Phoenix) was opened, counted in gpu in multiples of 8"),
    (PoolClosing(pool="h100"), "Pool h100 was closed"),
    (capacity("counted", 1024), "1,024 gpu of h100 were counted"),
    (capacity("lost", 1), "1 gpu of h100 was lost"),
    (capacity("headroom", 16), "16 gpu of h100 stay free as headroom"),
    (
        UnitCreation(unit="lab", name="The Lab", kind="company", parent=None),
        "The company lab (The Lab) was created",
    ),
    (
        UnitCreation(unit="vision", name="vision", kind="team", parent="lab"),
        "The team vision was created under lab",
    ),
    (UnitRenaming(unit="vision", name="Sight"), "vision was renamed to Sight"),
    (UnitMove(unit="vision", parent="apps"), "vision moved under apps"),
    (UnitClosing(unit="vision", merged_into="atlas"), "vision was closed and merged into atlas"),
    (
        LEADING,
        "cleo became lead of vision, for h100 and tpu, up to 64 at a time until 2026-04-01",
    ),
    (
        Rules(second_person_from=256, backdate_days=7, notice_days=1),
        (
            "Rules were set: from 256 on a second person confirms, facts may be dated back 7 days, "
            "1 day of notice are due"
        ),
    ),
    (Rules(pool="h100", backdate_days=1), "Rules were set for h100: facts may be dated back 1 day"),
    (granted("g", "vision", 64), "vision was granted 64 gpu of h100"),
    (
        granted("g", "vision", 64, ends=NOON, borrowed=True),
        "vision was granted 64 gpu of h100 until 2026-03-04 12:30, borrowed",
    ),
    (granted("g", "vision", 5, pool="elsewhere"), "vision was granted 5 units of elsewhere"),
    (gone("returned", leg("g", "vision", 64)), "vision gave back 64 gpu of h100"),
    (gone("reclaimed", leg("g", "vision", 64)), "64 gpu of h100 were reclaimed from vision"),
    (
        gone("unstated", leg("g", "vision", 8), leg("h", "speech", 8)),
        "16 gpu of h100 left vision (8) and speech (8)",
    ),
    (gone("returned", EARLY), "vision gave back 6 gpu of h100, 4 of it earlier than scheduled"),
    (
        released(leg("g", "vision", 8), late=True),
        "vision gave back 8 gpu of h100, recorded after the grant had ended",
    ),
    (
        moved(leg("g", "vision", 40), leg("h", "speech", 24), to="atlas", into="i"),
        "64 gpu of h100 moved from vision (40) and speech (24) to atlas",
    ),
    (
        moved(leg("g", "vision", 8), leg("h", "vision", 8), to="atlas", into="i", ends=day(90)),
        "16 gpu of h100 moved from vision to atlas until 2026-04-01",
    ),
    (
        moved(*(leg(f"g{n}", f"u{n}", n) for n in range(1, 7)), to="atlas", into="i"),
        "21 gpu of h100 moved from u1 (1), u2 (2), u3 (3) and 3 others to atlas",
    ),
    (
        moved(leg("g", "vision", 8), to="vision", into="i", borrowed=True),
        "8 gpu of h100 of vision became borrowed",
    ),
    (
        moved(EARLY, to="atlas", into="i"),
        "6 gpu of h100 moved from vision to atlas, 4 of it scheduled for release",
    ),
    (NoteText(about=About(position=7), text="seen"), "Note on event 7: seen"),
    (NoteText(about=About(unit="vision"), text="seen"), "Note on vision: seen"),
]


@pytest.mark.parametrize(("fact", "words"), NOW)
def test_a_fact_is_told_in_a_sentence(fact: Fact, words: str) -> None:
    assert said(fact) == words


AHEAD = [
    (granted("g", "vision", 64), "vision was granted 64 gpu of h100 from 2026-04-01"),
    (released(leg("g", "vision", 8)), "vision gives back 8 gpu of h100 on 2026-04-01"),
    (
        moved(leg("g", "vision", 8), to="atlas", into="i"),
        "8 gpu of h100 move from vision to atlas on 2026-04-01",
    ),
    (capacity("retired", 1), "1 gpu of h100 is retired on 2026-04-01"),
]


@pytest.mark.parametrize(("fact", "words"), AHEAD)
def test_what_is_still_to_come_is_told_as_such(fact: Fact, words: str) -> None:
    assert said(fact, on=day(90)) == words


def test_what_was_recorded_later_says_when_it_was() -> None:
    back = said(released(leg("g", "vision", 8)), on=Instant("2020-05-09T00:00:00.000000Z"))
    assert back == "vision gave back 8 gpu of h100 on 2020-05-09"


def test_an_extension_says_whose_grant_and_both_ends() -> None:
    grant = granted("g", "vision", 64)
    whose = "The 64 gpu of h100 granted to vision"
    open_again = Extension(grant=named("g"), ends_at=None, was_ends_at=day(90))
    assert said(grant, ENDING) == f"{whose} now end on 2026-04-01 and had no end before"
    assert said(grant, open_again) == f"{whose} no longer end on 2026-04-01, but stay"
    sooner = Extension(grant=named("g"), ends_at=day(31), was_ends_at=day(90))
    assert said(grant, sooner) == f"{whose} now end on 2026-02-01 instead of 2026-04-01"


def test_a_moved_grant_and_a_revoked_delegation_are_called_by_what_they_are() -> None:
    target = moved(leg("g", "vision", 8), to="atlas", into="g2")
    note = NoteText(about=About(grant=named("g2")), text="too little")
    assert said(target, note) == "Note on the 8 gpu of h100 moved to atlas: too little"
    assert said(LEADING, Revocation(delegation=named("d"))) == "cleo is lead of vision no more"


def test_a_loan_says_who_lends_to_whom_until_when_and_out_of_what() -> None:
    grant = granted("g", "vision", 128)
    loan = lent("l", "g", "vision", 80, to="atlas", back=day(31))
    made = said(grant, loan, on=day(15))
    assert made == (
        "80 gpu of h100 are lent by vision to atlas from 2026-01-16 until 2026-02-01, "
        "out of the 128 gpu of h100 granted to vision"
    )
    assert said(grant, loan).startswith("80 gpu of h100 were lent by vision to atlas until")
    whose = "The 80 gpu of h100 lent by vision to atlas"
    recall = Extension(grant=named("l"), ends_at=day(24), was_ends_at=day(31))
    longer = Extension(grant=named("l"), ends_at=day(40), was_ends_at=day(31))
    assert said(grant, loan, recall) == f"{whose} are recalled to 2026-01-25 instead of 2026-02-01"
    assert (
        said(grant, loan, longer) == f"{whose} are lent on until 2026-02-10 instead of 2026-02-01"
    )


def test_a_forecast_says_what_is_expected_when_and_how_surely() -> None:
    grant = granted("g", "vision", 128)
    whose = "the 128 gpu of h100 granted to vision"
    steps = forecast("g", (64, day(31)), (32, NOON), confidence="medium")
    assert said(grant, steps) == (
        f"Expected back of {whose}: 64 on 2026-02-01 and 32 on 2026-03-04 12:30, "
        "with medium confidence"
    )
    nothing = forecast("g", (0, day(31)))
    assert said(grant, nothing) == f"Nothing is expected back any more of {whose}"


def test_what_was_overridden_is_said() -> None:
    book = Book()
    reclaimed = gone("reclaimed", leg("g", "vision", 64))
    book.tell(reclaimed, overrides=("notice",))
    told = sentence(book.events[0], Background(LABELS, {}))
    assert told == ("64 gpu of h100 were reclaimed from vision, overriding the notice that is due")


def corrected(fact: Fact, instead: Fact | None, *, on: Instant, then: Instant | None = None) -> str:
    """The sentence of the correction of a fact effective `on`."""
    book = Book()
    book.tell(fact, on=on)
    book.correct(1, instead, on=then)
    return sentence(book.events[-1], Background(LABELS, {}))


def test_a_correction_says_what_was_and_what_is() -> None:
    wrong, right = granted("g", "vision", 106000), granted("g", "vision", 106)
    was = '"vision was granted 106,000 gpu of h100 from 2025-12-31"'
    now = '"vision was granted 106 gpu of h100 from 2025-12-31"'
    assert corrected(wrong, right, on=day(-1)) == f"Event 1 is corrected: {now}, not {was}"
    assert corrected(wrong, None, on=day(-1)) == f"Event 1 never happened: {was}"
    book = Book()
    book.tell(right, on=day(-1))
    book.correct(1, None)
    book.correct(1, right)
    told = sentence(book.events[-1], Background(LABELS, {}))
    assert told == f"Event 1 happened after all: {now}"


def test_a_revision_says_that_a_plan_was_changed_or_called_off() -> None:
    plan = released(leg("g", "vision", 64))
    was = '"vision gives back 64 gpu of h100 on 2026-02-15"'
    now = '"vision gives back 64 gpu of h100 on 2026-03-03"'
    assert corrected(plan, None, on=day(45)) == f"Event 1 was called off: {was}"
    assert corrected(plan, plan, on=day(45), then=day(61)) == (
        f"The plan of event 1 is changed: {now}, not {was}"
    )


def test_every_topic_has_a_sentence() -> None:
    told = {type(fact) for fact, _ in [*NOW, *AHEAD]} | {Extension, Revocation}
    told |= {Forecast, Correction, Splitting, Proposal, ProposalClosing}
    told |= set(WISHES) | set(PROMISES)
    assert {EVENTS[fact] for fact in told} == set(TOPICS.values())


def test_a_split_says_who_may_hold_how_much() -> None:
    shares = (
        Share(unit="vision", floor=16, amount=1064, cap=2000),
        Share(unit="speech", amount=32),
        Share(unit="atlas"),
    )
    split = Splitting(pool="h100", parent="lab", shares=shares, until=day(30))
    assert said(split) == (
        "h100 was split below lab: vision 1,064, at least 16, at most 2,000; speech 32; "
        f"atlas without a budget until {day(30)[:10]}"
    )


def test_a_proposal_says_what_waits_and_what_became_of_it() -> None:
    command = Raw(b'{"do":"set_rules","notice_days":3}')
    waits = Proposal(
        proposal=named("p"), command=command, needs=("second_person",), expires_at=day(7)
    )
    assert said(waits) == f"A second person is to confirm: set rules, until {day(7)[:10]}"
    closed = ProposalClosing(proposal=named("p"), outcome="rejected")
    assert said(closed) == f"Proposal {named('p')} was rejected"
