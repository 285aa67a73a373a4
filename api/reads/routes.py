"""The routes of the reads."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

from api.reads.doors import READS
from api.reads.export import export
from api.reads.reading import endpoint


def routes() -> Iterable[BaseRoute]:
    """Every read of this package."""
    for read in READS:
        yield Route(read.path, endpoint(read), methods=["GET"], name=f"read:{read.name}")
    yield Route("/v1/export", export, methods=["GET"], name="read:export")
