"""The seal's tree is that of RFC 6962, wherever the leaves that it grew by were parted."""

from base64 import b64decode
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.seal.merkle import EMPTY, HASH_BYTES, Frontier, leaf_hash, node_hash
from tests.support.shared import shared
from tests.support.trees import tree_hash

EVENTS = st.lists(st.binary(max_size=80), max_size=300)


def grown(events: Sequence[bytes], tree: Frontier = EMPTY) -> Frontier:
    return tree.with_leaves(map(leaf_hash, events))


@given(EVENTS)
def test_the_root_is_that_of_the_definition(events: list[bytes]) -> None:
    tree = grown(events)
    assert (tree.size, tree.root()) == (len(events), tree_hash(events))


@given(EVENTS, st.lists(st.integers(0, 300)))
def test_it_does_not_matter_how_leaves_came_together(events: list[bytes], cuts: list[int]) -> None:
    tree = EMPTY
    for begin, end in pairwise([0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]):
        tree = grown(events[begin:end], tree)
    assert tree == grown(events)


@given(EVENTS)
def test_a_tree_grows_on_from_what_was_packed(events: list[bytes]) -> None:
    half = grown(events[: len(events) // 2])
    again = Frontier.unpacked(half.size, half.pack())
    assert again == half
    assert grown(events[half.size :], again).root() == tree_hash(events)


def test_large_batches_give_the_tree_that_single_events_give() -> None:
    events = [str(number).encode() for number in range(3000)]
    one_by_one, batches = EMPTY, EMPTY
    for event in events:
        one_by_one = grown([event], one_by_one)
    for begin in range(0, 3000, 997):
        batches = grown(events[begin : begin + 997], batches)
    assert one_by_one == batches
    assert batches.root() == tree_hash(events)


def test_roots_that_are_known_from_elsewhere() -> None:
    # RFC 6962's own test tree, as Certificate Transparency's implementations publish it.
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    tree = grown([bytes.fromhex(leaf) for leaf in leaves])
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert EMPTY.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


@pytest.mark.parametrize(("size", "length"), [(-1, 0), (0, 32), (1, 0), (2, 64), (3, 63), (3, 96)])
def test_what_is_no_frontier_of_its_size_is_not_taken(size: int, length: int) -> None:
    with pytest.raises(ValueError, match=f"no frontier of {size} leaves"):
        Frontier.unpacked(size, bytes(length))


class Vector(msgspec.Struct, rename="camel"):
    """A claim that a leaf is in a tree."""

    leaf_idx: int
    tree_size: int
    root: str
    leaf_hash: str
    proof: list[str] | None
    want_err: bool


def root_by_path(claim: Vector) -> bytes | None:
    """The root that leaf and path lead to (RFC 9162, 2.1.3.2), None where they fit no tree."""
    index, last = claim.leaf_idx, claim.tree_size - 1
    root = b64decode(claim.leaf_hash)
    if not 0 <= index <= last or len(root) != HASH_BYTES:
        return None
    for part in map(b64decode, claim.proof or ()):
        if last == 0:
            return None
        if index & 1 or index == last:
            root = node_hash(part, root)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            root = node_hash(root, part)
        index, last = index >> 1, last >> 1
    return root if last == 0 else None


def test_public_vectors_of_inclusion_hold_with_our_hashes() -> None:
    files = sorted(shared("vectors/merkle/inclusion").rglob("*.json"))
    claims = {file: msgspec.json.decode(file.read_bytes(), type=Vector) for file in files}
    assert len(claims) == 98
    wrong = [
        str(file)
        for file, claim in claims.items()
        if (root_by_path(claim) == b64decode(claim.root)) is claim.want_err
    ]
    assert wrong == []
