"""One term of a search each: the bits that may fit, and whether a position among them does."""

from collections.abc import Callable, Collection, Sequence

from ledger.periods import BEGINNING, FOREVER, Instant
from projections.history import blocks
from projections.history.closer import Told
from projections.history.search import Flag, Named, Within, Words
from projections.history.tags import WORD_MAX, tag_of_word

Member = tuple[str, Instant, Instant]
Bits = Callable[[str, int], int]
"""The positions of a block that a tag is on."""


class Sieve:
    """One term: the bits that may fit, and whether a position among them really does."""

    def __init__(self, tags: Sequence[str], *, negated: bool, is_exact: bool) -> None:
        self.tags = tuple(tags)
        self.negated = negated
        self.is_exact = is_exact

    def may(self, bits: Bits, block: int) -> int:
        """The positions of a block that may fit, all of those that do among them."""
        found = 0
        for tag in self.tags:
            found |= bits(tag, block)
        return found

    def prepare(self, positions: Sequence[int], bits: Bits) -> None:
        """Get ready to tell of some positions."""

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether a position that may fit does."""
        del told, bits
        return True


class Listed(Sieve):
    """Some positions, looked up beforehand."""

    def __init__(self, positions: Sequence[int], *, negated: bool) -> None:
        super().__init__((), negated=negated, is_exact=True)
        self.first, self.last = min(positions, default=1), max(positions, default=0)
        self._marked = blocks.marked(positions)

    def may(self, bits: Bits, block: int) -> int:
        """The positions of the list."""
        del bits
        return self._marked.get(block, 0)


class Phrase(Sieve):
    """Words side by side."""

    def __init__(self, term: Words) -> None:
        is_exact = len(term.words) == 1 and len(term.words[0]) < WORD_MAX
        tags = sorted({tag_of_word(word) for word in term.words})
        super().__init__(tags, negated=term.negated, is_exact=is_exact)
        self._phrase = f" {' '.join(term.words)} "

    def may(self, bits: Bits, block: int) -> int:
        """The positions where every word stands."""
        found = blocks.FULL
        for tag in self.tags:
            found &= bits(tag, block)
        return found

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether the words stand side by side."""
        del bits
        return told.words is not None and self._phrase in told.words


class Effective(Sieve):
    """An effective time within a range; the tags are the days or months there are in it."""

    def __init__(self, term: Within, tags: Sequence[str], *, is_exact: bool = False) -> None:
        super().__init__(tags, negated=term.negated, is_exact=is_exact)
        self._start, self._end = term.start, term.end

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether it takes effect in the range."""
        del bits
        return self._start <= told.effective_at < self._end


class Bounds(Sieve):
    """A run of positions that is not wanted: what was recorded in a range."""

    def __init__(self, above: int, up_to: int) -> None:
        super().__init__((), negated=True, is_exact=True)
        self._above, self._up_to = above, up_to

    def may(self, bits: Bits, block: int) -> int:
        """The positions of the run."""
        del bits
        return blocks.between(block, self._above, self._up_to)


class Under(Sieve):
    """Units, each counting while it was in a subtree."""

    def __init__(self, members: Sequence[Member], *, negated: bool) -> None:
        for_ever = {unit for unit, start, end in members if (start, end) == (BEGINNING, FOREVER)}
        self._at_times = [one for one in members if one[0] not in for_ever]
        units = sorted({unit for unit, _, _ in members})
        super().__init__(
            [f"unit:{unit}" for unit in units], negated=negated, is_exact=not self._at_times
        )
        self._always = [f"unit:{unit}" for unit in sorted(for_ever)]

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether it names a unit that was in the subtree when it takes effect."""
        block, bit = blocks.block_of(told.position), blocks.bit_of(told.position)
        return any(bits(tag, block) & bit for tag in self._always) or any(
            start <= told.effective_at < end and bits(f"unit:{unit}", block) & bit
            for unit, start, end in self._at_times
        )


class Flagged(Sieve):
    """A flag that an event alone does not tell: those with another one may have it."""

    def __init__(self, term: Named, may: Flag, judge: Callable[[Sequence[int]], Collection[int]]):
        super().__init__((f"flag:{may}",), negated=term.negated, is_exact=False)
        self._judge = judge
        self._found: frozenset[int] = frozenset()

    def prepare(self, positions: Sequence[int], bits: Bits) -> None:
        """Judge those that may have it, together."""
        may = [
            position for position in positions
            if self.may(bits, blocks.block_of(position)) & blocks.bit_of(position)
        ]  # fmt: skip
        self._found = frozenset(self._judge(may)) if may else frozenset()

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether it was found to have the flag."""
        del bits
        return told.position in self._found
