"""Above, below and between: the tree is what counts, never what an id looks like."""

from api.web.tree import Node, Tree


def node(unit: str, parent: str | None, name: str | None = None) -> Node:
    return Node(unit=unit, name=name or unit, kind="team", parent=parent)


NODES = [
    node("lab", None),
    node("research", "lab"),
    node("research-ops", "lab"),
    node("vision", "research"),
    node("research-ops/speech", "research", "A speech team"),
    node("lenses", "vision"),
]
TREE = Tree({one.unit: one for one in NODES})


def test_the_way_up_begins_at_the_root() -> None:
    assert TREE.root == "lab"
    assert [one.unit for one in TREE.above("lenses")] == ["lab", "research", "vision"]
    assert TREE.above("lab") == ()


def test_a_subtree_lists_each_unit_before_its_members_by_name() -> None:
    assert [(one.unit, depth) for one, depth in TREE.subtree("research")] == [
        ("research", 0), ("research-ops/speech", 1), ("vision", 1), ("lenses", 2),
    ]  # fmt: skip


def test_a_unit_belongs_to_the_member_right_below() -> None:
    branches = {unit: TREE.branch("lab", unit) for unit in ("lenses", "research-ops/speech", "lab")}
    assert branches == {"lenses": "research", "research-ops/speech": "research", "lab": "lab"}
    assert TREE.branch("lab", "unknown") == "unknown"


def test_what_a_unit_holds_includes_all_below() -> None:
    held = {("lenses", "h100"): 8, ("vision", "h100"): 16, ("research-ops", "a100"): 4}
    found = TREE.members("lab", held, ("h100", "a100"), levels=3)
    assert {one.unit: one.held for one in found} == {
        "lab": (24, 4),
        "research": (24, 0),
        "research-ops": (0, 4),
        "research-ops/speech": (0, 0),
        "vision": (24, 0),
        "lenses": (8, 0),
    }


def test_members_are_listed_as_many_levels_down_as_asked_with_all_below_them() -> None:
    found = TREE.members("lab", {("lenses", "h100"): 8}, ("h100",), levels=1)
    assert [(one.unit, one.held) for one in found] == [
        ("lab", (8,)), ("research", (8,)), ("research-ops", (0,)),
    ]  # fmt: skip


def test_levels_are_as_many_as_have_no_more_units_than_fit_and_the_first_always() -> None:
    # Two, two and one below the lab.
    fitting = {most: TREE.levels("lab", most) for most in (1, 2, 3, 4, 5, 99)}
    assert fitting == {1: 1, 2: 1, 3: 1, 4: 2, 5: 3, 99: 3}
    assert TREE.levels("lenses", 99) == 1
