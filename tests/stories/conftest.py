"""One service for all stories that are told to a clock of their own."""

from collections.abc import Iterator

import pytest

from ledger.store.embedded.server import Server
from tests.support.story import Story, stories


@pytest.fixture(scope="package")
def story(postgres_server: Server, migrated_template: str) -> Iterator[Story]:
    """Yield what stories are told to; each begins with a pool and units of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLOT_DURABILITY", "test")
        with stories(postgres_server, migrated_template) as told:
            yield told
