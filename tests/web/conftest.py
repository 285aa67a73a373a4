"""A lab that is served by its own processes, and a browser that looks at it."""

from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.client import Client
from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER, Ledger, ledger
from tests.projections.conftest import migrated_template
from tests.support.postgres import postgres_binaries, postgres_server
from tests.web import levels
from tests.web.lab import furnish
from tests.web.watching import Watch, watched

__all__ = ["migrated_template", "postgres_binaries", "postgres_server"]

CHROMIUM = "/usr/bin/chromium"
# Two cores are shared with PostgreSQL and the doors: a slow page is not a wrong one.
expect.set_options(timeout=60_000)
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="package")
def lab(postgres_server: Server) -> Generator[Ledger]:
    """Yield a running ledger with two divisions, five teams and two pools in use."""
    with ledger(postgres_server) as found:
        with Client(found.url, actor=FOUNDER) as client:
            furnish(client)
        found.get("/v1/holdings")
        yield found


@pytest.fixture(scope="module")
def three_levels(postgres_server: Server) -> Generator[levels.Levels]:
    """Yield a lab in which people decide, behind doors that ask for a token: one a module."""
    with ledger(postgres_server, ALLOT_AUTH="token", ALLOT_SESSION_SECRET=levels.SECRET) as doors:
        found = levels.Levels(doors=doors, tokens=levels.furnish(doors))
        with Client(doors.url, token=found.tokens[FOUNDER]) as client:
            fed = client.get("/v1/holdings", {"min_position": found.head(), "wait_s": 60})
            assert fed.status == 200, fed.body
        yield found


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the system's browser, which asks nothing of anybody by itself."""
    return {"executable_path": CHROMIUM, "args": list(QUIET)}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Name no base: the tests say whole addresses, and the plugin's own fixture warns."""


@pytest.fixture(scope="module")
def kept_page(browser: Browser) -> Generator[Page]:
    """Yield one page for a module: a browser takes longer to make another than to show it."""
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def page(kept_page: Page) -> Generator[Page]:
    """Yield that page, on which nothing is open and nobody signed in, as a new one would be."""
    yield kept_page
    kept_page.goto("about:blank")
    kept_page.context.clear_cookies()
    kept_page.emulate_media(media="null", color_scheme="null")
    kept_page.set_viewport_size({"width": 1280, "height": 720})


@pytest.fixture
def watch(page: Page, lab: Ledger) -> Generator[Watch]:
    """Yield an observer of the page; nothing may be said in its console, nothing asked outside."""
    with watched(page, lab.url) as watch:
        yield watch
