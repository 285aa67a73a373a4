"""What a browser does behind a page: its console, its errors, and where it sends requests."""

from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Error, Page, Request


class Watch:
    """Notes what happens in a page from now on."""

    def __init__(self, page: Page, origin: str) -> None:
        self._origin = origin
        self.said: list[str] = []
        self.asked: list[str] = []
        self.expected: list[str] = []
        self._page = page
        page.on("console", self._hear)
        page.on("pageerror", self._fail)
        page.on("request", self._note)

    def leave(self) -> None:
        """Note nothing more: the page is for somebody else."""
        self._page.remove_listener("console", self._hear)
        self._page.remove_listener("pageerror", self._fail)
        self._page.remove_listener("request", self._note)

    def expect(self, text: str) -> None:
        """Let the console say this: a browser reports every answer of 400 and above."""
        self.expected.append(text)

    def stayed_quiet(self) -> None:
        """Fail if the console said something else, or a request left the origin."""
        unexpected = [said for said in self.said if not any(text in said for text in self.expected)]
        assert unexpected == []
        assert self.asked, "the page was never opened"
        outside = [url for url in self.asked if not url.startswith((f"{self._origin}/", "data:"))]
        assert outside == []

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def _fail(self, error: Error) -> None:
        self.said.append(str(error))

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)


@contextmanager
def watched(page: Page, origin: str) -> Generator[Watch]:
    """Watch a page for a while, in which it stays quiet."""
    watch = Watch(page, origin)
    try:
        yield watch
        watch.stayed_quiet()
    finally:
        watch.leave()
