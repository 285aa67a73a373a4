"""Who stood below whom in an organisation deeper than calls may be nested."""

from api.web.tree import Node, Tree
from ledger.periods import BEGINNING, FOREVER
from projections.organisation.tree import Run, members
from tests.support.in_memory import day

DEEP = 1_100


def test_a_subtree_is_told_however_deep_it_is() -> None:
    runs = [Run(f"u{one}", f"u{one - 1}" if one else None, day(0), FOREVER) for one in range(DEEP)]
    found = members("u0", runs)
    assert {unit for unit, _, _ in found} == {f"u{one}" for one in range(DEEP)}
    assert {(start, end) for _, start, end in found} == {(BEGINNING, FOREVER)}
    # One of them stood elsewhere for a time, and with it all below.
    runs[9:10] = [Run("u9", "u8", day(0), day(5)), Run("u9", "u700", day(5), day(6)),
                  Run("u9", "u8", day(6), FOREVER)]  # fmt: skip
    runs[702] = Run("u700", "u0", day(0), FOREVER)
    assert [one for one in members("u8", runs) if one[0] in {"u8", "u9", "u10", "u700"}] == [
        ("u10", BEGINNING, day(5)), ("u10", day(6), FOREVER), ("u8", BEGINNING, FOREVER),
        ("u9", BEGINNING, day(5)), ("u9", day(6), FOREVER),
    ]  # fmt: skip


def test_a_page_lists_a_subtree_however_deep_it_is() -> None:
    nodes = [
        Node(unit=f"u{one}", name=f"U {one}", kind="team", parent=f"u{one - 1}" if one else None,
             closed_at=None, merged_into=None)
        for one in range(DEEP)
    ]  # fmt: skip
    beside = Node(unit="a", name="A", kind="team", parent="u0", closed_at=None, merged_into=None)
    tree = Tree({one.unit: one for one in (*nodes, beside)})
    found = [(node.unit, depth) for node, depth in tree.subtree("u0")]
    assert found[:3] == [("u0", 0), ("a", 1), ("u1", 1)]
    assert found[-1] == (f"u{DEEP - 1}", DEEP - 1)
    assert list(tree.subtree("nobody")) == []
