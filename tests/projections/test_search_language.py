"""What may be asked of the history in words, and what is refused with a sentence."""

import re

import pytest

from ledger.periods import BEGINNING, FOREVER, Instant
from projections.history.search import Named, Search, Term, Within, Words, parse
from tests.support.facts import day, named

FEBRUARY = (day(31), day(59))
LAST_US = Instant("2026-02-01T00:00:00.000001Z")


@pytest.mark.parametrize(
    ("q", "terms"),
    [
        ("", []),
        ("  idle   gpus ", [Words(("idle",)), Words(("gpus",))]),
        ("idle-GPUs", [Words(("idle", "gpus"))]),
        ('"moved on, at last"', [Words(("moved", "on", "at", "last"))]),
        ('-"moved on"', [Words(("moved", "on"), negated=True)]),
        ("-idle", [Words(("idle",), negated=True)]),
        ("by:ann@lab", [Named("by", "ann@lab")]),
        ('by:"Ann B"', [Named("by", "Ann B")]),
        (
            'by:"Ann ""Bee"" B" -by:""""',
            [
                Named("by", 'Ann "Bee" B'),
                Named("by", '"', negated=True),
            ],
        ),
        ("-by:x", [Named("by", "x", negated=True)]),
        ("unit:research/vision", [Named("unit", "research/vision")]),
        ("under:a pool:b key:c", [Named("under", "a"), Named("pool", "b"), Named("key", "c")]),
        ("topic:granted", [Named("topic", "granted.v1")]),
        ("topic:granted.v1", [Named("topic", "granted.v1")]),
        ("code:idle flag:late", [Named("code", "idle"), Named("flag", "late")]),
        (f"grant:{named('g').upper()}", [Named("grant", named("g"))]),
        (f"decision:{named('g')}", [Named("decision", named("g"))]),
        ("#4711", [Named("position", "4711")]),
        ("-#4,711 position:12", [Named("position", "4711", negated=True), Named("position", "12")]),
        ("4711", [Words(("4711",))]),
        ('"#4711"', [Words(("4711",))]),
        ("#4711b #0", [Words(("4711b",)), Words(("0",))]),
        ("effective:2026-02-01..2026-03-01", [Within("effective", *FEBRUARY)]),
        ("effective:2026-02-01..", [Within("effective", day(31), FOREVER)]),
        ("effective:..2026-03-01", [Within("effective", BEGINNING, day(59))]),
        ("recorded:2026-02-01", [Within("recorded", day(31), day(32))]),
        ("recorded:>=2026-02-01", [Within("recorded", day(31), FOREVER)]),
        ("recorded:>2026-02-01", [Within("recorded", day(32), FOREVER)]),
        ("recorded:<2026-02-01", [Within("recorded", BEGINNING, day(31))]),
        ("-recorded:<=2026-02-01", [Within("recorded", BEGINNING, day(32), negated=True)]),
        ("effective:>2026-02-01T00:00:00Z", [Within("effective", LAST_US, FOREVER)]),
        ("effective:<=2026-02-01T00:00:00Z", [Within("effective", BEGINNING, LAST_US)]),
    ],
)
def test_a_search_is_read(q: str, terms: list[Term]) -> None:
    assert parse(q) == Search(tuple(terms))


@pytest.mark.parametrize(
    ("q", "why"),
    [
        ('"not closed', 'a quotation mark is not closed: "not closed'),
        ('by:"Ann B""', 'a quotation mark is not closed: by:"Ann B""'),
        ('so"quoted"', 'leave a blank before and after what is quoted: so"quoted"'),
        ("colour:red", "colour: is not something to search by; there are by:, unit:, under:,"),
        ("unit:", "nothing stands after unit:"),
        ('unit:" "', "nothing stands after unit:"),
        ("-", "there is no word in -"),
        ("topic:granting", "topic:granting does not exist; there are authority-delegated.v1,"),
        ("code:because", "code:because does not exist; there are strategic_priority,"),
        (
            "flag:red",
            (
                "flag:red does not exist; there are backdated, late, correction, revision, "
                "override, breach, second_person, self_dealing, borrowed, reason_debt, late_reason"
            ),
        ),
        ("grant:7", "grant:7 is not a uuid"),
        ("position:0", "position:0 is not the number of an event"),
        ("position:9007199254740992", "position:9007199254740992 is not the number of an event"),
        ("recorded:yesterday", "'yesterday' is not an RFC 3339 time"),
        ("recorded:2026-02-30", "'2026-02-30T00:00:00Z' is not a time"),
        ("recorded:..", "recorded:.. needs a time on one side"),
        ("recorded:2026-02-02..2026-02-01", "recorded:2026-02-02..2026-02-01 is empty"),
        ("effective:2026-02-01T00:00:00", "has no zone: write Z behind it, or an offset"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(q: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        parse(q)
