"""The organisation as a page shows it: what stands above and below a unit, and what it adds up."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate

from msgspec import Struct

from ledger.periods import Instant

DEEPEST = 4


class Node(Struct, frozen=True, kw_only=True):
    """A unit at an instant."""

    unit: str
    name: str
    kind: str
    parent: str | None
    closed_at: Instant | None = None
    merged_into: str | None = None


class Member(Struct, frozen=True, kw_only=True):
    """A unit of a subtree, how deep it stands in it, and what it holds with all below, by pool."""

    unit: str
    name: str
    kind: str
    depth: int
    held: tuple[int, ...]


class Tree:
    """The units of one instant by id."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        """Take the units; a parent that is not among them ends the way up."""
        self.nodes = nodes
        self._below: defaultdict[str, list[str]] = defaultdict(list)
        for node in sorted(nodes.values(), key=lambda node: (node.name.casefold(), node.unit)):
            if node.parent is not None:
                self._below[node.parent].append(node.unit)

    @property
    def root(self) -> str | None:
        """The unit without a parent."""
        return next((node.unit for node in self.nodes.values() if node.parent is None), None)

    def name(self, unit: str) -> str:
        """The name of a unit, or its id when it does not exist here."""
        node = self.nodes.get(unit)
        return unit if node is None else node.name

    def names(self) -> dict[str, str]:
        """Every name by id."""
        return {unit: node.name for unit, node in self.nodes.items()}

    def above(self, unit: str) -> tuple[Node, ...]:
        """The way from the root down to the unit's parent."""
        way: list[Node] = []
        node = self.nodes.get(unit)
        while node is not None and node.parent is not None:
            node = self.nodes.get(node.parent)
            if node is not None:
                way.append(node)
        return tuple(reversed(way))

    def levels(self, top: str, most: int) -> int:
        """How many levels below a unit have no more than so many units together; one at least."""
        counts = Counter(depth for _, depth in self.subtree(top) if depth)
        fit = sum(total <= most for total in accumulate(counts[one] for one in sorted(counts)))
        return max(1, fit)

    def subtree(self, unit: str) -> Iterator[tuple[Node, int]]:
        """The unit and all below it with their depth, each before its own members, by name."""
        waiting = [(unit, 0)] if unit in self.nodes else []
        while waiting:
            below, depth = waiting.pop()
            yield self.nodes[below], depth
            waiting += [(member, depth + 1) for member in reversed(self._below[below])]

    def branch(self, top: str, unit: str) -> str:
        """The member right below `top` to which a unit belongs; `top` for itself."""
        node = self.nodes.get(unit)
        while node is not None and top not in {node.unit, node.parent}:
            node = None if node.parent is None else self.nodes.get(node.parent)
        return unit if node is None else node.unit

    def members(
        self, top: str, held: Mapping[tuple[str, str], int], pools: tuple[str, ...], levels: int
    ) -> tuple[Member, ...]:
        """The unit and so many levels below it, with what each holds, all below it included.

        `held` is by (unit, pool).
        """
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        for (unit, pool), quantity in held.items():
            sums[unit, pool] += quantity
            for node in self.above(unit):
                sums[node.unit, pool] += quantity
        return tuple(
            Member(
                unit=node.unit,
                name=node.name,
                kind=node.kind,
                depth=min(depth, DEEPEST),
                held=tuple(sums[node.unit, pool] for pool in pools),
            )
            for node, depth in self.subtree(top)
            if depth <= levels
        )
