"""Lines of a file that is being read, found again by their number."""

from bisect import bisect_right
from typing import IO


class Rereading:
    """Knows where stretches of lines begin, so that one of their lines is soon found."""

    def __init__(self, file: IO[bytes]) -> None:
        """Take a file that can be read from any place."""
        self._file = file
        self._first: list[int] = []
        self._begins: list[int] = []

    def begin(self, number: int) -> None:
        """Note that the line of a number, counted from 1, is the next to be read."""
        self._first.append(number)
        self._begins.append(self._file.tell())

    def line(self, number: int) -> bytes:
        """A line that was read before, with its end; the file is read on where it was."""
        stretch = bisect_right(self._first, number) - 1
        at = self._file.tell()
        self._file.seek(self._begins[stretch])
        for _ in range(number - self._first[stretch]):
            self._file.readline()
        found = self._file.readline()
        self._file.seek(at)
        return found
