"""A grant is not said to be otherwise under what later facts say of it, unless they are as well."""

from datetime import timedelta

from ledger.periods import MICROSECOND, shifted
from tests.ledger.test_corrections import POOL, grant, on, release
from tests.support.correcting import instead, never, together
from tests.support.in_memory import day, lab
from tests.support.truth import refused, told


def test_a_grant_that_was_prolonged_was_not_never_made() -> None:
    ledger = lab("alpha")
    _, made = grant(ledger, "alpha", 8, ends_at=day(50))
    name = ledger.facts()[made - 1]["data"]["grant"]
    longer = ledger.tell("extend", grant=name, ends_at=day(90))[0]["position"]
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, made))
    assert said["arithmetic"]["positions"] == [longer]
    told(ledger, "decision", legs=together(never(ledger, made), never(ledger, longer)))


def test_a_grant_that_was_given_back_for_good_is_not_said_to_be_of_another_unit() -> None:
    ledger = lab("alpha", "beta")
    name, made = grant(ledger, "alpha", 8, ends_at=day(50))
    ledger.go_to(day(1))
    [last] = ledger.tell("release", pool=POOL, unit="alpha", quantity="all")
    elsewhere = instead(ledger, made, unit="beta")
    said = refused(ledger, "correct", "DependentFacts", **elsewhere)
    assert said["arithmetic"]["positions"] == [last["position"]]
    legs = [one | {"unit": "beta"} for one in last["data"]["legs"]]
    both = together(elsewhere, instead(ledger, last["position"], legs=legs))
    told(ledger, "decision", legs=both)
    assert (ledger.state.grants[name].unit, on(ledger, name, 0.5, 1.5)) == ("beta", [8, 0])


def test_an_end_is_not_said_to_lie_before_what_was_released_by_now() -> None:
    ledger = lab("alpha")
    name, made = grant(ledger, "alpha", 8, ends_at=day(100))
    gone = release(ledger, name, 4, effective_at=day(3))
    release(ledger, name, 2, effective_at=day(30))
    ledger.go_to(day(5))
    for end in (day(2), day(3)):
        said = refused(ledger, "correct", "DependentFacts", **instead(ledger, made, ends_at=end))
        assert said["arithmetic"]["positions"] == [gone]
    just_after = shifted(day(3), MICROSECOND)
    told(ledger, "correct", **instead(ledger, made, ends_at=just_after))
    assert ledger.free(shifted(just_after, timedelta(days=1))) == 128


def test_what_is_to_be_released_falls_away_with_an_earlier_end() -> None:
    ledger = lab("alpha")
    name, made = grant(ledger, "alpha", 8, ends_at=day(100))
    release(ledger, name, 4, effective_at=day(30))
    ledger.go_to(day(5))
    told(ledger, "correct", **instead(ledger, made, ends_at=day(20)))
    assert on(ledger, name, 19, 20) == [8, 0]
