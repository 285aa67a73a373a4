"""The drawing of flows: as high as it is much, the largest first, the smallest together."""

import re

from api.web.sankey import BODY, GAP, MOST, TOP, Passed, Sankey, sankey

NUMBER = re.compile(r"-?\d+\.?\d*")


def drawn(*flows: tuple[str | None, str | None, int]) -> Sankey:
    some = [Passed(source=one, target=other, quantity=much) for one, other, much in flows]
    return sankey("", some, lambda unit: unit.upper())


def test_both_sides_are_as_high_as_what_passed() -> None:
    found = drawn((None, "a", 60), (None, "b", 20), ("c", "a", 20))
    left = [one for one in found.stands if one.anchor == "end"]
    right = [one for one in found.stands if one.anchor == "start"]
    assert [(one.label, one.height) for one in left] == [("C 20", 56), ("the pool 80", 224)]
    assert [(one.label, one.height) for one in right] == [("A 80", 224), ("B 20", 56)]
    assert [one.y for one in right] == [TOP, TOP + 224 + GAP]
    assert found.height == BODY + GAP + 2 * TOP


def test_a_band_leads_from_its_giver_s_place_to_its_taker_s() -> None:
    found = drawn((None, "a", 60), (None, "b", 20), ("c", "a", 20))
    assert [one.says for one in found.bands] == [
        "20 of C 20 to A 80", "60 of the pool 80 to A 80", "20 of the pool 80 to B 20",
    ]  # fmt: skip
    ends = [[float(text) for text in NUMBER.findall(one.path)] for one in found.bands]
    begins, leads, high = ([at[i] for at in ends] for i in (1, 5, 8))
    assert begins == [TOP, TOP + 56 + GAP, TOP + 56 + GAP + 168]
    assert leads == [TOP, TOP + 56, TOP + 224 + GAP]
    assert high == [56, 168, 56]


def test_a_unit_has_one_colour_on_both_sides_and_the_pool_none_of_theirs() -> None:
    found = drawn(("a", None, 8), (None, "a", 8), ("a", "b", 4))
    colours = {one.label.split()[0]: one.colour for one in found.stands}
    assert len({one.colour for one in found.stands if one.label.startswith("A ")}) == 1
    assert len(set(colours.values())) == 3
    assert [one.colour for one in found.bands] == ["s1", "s1", "s1"]


def test_the_smaller_ones_are_drawn_together_and_nothing_is_lost() -> None:
    flows = [(None, f"u{n:02}", 81 + n) for n in range(20)]
    found = drawn(*flows, ("v", "u00", 1))
    takers = [one for one in found.stands if one.anchor == "start"]
    named = range(19, 19 - (MOST - 1), -1)
    rest = sum(81 + n for n in range(20)) + 1 - sum(81 + n for n in named)
    assert [one.label for one in takers] == [
        *(f"U{n:02} {81 + n}" for n in named),
        f"{20 - MOST + 1} others {rest}",
    ]
    assert round(sum(one.height for one in takers)) == BODY
    assert found.merged == 20 - MOST + 1


def test_one_unit_more_than_a_side_takes_is_no_other_alone() -> None:
    assert drawn(*[(None, f"u{n:02}", 8) for n in range(MOST)]).merged == 0
    assert drawn(*[(None, f"u{n:02}", 8) for n in range(MOST + 1)]).merged == 2


def test_a_long_name_is_cut_and_a_small_flow_still_seen() -> None:
    found = drawn((None, "a" * 60, 1), (None, "b", 9_999_999))
    label = next(one for one in found.stands if one.label.startswith("A"))
    assert label.label == f"{'A' * 25}\N{HORIZONTAL ELLIPSIS} 1"
    assert label.height == 1
