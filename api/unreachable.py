"""What a client raises when it has no answer, apart from it: many verbs need no client."""

import re


class Unreachable(Exception):
    """No answer came, although it was asked several times.

    With a `key`, whether the command was recorded is unknown: asking again under it tells.
    """

    def __init__(self, url: str, why: str, key: str | None = None) -> None:
        super().__init__(f"{shown(url)} cannot be reached: {why}")
        self.key = key


class NoLedger(Unreachable):
    """Something else than a ledger answered, or what it answered cannot be read."""

    def __init__(self, url: str, why: str, key: str | None = None) -> None:
        super().__init__(url, why, key)
        self.args = (f"{shown(url)} answers, but not as a ledger: {why}",)


class Unsendable(Exception):
    """What was to be sent cannot be: nobody was asked."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"This cannot be sent to {shown(url)}: {why}")


class Interrupted(BaseException):
    """A KeyboardInterrupt while the fate of the command under `key` was unknown."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def shown(url: str) -> str:
    """An address as it may be shown: without the name and the password in it."""
    return re.sub(r"//.*@", "//", url)
