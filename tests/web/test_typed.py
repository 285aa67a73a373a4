"""What is typed into a form becomes the command that a program would send, or is named as wrong."""

import pytest

from api.problems import Problem
from api.web.forms import Sent
from api.web.typed import fields_of
from api.web.wrongs import wrong_field

SPLIT = {"pool": "h100", "parent": "lab", "was:research": "/96/128", "was:products": "//"}


def typed(do: str, **fields: str) -> dict[str, object]:
    """The fields of a command for what was typed; a name with a colon is written with `__`."""
    return fields_of(do, Sent({name.replace("__", ":"): [text] for name, text in fields.items()}))


def wrong(do: str, **fields: str) -> Problem:
    """What is said to what cannot be read."""
    with pytest.raises(Problem) as raised:
        typed(do, **fields)
    assert raised.value.status == 422
    return raised.value


def test_what_is_left_empty_is_not_said() -> None:
    asked = typed(
        "request", unit=" research/vision ", pools="h100", quantity="1,024", least="",
        starts_at="", ends_at="2027-01-31", priority="normal", justification="A\r\n  longer run",
    )  # fmt: skip
    assert asked == {
        "unit": "research/vision", "pools": ["h100"], "quantity": 1024,
        "ends_at": "2027-01-31T00:00:00.000000Z", "priority": "normal",
        "justification": "A longer run",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["1.5", "-3", "12,34", "many", "1e3", "٣"])
def test_a_quantity_that_is_no_whole_number_is_named(text: str) -> None:
    problem = wrong("request", unit="u", pools="h100", quantity=text)
    assert problem.detail == f"How much is a whole number, not {text!r}."
    assert wrong_field(problem) == "quantity"


def test_a_date_that_is_none_is_named() -> None:
    assert wrong_field(wrong("request", unit="u", pools="h100", ends_at="next week")) == "ends_at"


def test_an_award_is_said_for_the_pools_that_have_one() -> None:
    answer = typed(
        "decide_request", request="r", outcome="partly", awarded__a="16", awarded__b="",
        rest="closed", reason="For now",
    )  # fmt: skip
    assert answer == {
        "request": "r", "outcome": "partly", "awarded": [{"pool": "a", "quantity": 16}],
        "rest": "closed", "reason": "For now",
    }  # fmt: skip


def test_an_answer_says_what_it_is() -> None:
    assert wrong_field(wrong("decide_request", request="r")) == "outcome"


def test_a_split_names_the_shares_that_are_changed() -> None:
    split = typed(
        "split", **SPLIT, floor__research="", amount__research="96", cap__research="128",
        floor__products="8", amount__products="64", cap__products="",
    )  # fmt: skip
    assert split["shares"] == [{"unit": "products", "floor": 8, "amount": 64}]


def test_an_emptied_share_is_cleared_and_a_percentage_is_kept_as_one() -> None:
    split = typed(
        "split", **SPLIT, floor__research="", amount__research="", cap__research="",
        amount__products="12.5%",
    )  # fmt: skip
    assert split["shares"] == [
        {"unit": "research"}, {"unit": "products", "percent_bp": 1250},
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["%", "a%", "12.345%", "1e1%", "-5%", "٣%"])
def test_a_percentage_that_is_none_is_named(text: str) -> None:
    assert wrong_field(wrong("split", **SPLIT, amount__products=text)) == "amount:products"


@pytest.mark.parametrize("limits", [{"floor__products": "8"}, {"cap__products": "128"}], ids=str)
def test_a_percentage_beside_a_floor_or_a_cap_names_the_row(limits: dict[str, str]) -> None:
    problem = wrong("split", **SPLIT, **limits, amount__products="25%")
    assert problem.detail.startswith("products: empty floor and cap, or give a number.")
    assert wrong_field(problem) == "amount:products"


def test_a_percentage_of_more_than_all_names_the_row() -> None:
    problem = wrong("split", **SPLIT, amount__products="100.01%")
    assert (problem.detail, wrong_field(problem)) == (
        "The amount of products is at most 100%.", "amount:products",
    )  # fmt: skip


def test_a_split_that_changes_nothing_is_said_to() -> None:
    same = {"amount__research": "96", "cap__research": "128"}
    assert "Nothing is changed" in wrong("split", **SPLIT, **same).detail


def test_amending_says_only_what_is_changed() -> None:
    stood = {"was:quantity": "64", "was:ends_at": "2027-01-31", "was:pools": "a b"}
    fields = {**stood, "quantity": "96", "ends_at": "", "pools": "a", "request": "r"}
    assert fields_of("amend_request", Sent({name: [text] for name, text in fields.items()})) == {
        "request": "r", "quantity": 96, "pools": ["a"], "ends_at": None,
    }  # fmt: skip


AMENDED = {"request": "r", "pools": "a", "was__pools": "a", "granule__a": "8"}


@pytest.mark.parametrize(
    ("name", "stood", "says"),
    [("quantity", "64", "Say how much."), ("starts_at", "2027-01-31", "From: say when."),
     ("priority", "high", "Name the priority."), ("justification", "Runs", "What for: say it")],
)  # fmt: skip
def test_what_a_request_has_to_say_is_named_where_it_was_emptied(
    name: str, stood: str, says: str
) -> None:
    problem = wrong("amend_request", **AMENDED, **{f"was__{name}": stood, name: ""})
    assert (problem.detail.startswith(says), wrong_field(problem)) == (True, name)


def test_any_quantity_is_of_use_again_where_the_least_was_emptied() -> None:
    emptied = {"was__least": "32", "least": ""}
    assert typed("amend_request", **AMENDED, **emptied)["least"] == 8
    both = Sent({"request": ["r"], "pools": ["a", "b"], "was:least": ["32"], "least": [""],
                 "granule:a": ["8"], "granule:b": ["12"]})  # fmt: skip
    assert fields_of("amend_request", both)["least"] == 24
    assert "least" not in typed("amend_request", **AMENDED, was__least="32")


def test_words_are_put_beside_the_event_that_is_named() -> None:
    assert typed("note", position="12", text="It burned") == {
        "about": {"position": 12}, "text": "It burned",
    }  # fmt: skip


def test_what_was_looked_at_goes_along_and_binds_where_units_are_named() -> None:
    assert typed("appeal", request="r", seen="12") == {"request": "r", "seen": 12}
    granted = typed("grant", pool="h100", unit="u", quantity="8", seen="12", borrowed="yes")
    assert granted == {
        "pool": "h100", "unit": "u", "quantity": 8, "borrowed": True, "seen": 12,
        "if_unchanged": True,
    }  # fmt: skip


def test_there_is_no_form_for_what_the_page_does_not_offer() -> None:
    with pytest.raises(Problem) as raised:
        typed("correct")
    assert raised.value.status == 404


def test_a_request_without_a_pool_says_so_in_words() -> None:
    problem = wrong("request", unit="research", quantity="8", justification="A run")
    assert (problem.detail, wrong_field(problem)) == (
        "Tick at least one pool that would do.", "pools",
    )  # fmt: skip


def test_a_floor_above_its_amount_names_the_row() -> None:
    problem = wrong("split", **SPLIT, floor__products="96", amount__products="64")
    assert "products: the floor is at most the amount" in problem.detail
    assert wrong_field(problem) == "amount:products"
