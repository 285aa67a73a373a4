"""Who is refused is told who holds a pool, at whatever instant it is short of, as it is by then."""

from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import refused, told

POOL = "h100"


def holders(ledger: InMemory, at: float) -> dict[str, int]:
    """Who holds the pool at a day, as somebody is told who asks for more than there is."""
    asked = {
        "pool": POOL, "unit": "gamma", "quantity": 1000, "starts_at": day(at),
        "reason": "It is due",
    }  # fmt: skip
    said = refused(ledger, "grant", "NotEnoughFree", **asked)
    return {one["unit"]: one["quantity"] for one in said.get("holders", ())}


def test_what_comes_back_early_of_a_loan_is_in_its_lenders_hand_again() -> None:
    ledger = lab("alpha", "beta", "gamma")
    ledger.grant("alpha", 64)
    made = told(ledger, "lend", **{
        "pool": POOL, "from": {"unit": "alpha"}, "quantity": 40, "to": "beta",
        "starts_at": day(2), "returns_at": day(20),
    })  # fmt: skip
    loan = made[0]["data"]["to_grant"]
    ledger.go_to(day(3))
    assert holders(ledger, 5) == {"alpha": 24, "beta": 40}
    ledger.tell("release", grants=[{"grant": loan, "quantity": 10}], effective_at=day(4))
    assert holders(ledger, 5) == {"alpha": 34, "beta": 30}
    assert holders(ledger, 3.5) == {"alpha": 24, "beta": 40}
    assert holders(ledger, 20) == {"alpha": 64}


def test_one_instant_after_the_other_may_be_asked_for_in_any_order() -> None:
    ledger = lab("alpha", "beta", "gamma")
    ledger.go_to(day(1))
    first = ledger.grant("alpha", 64, ends_at=day(6))
    ledger.grant("beta", 32, starts_at=day(4), ends_at=day(10))
    ledger.tell("release", grants=[{"grant": first, "quantity": 16}], effective_at=day(3))
    truth = {
        2: {"alpha": 64}, 3: {"alpha": 48}, 4: {"alpha": 48, "beta": 32}, 6: {"beta": 32}, 10: {},
    }  # fmt: skip
    for now in (2, 5, 8, 14):
        ledger.go_to(day(now))
        for at in (10, 6, 4, 6, 3, 2, 4, 10):
            assert holders(ledger, at) == truth[at], (now, at)
    late = told(
        ledger,
        "grant",
        pool=POOL,
        unit="beta",
        quantity=8,
        starts_at=day(5),
        ends_at=day(16),
        reason="It was forgotten",
    )[0]["data"]["grant"]
    for at, held in ((5, {"alpha": 48, "beta": 40}), (9, {"beta": 40}), (10, {"beta": 8})):
        assert holders(ledger, at) == held, at
    assert holders(ledger, 15) == {"beta": 8}
    ledger.tell("extend", grant=late, ends_at=day(15), reason="It ends sooner")
    assert holders(ledger, 15) == {}
