"""The library behind FastAPI, as a team would put it there: a body, a handler, an answer."""

import os
import socket

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field, PositiveInt

from tests.benchmarks.moving import HELD, units
from tests.benchmarks.peers.accounts import Accounts, accounts


class Source(BaseModel):
    """Where a move takes from."""

    unit: str
    quantity: PositiveInt


class Move(BaseModel):
    """The body of a move, as the ledger's own door takes it."""

    pool: str
    sources: list[Source] = Field(alias="from")
    to: str
    reason_code: str
    reason: str


class Moved(BaseModel):
    """The answer to a move."""

    position: int


def create_app(application: Accounts) -> FastAPI:
    """Return the application with its one door, and the count of its conflicts."""
    app = FastAPI()

    @app.post("/v1/reallocations", status_code=201)
    def reallocate(move: Move) -> Moved:
        source = move.sources[0]
        return Moved(
            position=application.reallocate(source.unit, move.to, source.quantity, move.reason)
        )

    @app.get("/conflicts")
    def conflicts() -> int:
        return application.conflicts

    return app


def main() -> None:
    """Serve on a free port, and print the address once the accounts are open."""
    url = os.environ["ALLOT_DATABASE_URL"]
    with (
        accounts(url, units(), HELD) as application,
        socket.create_server(("127.0.0.1", 0), backlog=2048) as listening,
    ):
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        app = create_app(application)
        config = uvicorn.Config(
            app, loop="uvloop", http="httptools", access_log=False, log_level="warning"
        )
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
