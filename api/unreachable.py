"""What a client raises when the doors do not answer, apart from it: many verbs need no client."""


class Unreachable(Exception):
    """No answer came, although it was asked several times.

    With a `key`, whether the command was recorded is unknown: asking again under it tells.
    """

    def __init__(self, url: str, why: str, key: str | None = None) -> None:
        super().__init__(f"{url} cannot be reached: {why}")
        self.key = key
