"""A hundred thousand live grants in one pool, held by those who then move."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from ledger.codec import canonical
from ledger.commands import AnyCommand, Grant
from tests.benchmarks.made.bench import Bench, Made, ahead, made
from tests.benchmarks.moving import POOL, WORDS, furnishing, units

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
EACH = 4
"""GPUs of each of those grants."""

_decoder = msgspec.json.Decoder(AnyCommand)


def write(grants: int) -> Iterator[Made]:
    """The furnishing of the moves, then so many grants; every second one has an end."""
    bench = Bench(BEGIN, timedelta(milliseconds=20), seed=2)
    yield bench.found()
    for line in furnishing(spare=EACH * grants):
        command = {name: value for name, value in line.items() if name != "key"}
        yield made(bench.judge(_decoder.decode(canonical(command))))
    holders = units()
    for number in range(grants):
        yield made(
            bench.judge(
                Grant(
                    pool=POOL,
                    unit=holders[number % len(holders)],
                    quantity=EACH,
                    ends_at=ahead(bench.now, 3650 + number % 1000) if number % 2 else None,
                    grant=bench.uuid(),
                    reason_code="project_started",
                    reason=WORDS,
                )
            )
        )
