"""Pools and their capacity: facts are recorded, refused only when they cannot be."""

from typing import Any

import pytest

from tests.support.in_memory import InMemory, day, lab


def capacity(ledger: InMemory, kind: str, amount: int, **fields: Any) -> dict[str, Any]:
    name = "total" if kind in ("counted", "headroom") else "quantity"
    return ledger.tell("change_capacity", pool="h100", kind=kind, **{name: amount}, **fields)[0]


def test_a_rack_that_is_lost_while_all_is_held_is_recorded_and_nothing_new_is_granted() -> None:
    ledger = lab("vision", total=64)
    ledger.grant("vision", 64)
    given = ledger.ask("change_capacity", pool="h100", kind="lost", quantity=16)
    assert given.status == 201
    assert b"Overcommitted" in given.body
    assert ledger.free(day(1)) == -16
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=1)["code"] == (
        "NotEnoughFree"
    )
    ledger.tell("release", pool="h100", unit="vision", quantity=8)
    capacity(ledger, "restored", 16)
    ledger.grant("vision", 8)


def test_a_move_in_an_overcommitted_pool_makes_nothing_worse_and_passes() -> None:
    ledger = lab("vision", "speech", total=64)
    ledger.grant("vision", 64)
    capacity(ledger, "counted", 32)
    ledger.tell("reallocate", pool="h100", from_=[{"unit": "vision", "quantity": 16}], to="speech",
                reason="r")  # fmt: skip
    assert ledger.holds("speech", day(1)) == 16


@pytest.mark.parametrize(("kind", "amount"), [("lost", 65), ("restored", 1), ("retired", 65)])
def test_what_cannot_be_is_refused(kind: str, amount: int) -> None:
    ledger = lab(total=64)
    said = ledger.refusal("change_capacity", pool="h100", kind=kind, quantity=amount)
    assert said["code"] == "Impossible"


def test_a_loss_may_not_exceed_what_an_earlier_count_leaves_later() -> None:
    ledger = lab(total=64)
    capacity(ledger, "counted", 16, effective_at=day(20))
    said = ledger.refusal("change_capacity", pool="h100", kind="lost", quantity=20)
    assert (said["code"], said["arithmetic"]["at"]) == ("Impossible", day(20))


def test_capacity_arrives_in_steps_and_a_later_count_holds_over_earlier_movements() -> None:
    ledger = lab(total=64)
    capacity(ledger, "installed", 64, effective_at=day(10))
    capacity(ledger, "counted", 120, effective_at=day(20))
    capacity(ledger, "installed", 8, effective_at=day(5))
    assert [ledger.free(day(n)) for n in (4, 5, 10, 20)] == [64, 72, 136, 120]


def test_headroom_is_held_back() -> None:
    ledger = lab("vision", total=64)
    capacity(ledger, "headroom", 8)
    ledger.grant("vision", 56)
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=1)["arithmetic"][
        "limit"
    ] == (56)


def test_a_grant_on_capacity_to_come_starts_when_it_comes() -> None:
    ledger = lab("vision", total=64)
    ledger.grant("vision", 64)
    capacity(ledger, "installed", 32, effective_at=day(30))
    assert ledger.refusal(
        "grant", pool="h100", unit="vision", quantity=32, starts_at=day(29)
    )["code"] == ("NotEnoughFree")  # fmt: skip
    ledger.grant("vision", 32, starts_at=day(30))


def test_a_refused_grant_says_when_capacity_comes() -> None:
    ledger = lab("vision", total=64)
    capacity(ledger, "installed", 32, effective_at=day(30))
    said = ledger.refusal("grant", pool="h100", unit="vision", quantity=96)
    assert said["next"] == [{"at": day(30), "quantity": 96, "cause": "capacity changes"}]


def test_a_pool_closes_only_when_nothing_holds_or_reserves_of_it() -> None:
    ledger = lab("vision")
    ledger.grant("vision", 8, starts_at=day(10))
    assert ledger.refusal("close_pool", pool="h100")["code"] == "NotEmpty"
    ledger.tell("release", pool="h100", unit="vision", quantity="all", future=True)
    ledger.tell("close_pool", pool="h100")
    assert ledger.refusal("close_pool", pool="h100")["code"] == "PoolClosed"
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=8)["code"] == "PoolClosed"


def test_ids_of_pools_differ_by_more_than_case() -> None:
    ledger = lab()
    assert ledger.refusal("open_pool", pool="H100")["code"] == "AlreadyExists"


def test_a_pool_does_not_begin_in_the_future() -> None:
    ledger = lab()
    assert ledger.refusal("open_pool", pool="a100", effective_at=day(3))["code"] == "Impossible"


def test_a_pool_never_has_more_than_the_largest_quantity() -> None:
    most = 2**53 - 1
    ledger = lab("vision", "speech", total=most)
    said = ledger.refusal("change_capacity", pool="h100", kind="installed", quantity=1)
    assert (said["code"], said["arithmetic"]["limit"], said["arithmetic"]["after"]) == (
        "Impossible", most, most + 1,
    )  # fmt: skip
    grant = {"do": "grant", "pool": "h100", "unit": "vision", "quantity": most}
    move = {"do": "reallocate", "pool": "h100", "from": [{"unit": "vision", "quantity": "all"}]}
    back = {"do": "release", "pool": "h100", "unit": "speech", "quantity": "all"}
    legs = [grant, grant, move | {"to": "speech", "reason": "r"}, back]
    assert ledger.refusal("decision", legs=legs)["code"] == "Impossible"
    ledger.tell("decision", legs=[grant, *legs[2:]])
